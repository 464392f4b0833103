/** Files that a sandbox has from the beginning: those that networking scripts and their tools read. */
export const initialFiles: Readonly<Record<string, string>> = {
  '/dev/null': '',
  '/etc/hosts': '127.0.0.1\tlocalhost\n',
  '/etc/hostname': 'host\n',
  '/etc/resolv.conf': '',
  '/etc/nsswitch.conf': 'hosts: files\n',
  '/etc/iproute2/rt_tables': '#\n# reserved values\n#\n255\tlocal\n254\tmain\n253\tdefault\n0\tunspec\n',
}

/** The directory that a shell begins in. */
export const HOME = '/root'
