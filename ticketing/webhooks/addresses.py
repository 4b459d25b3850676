"""URLs to send to, and which addresses are on the public internet.

The networks are those of IANA's special-purpose registries, written out: what Python's
``is_global`` says differs between its releases.
"""

import re
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
)
from urllib.parse import urlsplit

import idna

from ticketing.core.text import t

Address = IPv4Address | IPv6Address

DEFAULT_PORTS = {"http": 80, "https": 443}
HOST_AND_PORT = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(:[0-9]+)?")
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
# A host that ends so is an address for the system, however it is written: ``127.1``,
# ``2130706433``, ``0x7f.1``.
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
MAX_HOST_LENGTH = 253
REST = re.compile(r"[!-~]*")  # of a URL, behind its host
# Backslashes are slashes for some, and ``urlsplit`` leaves out what is not printable.
MISREAD = re.compile(r"[\x00-\x20\x7f\\]")
NOT_A_URL = t("Must be an http or https URL, as https://example.org/hook is.")

NOT_PUBLIC_IPV4 = [
    IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24"),
        *("192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
    )
]
# All other networks of IPv6 are local, multicast or reserved, or carry IPv4.
UNICAST = IPv6Network("2000::/3")
NOT_PUBLIC_UNICAST = [
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocols, among them Teredo, which carries IPv4
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which carries IPv4
        "3fff::/20",  # documentation
    )
]
NAT64 = IPv6Network("64:ff9b::/96")  # how a network without IPv4 reaches an IPv4 host


class UrlError(Exception):
    """A text is no URL to send to; the message says so to people."""


@dataclass(frozen=True)
class Target:
    """The place that a URL leads to.

    :ivar host: a name in ASCII, without a final dot, or an address without brackets.
    :ivar path: with the query.
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_secure(self) -> bool:
        """Return whether it is reached over TLS."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """Return what the header ``Host`` says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = self.port == DEFAULT_PORTS[self.scheme]
        return host if is_default else f"{host}:{self.port}"


def target_of(url: str) -> Target:
    """Return where a URL leads.

    :raises UrlError: it is none of http or https, has a user, a password or a fragment,
        or its host cannot be one.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError as error:
        raise UrlError(NOT_A_URL) from error
    rest = url.partition("://")[2][len(parts.netloc) :]
    is_misread = MISREAD.search(url) or not REST.fullmatch(rest)
    if parts.scheme not in DEFAULT_PORTS or is_misread:
        raise UrlError(NOT_A_URL)
    if "@" in parts.netloc:
        raise UrlError(t("Must not have a user or a password."))
    if "#" in url:
        raise UrlError(t("Must not have a fragment, which is never sent."))
    if port == 0 or not HOST_AND_PORT.fullmatch(parts.netloc):
        raise UrlError(NOT_A_URL)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    port = port or DEFAULT_PORTS[parts.scheme]
    return Target(parts.scheme, _host_of(host, "[" in parts.netloc), port, path)


def is_public(address: Address) -> bool:
    """Return whether an address can be reached from everywhere."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC_IPV4)
    if address in NAT64:
        return is_public(IPv4Address(address.packed[-4:]))
    special = any(address in network for network in NOT_PUBLIC_UNICAST)
    return address in UNICAST and not special


def _host_of(text: str, in_brackets: bool) -> str:
    try:
        if in_brackets:
            return str(IPv6Address(text))
        host = text if text.isascii() else idna.encode(text, uts46=True).decode()
        host = host.lower().removesuffix(".")
        labels = host.split(".")
        if NUMBER.fullmatch(labels[-1]):
            return str(ip_address(host))
    except ValueError as error:
        raise UrlError(t("Its host is no name and no address.")) from error
    if len(host) > MAX_HOST_LENGTH or not all(map(LABEL.fullmatch, labels)):
        raise UrlError(t("Its host is no name and no address."))
    return host
