"""Which X-Forwarded-* headers are believed: those that a named reverse proxy sent, and nobody else's."""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Networks = tuple[IPv4Network | IPv6Network, ...]


def named(text: str) -> Networks:
    """Addresses and networks, separated by commas. Raises SystemExit for one that is none."""
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise SystemExit(f"WCC_TRUSTED_PROXIES={text!r}: {error}") from None


class NamedProxies:
    """A WSGI application behind the named proxies: address, scheme and host of a request are what they say they are.

    Of the addresses in X-Forwarded-For the last one that is no named proxy is the client: what stands before it anybody may have
    written. A request from elsewhere is taken as it came, whatever its headers say.
    """

    def __init__(self, application: "WSGIApplication", proxies: str) -> None:
        self.application = application
        self.networks = named(proxies)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        if not _is_named(environ.get("REMOTE_ADDR", ""), self.networks):
            return self.application(environ, start_response)
        hops = _hops(environ, self.networks)[1]
        return ProxyFix(self.application, x_for=hops, x_proto=1, x_host=1)(environ, start_response)


def client(environ: "WSGIEnvironment", networks: Networks) -> str:
    """Address of the client of a request that may have come through the named proxies."""
    direct: str = environ.get("REMOTE_ADDR", "")
    if not _is_named(direct, networks):
        return direct
    told, hops = _hops(environ, networks)
    return told[-hops] if told else direct


def _hops(environ: "WSGIEnvironment", networks: Networks) -> tuple[list[str], int]:
    """The addresses that X-Forwarded-For tells, and which of them, from the end, is the client."""
    told = [part.strip() for part in environ.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    hops = 1
    while hops < len(told) and _is_named(told[-hops], networks):
        hops += 1
    return told, hops


def _is_named(address: str, networks: Networks) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None) or found  # as a socket for both kinds tells it: ::ffff:127.0.0.1
    return any(mapped in network for network in networks)
