"""Which addresses are public: the only ones that a server may be made to talk to by a stranger.

An explicit table, because Python's `is_private` and `is_global` let some through: 100.100.100.200 (where Alibaba keeps
a machine's credentials), 168.63.129.16 (Azure's), 6to4 and NAT64 spellings of private ones. Sources: IANA's
special-purpose registries for IPv4 and IPv6, and the vendors' pages on their metadata services, as of November 2026.
"""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC_4: Sequence[IPv4Network] = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure's own services, among them the one that knows a machine's secrets.
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
_PUBLIC_6 = IPv6Network("2000::/3")
"""All that is given out. What is outside of it is local, mapped, multicast or nothing."""

_NOT_PUBLIC_6: Sequence[IPv6Network] = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo, benchmarks, ORCHID: no machine's own address.
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise.
        "2620:4f:8000::/48",
        "3fff::/20",
    )
)


def is_public(address: Address) -> bool:
    """Whether everybody on the internet may be at this address."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        return address in _PUBLIC_6 and not _in_any(address, _NOT_PUBLIC_6)
    return not _in_any(address, _NOT_PUBLIC_4)


def is_loopback(address: Address) -> bool:
    """Whether this machine alone is there."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


def networks(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks in CIDR's notation.

    Raises:
        ValueError: One of them is none; the text names it.
    """
    return tuple(ip_network(text.strip()) for text in texts if text.strip())


def within(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an address is in one of some networks, by whichever of its two names."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None and within(address.ipv4_mapped, allowed):
        return True
    return _in_any(address, allowed)


def _in_any(address: Address, some: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in some)


def parsed(text: str) -> Address:
    """An address as a resolver gives it, without its zone.

    Raises:
        ValueError: It is none.
    """
    return ip_address(text.partition("%")[0])
