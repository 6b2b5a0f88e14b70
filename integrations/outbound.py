"""The only way out over HTTP: an address is checked at the moment of connecting to it."""

import asyncio
import logging
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.util import find_spec
from ipaddress import ip_address
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

from hub.ports import Never, NotNow
from integrations.endpoints import OutboundRules, check_address, check_url, checked_url, host_of, leads_home

if find_spec("sniffio") is None:
    # httpcore asks for it at every lock, and each time Python would search the whole path: a third of a send's cost.
    sys.modules["sniffio"] = None  # type: ignore[assignment]

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

# The addresses of one name that are tried, one after the other, within the time there is.
_TRIES = 4


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service answered: of the body only the beginning, and only for reading a reference out of it."""

    host: str
    status: int
    headers: httpx.Headers
    body: bytes


class Courier:
    """Posts to services outside, each post within the rules' time and never anywhere else than its URL says."""

    def __init__(self, rules: OutboundRules, resolve: Resolve | None = None) -> None:
        self._rules = rules
        self._client = outbound_client(rules, resolve)

    def checked(self, url: str) -> httpx.URL:
        """The URL as `post` will use it. Raises Never if it may not be sent to."""
        return checked_url(url, self._rules)

    def leads_home(self, url: httpx.URL) -> bool:
        """Whether the URL names this machine by its address, and the operator's setting for tests allows that."""
        return leads_home(url, self._rules)

    async def post(self, url: str, content: bytes, headers: Mapping[str, str], method: str = "POST") -> Reply:
        """Sends the content once. Raises NotNow if no answer came, Never if the URL may not be sent to."""
        endpoint = self.checked(url)
        answer: httpx.Response | None = None
        body = bytearray()
        try:
            async with (
                asyncio.timeout(self._rules.timeout),
                self._client.stream(method, endpoint, content=content, headers=dict(headers)) as answer,
            ):
                async for piece in answer.aiter_raw():
                    body += piece
        except (TimeoutError, httpx.TransportError) as failure:
            # Once the status is here the service has decided; whether the rest of its answer arrives changes nothing.
            if answer is None:
                raise _unanswered(host_of(endpoint), failure, self._rules.timeout) from None
        return Reply(host_of(endpoint), answer.status_code, answer.headers, bytes(body))

    async def fetch(self, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None) -> Reply:
        """Asks for what lies at the URL, or what it answers to the form, whole; raises NotNow or Never as `post` does.

        An answer that broke off, or is longer than the rules allow, is none.
        """
        endpoint = self.checked(url)
        body = bytearray()
        try:
            async with (
                asyncio.timeout(self._rules.timeout),
                self._client.stream(
                    "GET" if form is None else "POST", endpoint, data=form, headers=dict(headers)
                ) as answer,
            ):
                async for piece in answer.aiter_raw():
                    body += piece
        except (TimeoutError, httpx.TransportError) as failure:
            raise _unanswered(host_of(endpoint), failure, self._rules.timeout) from None
        if len(body) >= self._rules.longest_answer:
            raise Never(
                f"{host_of(endpoint)} answered with more than {self._rules.longest_answer >> 20} MiB: divide it"
            )
        return Reply(host_of(endpoint), answer.status_code, answer.headers, bytes(body))

    async def close(self) -> None:
        await self._client.aclose()


def _unanswered(host: str, failure: Exception, timeout: float) -> NotNow:
    if isinstance(failure, TimeoutError | httpx.TimeoutException):
        return NotNow(f"{host} did not answer within {timeout:g} s")
    return NotNow(f"{host} could not be reached, or broke the line")


def outbound_client(rules: OutboundRules, resolve: Resolve | None = None) -> httpx.AsyncClient:
    """A client that connects to checked addresses only, follows no redirect and takes nothing from the environment."""
    for name in ("httpx", "httpcore"):
        # They write whole URLs and headers to the log: a push endpoint is as good as a key, and so is a token.
        logging.getLogger(name).setLevel(logging.WARNING)
    return httpx.AsyncClient(
        transport=CheckedTransport(rules, resolve),
        timeout=rules.timeout,
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": "tryghedshub", "Accept-Encoding": "identity"},
        cookies=CookieJar(policy=DefaultCookiePolicy(allowed_domains=[])),
    )


