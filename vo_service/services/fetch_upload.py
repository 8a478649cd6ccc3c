"""A table from a URL that a client names: never from a private address unless that is allowed.

A name is resolved once and the connection made to the address that was checked, so that a name
server cannot send the second look elsewhere. Each redirect is checked as the first address.
"""

import http.client
import ipaddress
import socket
import ssl
from urllib.parse import urljoin, urlsplit

from vo_service.errors import TooLargeError, UsageError

MOST_REDIRECTS = 3
TIMEOUT_SECONDS = 20
CHUNK = 1 << 16
REDIRECTS = (301, 302, 303, 307, 308)


def fetch_upload(url: str, hosts: tuple[str, ...], most_bytes: int) -> bytes:
    """Fetch a table.

    Parameters
    ----------
    url : str
        http or https.
    hosts : tuple of str
        Hosts that may be asked; `*` stands for all with a public address.
    most_bytes : int

    Raises
    ------
    UsageError
        When the address may not be asked, does not answer, or sends too much.
    """
    for _ in range(MOST_REDIRECTS + 1):
        connection, path = _connect(url, hosts)
        try:
            connection.request("GET", path, headers={"User-Agent": "oddsky", "Accept": "*/*"})
            answer = connection.getresponse()
            if answer.status in REDIRECTS and answer.getheader("Location"):
                url = urljoin(url, answer.getheader("Location") or "")
                continue
            if answer.status != 200:
                raise UsageError(f"{url[:200]} answers with status {answer.status}.")
            return _read(answer, url, most_bytes)
        except (OSError, http.client.HTTPException) as error:
            raise UsageError(f"{url[:200]} cannot be fetched; upload the table inline.") from error
        finally:
            connection.close()
    raise UsageError(f"{url[:200]} redirects more than {MOST_REDIRECTS} times.")


def _connect(url: str, hosts: tuple[str, ...]) -> tuple[http.client.HTTPConnection, str]:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(f"UPLOAD names '{url[:200]}'; only param:, http and https are understood.")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise UsageError(f"UPLOAD names '{url[:200]}', whose port is no number.") from error
    address = _resolve(parts.hostname, port, hosts)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = _PinnedHTTPS(parts.hostname, port, address)
    else:
        connection = _Pinned(parts.hostname, port, address)
    return connection, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _resolve(host: str, port: int, hosts: tuple[str, ...]) -> str:
    """Return the address of a host that may be asked."""
    named = host.lower() in (h.lower() for h in hosts)
    if not named and "*" not in hosts:
        raise UsageError(f"Tables cannot be fetched from {host[:100]}; upload the table inline.")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise UsageError(f"The host {host[:100]} is not known; upload the table inline.") from error
    for *_, address in found:
        if named or ipaddress.ip_address(str(address[0]).split("%")[0]).is_global:
            return str(address[0])
    raise UsageError(
        f"{host[:100]} has a private address, which is not fetched from; upload the table inline."
    )


class _Pinned(http.client.HTTPConnection):
    """Connects to an address that was checked, whatever the name means by now."""

    def __init__(self, host: str, port: int, address: str):
        super().__init__(host, port, timeout=TIMEOUT_SECONDS)
        self._address = address

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)


class _PinnedHTTPS(_Pinned):
    """The same with TLS, whose certificate must be the name's."""

    def connect(self) -> None:
        super().connect()
        context = ssl.create_default_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)


def _read(answer: http.client.HTTPResponse, url: str, most_bytes: int) -> bytes:
    pieces, size = [], 0
    while chunk := answer.read(CHUNK):
        size += len(chunk)
        if size > most_bytes:
            raise TooLargeError(f"{url[:200]} sends more than the {most_bytes} bytes allowed.")
        pieces.append(chunk)
    return b"".join(pieces)
