"""What a URL must look like before the hub sends anything there."""

import ssl
from dataclasses import dataclass
from ipaddress import ip_address

import httpx

from hub.ports import Never
from integrations.addresses import Address, is_loopback, is_outside

LONGEST_URL = 2048


@dataclass(frozen=True, slots=True)
class OutboundRules:
    """Where the hub may send, for how long it waits, and how much it listens to."""

    timeout: float = 5.0
    """Seconds for all of it: looking the name up, connecting, sending, and reading the answer."""
    ports: frozenset[int] = frozenset({443})
    allow_loopback: bool = False
    """The operator's setting for tests: this machine's own addresses too, on any port, with http as well as https."""
    longest_answer: int = 16 * 1024
    for_rosters: bool = False
    """Whether nothing that an alarm waits for goes this way, and what comes back is read whole."""
    tls: ssl.SSLContext | None = None
    """Whose certificates are trusted, if not those of the usual authorities."""

    def __post_init__(self) -> None:
        most = 30 if self.for_rosters else 5
        if not 0 < self.timeout <= most:
            raise ValueError(f"outbound timeout: give more than 0 and at most {most} seconds, or an alarm waits for it")
        if not self.ports or not all(0 < port < 65536 for port in self.ports):
            raise ValueError("outbound ports: give at least one port, each between 1 and 65535")
        if not 0 < self.longest_answer <= (64 if self.for_rosters else 1) * 1024 * 1024:
            raise ValueError("outbound longest_answer: give between 1 byte and 1 MiB")


def checked_url(text: str, rules: OutboundRules) -> httpx.URL:
    """The URL as it will be used, or Never with what is wrong with it."""
    if len(text) > LONGEST_URL or not text.isprintable() or set(text) & set(' \\"<>^`{|}'):
        raise Never("The URL holds signs that a URL does not have, or is too long: write it anew")
    url = _parsed(text)
    if url is None:
        raise Never("The URL cannot be understood: write it anew")
    check_url(url, rules)
    return url


def _parsed(text: str) -> httpx.URL | None:
    try:
        url = httpx.URL(text)
        # Asked for here, since httpx fails on some hosts only when it is about to send.
        host = url.host
    except (httpx.InvalidURL, ValueError):
        return None
    return url if host else None


def check_operators_url(text: str, name: str) -> None:
    """Raises ValueError if the URL in a setting can never be sent to, whatever the rules."""
    url = _parsed(text)
    port = (url.port if url is not None else None) or 443
    try:
        checked_url(text, OutboundRules(ports=frozenset({port}), allow_loopback=True))
    except Never as refusal:
        raise ValueError(f"{name}: {refusal.detail}") from None


def check_url(url: httpx.URL, rules: OutboundRules) -> None:
    """Raises Never unless the URL is https to a named host on an allowed port."""
    host = host_of(url)
    literal = literal_address(host)
    ours = leads_home(url, rules)
    if url.userinfo:
        raise Never("The URL carries a user name or password: leave it out")
    if url.scheme != "https" and not (url.scheme == "http" and ours):
        raise Never("The URL must begin with https://")
    if (url.port or 443) not in rules.ports and not ours:
        raise Never(f"The URL names port {url.port}, to which nothing is sent: leave the port out")
    if literal is not None:
        check_address(literal, rules)
    elif "." not in host or host.rsplit(".", 1)[1][:1].isdigit():
        # The system's resolver would take 2130706433, 0177.1 and 0x7f.1 for addresses; no top-level domain begins so.
        raise Never("The URL must name a host on the internet, in full")


def host_of(url: httpx.URL) -> str:
    """The host as it will be looked up: `httpx.URL.host` shows another spelling, and fails on some."""
    return url.raw_host.decode("ascii").lower().rstrip(".")


def leads_home(url: httpx.URL, rules: OutboundRules) -> bool:
    """Whether the URL names this machine by its address, and the operator's setting for tests allows that."""
    literal = literal_address(host_of(url))
    return rules.allow_loopback and literal is not None and is_loopback(literal)


def check_address(address: Address, rules: OutboundRules) -> None:
    """Raises Never unless the address may be connected to."""
    if is_outside(address) or (rules.allow_loopback and is_loopback(address)):
        return
    raise Never("The URL leads to an address inside this house or machine: only services on the internet are sent to")


def literal_address(host: str) -> Address | None:
    """The address that a host is written as, if it is not a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None
