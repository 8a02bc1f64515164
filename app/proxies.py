"""Who asks, when a proxy stands between: its ``X-Forwarded-…`` headers are believed, and nobody else's.

Any client may send such headers, so they count only from an address of ``TRUSTED_PROXIES``, and only as far as a chain
of trusted ones reaches: what stands left of the first stranger is what he says.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

IPV6_CLIENT = 64
"""Length of the prefix that one client has to himself: he may send each request from another address in it."""

_HOST = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?", re.ASCII)
_PORT = re.compile(r"(?:\[([^\]]+)\]|([0-9.]+))(?::[0-9]{1,5})?", re.ASCII)


class TrustedProxies:
    """A WSGI application behind proxies: to it a request comes from the client, by the client's scheme and host."""

    def __init__(self, application: Callable[..., Iterable[bytes]], networks: Sequence[IPNetwork]):
        self._application = application
        self._networks = networks

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """The application's answer."""
        if self._is_trusted(address_of(environ.get("REMOTE_ADDR", ""))):
            self._believe(environ)
        return self._application(environ, start_response)

    def _believe(self, environ: dict[str, Any]) -> None:
        proxies = 1  # the one that has called us
        for text in reversed(_listed(environ, "HTTP_X_FORWARDED_FOR")):
            address = address_of(text)
            if address is None:
                break  # words instead of an address: whoever wrote them, the chain ends here
            environ["REMOTE_ADDR"] = str(address)
            if not self._is_trusted(address):
                break
            proxies += 1
        scheme = _said(environ, "HTTP_X_FORWARDED_PROTO", proxies).lower()
        if scheme in {"http", "https"}:
            environ["wsgi.url_scheme"] = scheme
        host = _said(environ, "HTTP_X_FORWARDED_HOST", proxies)
        if _HOST.fullmatch(host):
            environ["HTTP_HOST"] = host

    def _is_trusted(self, address: IPAddress | None) -> bool:
        return address is not None and any(address in network for network in self._networks)


def networks_of(text: str) -> tuple[IPNetwork, ...]:
    """Addresses and networks, separated by commas. Raises `ValueError` for what is none."""
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())


def address_of(text: str) -> IPAddress | None:
    """The address that a text names, with or without a port; an IPv4 address written as IPv6 is an IPv4 address."""
    with_port = _PORT.fullmatch(text.strip())
    try:
        address = ipaddress.ip_address(with_port[1] or with_port[2] if with_port else text.strip())
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client_of(text: str | None) -> str:
    """What is counted as one client: an IPv4 address, or the network that an IPv6 client has to himself."""
    address = address_of(text or "")
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address), IPV6_CLIENT), strict=False))
    return str(address or "unknown")


def _said(environ: dict[str, Any], header: str, proxies: int) -> str:
    """What the outermost of our proxies says; each appends its own, or the nearest has replaced them all."""
    values = _listed(environ, header)
    return values[-min(proxies, len(values))] if values else ""


def _listed(environ: dict[str, Any], header: str) -> list[str]:
    return [part.strip() for part in environ.get(header, "").split(",") if part.strip()]
