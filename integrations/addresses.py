"""Which addresses are out in the world: the only ones the hub connects to when somebody else wrote the URL."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

# Listed here rather than asked of `ipaddress`, whose answers changed between patch releases of Python 3.11 and 3.12.
_NOT_OUTSIDE_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, where clouds keep their metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # relays from IPv6
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Everything that IANA has not given to the world lies outside this one: loopback, link-local, unique local, multicast.
_WORLD_V6 = IPv6Network("2000::/3")
_NOT_OUTSIDE_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries an IPv4 address of anybody's choice
        "3fff::/20",  # documentation
    )
)
_MAPPED = IPv6Network("::ffff:0:0/96")
# A network with IPv6 only reaches the IPv4 world through this prefix, so what is inside decides.
_NAT64 = IPv6Network("64:ff9b::/96")
_LOOPBACK = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))


def is_outside(address: Address) -> bool:
    """Whether a packet to this address leaves for the public internet and nowhere else."""
    bare = _unwrapped(address)
    if isinstance(bare, IPv4Address):
        return not any(bare in network for network in _NOT_OUTSIDE_V4)
    if bare.scope_id is not None or bare not in _WORLD_V6:
        return False
    return not any(bare in network for network in _NOT_OUTSIDE_V6)


def is_loopback(address: Address) -> bool:
    """Whether the address is this machine's own, in whatever form it is written."""
    bare = _unwrapped(address)
    return any(bare in network for network in _LOOPBACK)


def _unwrapped(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it is of that kind."""
    if isinstance(address, IPv6Address) and (address in _MAPPED or address in _NAT64):
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