class CheckedTransport(httpx.AsyncBaseTransport):
    """Carries requests over connections that `CheckedNetwork` made, and cuts long answers short."""

    def __init__(self, rules: OutboundRules, resolve: Resolve | None = None) -> None:
        self._rules = rules
        self._resolver = SystemResolver()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=rules.tls or _trusting_the_world(),
            # How many sends run at once is the outbox's decision: a limit here would let one slow host hold the others.
            max_connections=None,
            max_keepalive_connections=20,
            keepalive_expiry=5,
            network_backend=CheckedNetwork(rules, resolve or self._resolver),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        check_url(request.url, self._rules)
        url = request.url
        with _in_httpx_terms():
            answer = await self._pool.handle_async_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        # Without the encoding nobody unpacks the body, so that 16 KiB stay 16 KiB.
        headers = [(name, value) for name, value in answer.headers if name.lower() != b"content-encoding"]
        return httpx.Response(answer.status, headers=headers, stream=_Beginning(answer, self._rules.longest_answer))

    async def aclose(self) -> None:
        await self._pool.aclose()
        self._resolver.close()


class _Beginning(httpx.AsyncByteStream):
    """The first bytes of an answer; the connection of a longer one is closed rather than read to its end."""

    def __init__(self, answer: httpcore.Response, longest: int) -> None:
        self._answer = answer
        self._left = longest

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _in_httpx_terms():
            async for piece in self._answer.aiter_stream():
                yield piece[: self._left]
                self._left -= len(piece)
                if self._left <= 0:
                    return

    async def aclose(self) -> None:
        await self._answer.aclose()


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Looks the name up itself, checks what came out, and connects to exactly that.

    The name is not looked up a second time, so a DNS server that answers differently then has nobody to answer to.
    TLS still asks for the certificate of the name.
    """

    def __init__(self, rules: OutboundRules, resolve: Resolve) -> None:
        self._rules = rules
        self._resolve = resolve
        self._wire = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the base class has it so
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        addresses = await self._checked(host, port, timeout)
        share = (self._rules.timeout if timeout is None else timeout) / len(addresses)
        failure: Exception = httpcore.ConnectError()
        for address in addresses:
            try:
                return await self._wire.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as reason:
                failure = reason
        raise failure

    async def _checked(self, host: str, port: int, timeout: float | None) -> list[str]:  # noqa: ASYNC109 - as above
        try:
            async with asyncio.timeout(timeout):
                found = [ip_address(text) for text in await self._resolve(host.rstrip("."), port)]
        except TimeoutError:
            raise httpcore.ConnectTimeout from None
        except OSError:
            raise httpcore.ConnectError from None
        except ValueError:
            raise Never("The URL's host cannot be looked up: write it anew") from None
        for address in found:
            # One bad address among good ones is refused whole: nobody honest has such a name.
            check_address(address, self._rules)
        if not found:
            raise httpcore.ConnectError
        return [str(address) for address in found[:_TRIES]]


class SystemResolver:
    """Asks the operating system, on threads of its own: a name server that hangs holds up nothing but its asker."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="resolve")

    async def __call__(self, host: str, port: int) -> list[str]:
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return list(dict.fromkeys(str(entry[4][0]) for entry in found))

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


@cache
def _trusting_the_world() -> SSLContext:
    """Made once: to read all authorities takes as long as a start takes for the rest of a channel."""
    return httpx.create_ssl_context(trust_env=False)


@contextmanager
def _in_httpx_terms() -> Iterator[None]:
    """Makes httpcore's failures httpx's, without their words: those may quote what the other end sent."""
    try:
        yield
    except httpcore.TimeoutException:
        raise httpx.ReadTimeout("no answer in time") from None
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol):
        raise httpx.TransportError("the line broke") from None
