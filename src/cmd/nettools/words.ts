/** What the programs of net-tools say of themselves: families of addresses, kinds of hardware, the version. */

export const RELEASE = 'net-tools 2.10\n'

const FEATURES_OF_FAMILIES = '+UNIX +INET +INET6 +IPX +AX25 +NETROM +X25 +ATALK +ECONET +ROSE -BLUETOOTH\n'
const FEATURES_OF_HARDWARE =
  '+ETHER +ARC +SLIP +PPP +TUNNEL -TR +AX25 +NETROM +X25 +FR +ROSE +ASH +SIT +FDDI +HIPPI +HDLC/LAPB +EUI64 \n'

/** What it was built with: `own` are the features of the program, `hardware` its default kind. */
export const features = (own: string, hardware = ''): string =>
  `${own}\nAF: (inet) ${FEATURES_OF_FAMILIES}HW: ${hardware} ${FEATURES_OF_HARDWARE}`

/** Families that have routes. */
export const ROUTED_FAMILIES = `    inet (DARPA Internet) inet6 (IPv6) ax25 (AMPR AX.25) 
    netrom (AMPR NET/ROM) rose (AMPR ROSE) ipx (Novell IPX) 
    ddp (Appletalk DDP) x25 (CCITT X.25) 
`

export const FAMILIES = `    unix (UNIX Domain) inet (DARPA Internet) inet6 (IPv6) 
    ax25 (AMPR AX.25) netrom (AMPR NET/ROM) rose (AMPR ROSE) 
    ipx (Novell IPX) ddp (Appletalk DDP) ec (Econet) 
    ash (Ash) x25 (CCITT X.25) 
`

/** Kinds of hardware that speak ARP. */
export const ARP_HARDWARE = `    ash (Ash) ether (Ethernet) ax25 (AMPR AX.25) 
    netrom (AMPR NET/ROM) rose (AMPR ROSE) arcnet (ARCnet) 
    dlci (Frame Relay DLCI) fddi (Fiber Distributed Data Interface) hippi (HIPPI) 
    irda (IrLAP) x25 (generic X.25) eui64 (Generic EUI-64) 
`

export const HARDWARE = `    loop (Local Loopback) slip (Serial Line IP) cslip (VJ Serial Line IP) 
    slip6 (6-bit Serial Line IP) cslip6 (VJ 6-bit Serial Line IP) adaptive (Adaptive Serial Line IP) 
    ash (Ash) ether (Ethernet) ax25 (AMPR AX.25) 
    netrom (AMPR NET/ROM) rose (AMPR ROSE) tunnel (IPIP Tunnel) 
    ppp (Point-to-Point Protocol) hdlc ((Cisco)-HDLC) lapb (LAPB) 
    arcnet (ARCnet) dlci (Frame Relay DLCI) frad (Frame Relay Access Device) 
    sit (IPv6-in-IPv4) fddi (Fiber Distributed Data Interface) hippi (HIPPI) 
    irda (IrLAP) ec (Econet) x25 (generic X.25) 
    eui64 (Generic EUI-64) 
`

/** The names in such a list. */
export const isListed = (list: string, name: string): boolean =>
  [...list.matchAll(/(\S+) \((?:\([^)]*\)|[^)])*\)/g)].some(([, each]) => each === name)

/** Exit statuses: net-tools util.h. */
export const E_NOTFOUND = 1
export const E_OPTERR = 3
export const E_LOOKUP = 6
export const E_SOCK = 7
