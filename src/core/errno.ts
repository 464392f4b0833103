/**
 * Errno names with the numbers and the messages that Linux and glibc give them (include/uapi/asm-generic/errno.h,
 * strerror(3) in the C locale). A user's mistake is one of these; a bug in Vethereal throws instead.
 */
const TABLE = {
  EPERM: [1, 'Operation not permitted'],
  ENOENT: [2, 'No such file or directory'],
  ESRCH: [3, 'No such process'],
  EINTR: [4, 'Interrupted system call'],
  EIO: [5, 'Input/output error'],
  ENXIO: [6, 'No such device or address'],
  E2BIG: [7, 'Argument list too long'],
  EBADF: [9, 'Bad file descriptor'],
  EAGAIN: [11, 'Resource temporarily unavailable'],
  ENOMEM: [12, 'Cannot allocate memory'],
  EACCES: [13, 'Permission denied'],
  EBUSY: [16, 'Device or resource busy'],
  EEXIST: [17, 'File exists'],
  EXDEV: [18, 'Invalid cross-device link'],
  ENODEV: [19, 'No such device'],
  ENOTDIR: [20, 'Not a directory'],
  EISDIR: [21, 'Is a directory'],
  EINVAL: [22, 'Invalid argument'],
  ENOTTY: [25, 'Inappropriate ioctl for device'],
  ENFILE: [23, 'Too many open files in system'],
  EFBIG: [27, 'File too large'],
  ENOSPC: [28, 'No space left on device'],
  EROFS: [30, 'Read-only file system'],
  ERANGE: [34, 'Numerical result out of range'],
  ENAMETOOLONG: [36, 'File name too long'],
  ELOOP: [40, 'Too many levels of symbolic links'],
  EXFULL: [54, 'Exchange full'],
  ENODATA: [61, 'No data available'],
  ENONET: [64, 'Machine is not on the network'],
  ENOLINK: [67, 'Link has been severed'],
  EPROTO: [71, 'Protocol error'],
  EBADMSG: [74, 'Bad message'],
  EBADFD: [77, 'File descriptor in bad state'],
  EDESTADDRREQ: [89, 'Destination address required'],
  EMSGSIZE: [90, 'Message too long'],
  ENOPROTOOPT: [92, 'Protocol not available'],
  EOPNOTSUPP: [95, 'Operation not supported'],
  EAFNOSUPPORT: [97, 'Address family not supported by protocol'],
  EADDRINUSE: [98, 'Address already in use'],
  EADDRNOTAVAIL: [99, 'Cannot assign requested address'],
  ENETDOWN: [100, 'Network is down'],
  ENETUNREACH: [101, 'Network is unreachable'],
  ENOBUFS: [105, 'No buffer space available'],
  EISCONN: [106, 'Transport endpoint is already connected'],
  ENOTCONN: [107, 'Transport endpoint is not connected'],
  ETIMEDOUT: [110, 'Connection timed out'],
  ECONNREFUSED: [111, 'Connection refused'],
  EHOSTDOWN: [112, 'Host is down'],
  EHOSTUNREACH: [113, 'No route to host'],
} as const satisfies Record<string, readonly [number, string]>

export type Errno = keyof typeof TABLE

/** The number that a system call answers (positive). */
export const errnoNumber = (errno: Errno): number => TABLE[errno][0]

/** The words of strerror(3). */
export const strerror = (errno: Errno): string => TABLE[errno][1]

/**
 * What the kernel answers to one request: a value, or an errno with the extended message (extack) of netlink where
 * Linux gives one. `ip` prints `Error: EXTACK.` if there is one and `RTNETLINK answers: STRERROR` otherwise.
 */
export type Answer<T = undefined> = { readonly ok: true; readonly value: T } | Failure

export interface Failure {
  readonly ok: false
  readonly errno: Errno
  readonly extack?: string
}

export const DONE: Answer<undefined> = Object.freeze({ ok: true, value: undefined })

export const done = <T>(value: T): Answer<T> => ({ ok: true, value })

export const fail = (errno: Errno, extack?: string): Failure =>
  extack === undefined ? { ok: false, errno } : { ok: false, errno, extack }
