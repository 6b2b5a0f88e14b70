"""What the hub shows a service that wants to know it: a certificate, and a token that it fetches."""

import asyncio
import ssl
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from hub.clock import Clock
from hub.errors import Invalid
from hub.ports import Never, NotNow, Trouble
from integrations.endpoints import OutboundRules, check_operators_url
from integrations.outbound import Courier, Reply
from integrations.replies import must_be_taken, retry_after, said

PATIENCE, LARGEST_ANSWER = 20.0, 1024 * 1024
# A token is not used in its last moments: it would be over when it arrives.
SOONER = timedelta(seconds=30)
LOCKED = (b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED")
# What says that it is the way that is wrong, and not what is carried on it.
_NOT_THE_RECORDS = {401, 403, 404, 405, 407}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a service asks for; each part only where it does."""

    certificate: str | None = None
    """A file with the certificate and its key, the key locked."""
    passphrase: str | None = field(default=None, repr=False)
    authority: str | None = None
    """A file with who vouches for the service, if none of the usual does."""
    token_url: str | None = None
    client_id: str | None = None
    client_secret: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.passphrase is None):
            raise Invalid("certificate, passphrase: a certificate's key is locked; give both, or neither.")
        if self.token_url is not None:
            if not self.client_id or not (self.client_secret or self.certificate):
                raise Invalid("token_url: a token is given to a client_id that has a client_secret or a certificate.")
            _checked(self.token_url, "token_url")
        if self.certificate is None and self.token_url is None:
            raise Invalid("certificate, token_url: nobody takes records from a stranger; give one of them, or both.")

    def tls(self) -> ssl.SSLContext:
        """Whom we believe and what we show; Invalid names the file that is of no use."""
        try:
            context = ssl.create_default_context(cafile=self.authority)
        except (OSError, ssl.SSLError):
            raise Invalid(f"authority: {self.authority} holds no certificates; write them there as PEM.") from None
        if self.certificate is not None and self.passphrase is not None:
            _show(context, Path(self.certificate), self.passphrase)
        return context


def _show(context: ssl.SSLContext, file: Path, passphrase: str) -> None:
    try:
        content = file.read_bytes()
        if not any(mark in content for mark in LOCKED):
            raise Invalid(f"certificate: the key in {file} is not locked, or not there; lock it with the passphrase.")
        context.load_cert_chain(file, password=passphrase)
    except ssl.SSLError:
        raise Invalid(f"certificate, passphrase: {file} does not open with it, or holds no certificate.") from None
    except OSError as fault:
        raise Invalid(f"certificate: {file} cannot be read ({fault.strerror}).") from None


def _checked(url: str, name: str) -> str:
    try:
        check_operators_url(url, name)
    except ValueError as fault:
        raise Invalid(f"{fault}.") from None
    return url.rstrip("/")


class Service:
    """One service at one address, spoken to with what it asks for."""

    def __init__(self, url: str, credentials: Credentials, clock: Clock, *, allow_loopback: bool = False) -> None:
        self._url = _checked(url, "url")
        self._credentials = credentials
        self._clock = clock
        self._courier = Courier(
            OutboundRules(
                PATIENCE,
                allow_loopback=allow_loopback,
                longest_answer=LARGEST_ANSWER,
                for_rosters=True,
                tls=credentials.tls(),
            )
        )
        self._token: tuple[str, datetime] | None = None
        self._fetching = asyncio.Lock()

    async def call(self, content: bytes, headers: dict[str, str], path: str = "", method: str = "POST") -> Reply:
        """One call; NotNow if nothing came back, or what did says that it is the address or we who are wrong."""
        try:
            reply = await self._once(content, headers, path, method)
            if reply.status == 401 and self._token is not None:
                self._token = None
                reply = await self._once(content, headers, path, method)
        except Never as wrong:
            # It is the way that cannot be gone: no record is to blame, and all of them wait.
            raise NotNow(wrong.detail, trouble=Trouble.CLOSED) from None
        if reply.status in _NOT_THE_RECORDS and not (method == "GET" and reply.status == 404):
            why = f"{reply.host} lets us not in ({reply.status}): look at the address and the credentials"
            raise NotNow(why, trouble=Trouble.CLOSED)
        if 300 <= reply.status < 400:
            why = f"{reply.host} answered {reply.status}, which sends elsewhere: give the URL that it ends at"
            raise NotNow(why, trouble=Trouble.CLOSED)
        if reply.status in (408, 425, 429, 502, 503, 504):
            why, wait = f"{reply.host} did not take it this time ({reply.status})", retry_after(reply, self.now())
            raise NotNow(why, wait, Trouble.BUSY)
        return reply

    def now(self) -> datetime:
        return self._clock.now()

    async def _once(self, content: bytes, headers: dict[str, str], path: str, method: str) -> Reply:
        token = await self._fresh()
        shown = {"Authorization": f"Bearer {token}"} if token is not None else {}
        return await self._courier.post(f"{self._url}{path}", content, headers | shown, method)

    async def _fresh(self) -> str | None:
        given = self._credentials
        if given.token_url is None:
            return None
        async with self._fetching:
            if self._token is not None and self._token[1] > self.now():
                return self._token[0]
            form = {"grant_type": "client_credentials", "client_id": given.client_id or ""}
            if given.client_secret is not None:
                form["client_secret"] = given.client_secret
            reply = await self._courier.fetch(given.token_url, {}, form)
            if 300 <= reply.status < 500 and reply.status != 429:
                why = f"{reply.host} gives us no token ({reply.status}): look at the client and its secret"
                raise NotNow(why, trouble=Trouble.CLOSED)
            must_be_taken(reply, self.now())
            answer = said(reply)
            token = answer.get("access_token") if isinstance(answer, dict) else None
            if not isinstance(token, str) or not token.isascii() or not token.isprintable() or len(token) > 16_384:
                raise NotNow(f"{reply.host} answered without a token: look at the address", trouble=Trouble.STRANGE)
            lasts = answer.get("expires_in")
            seconds = min(float(lasts), 3600.0) if isinstance(lasts, int | float) else 60.0
            self._token = (token, self.now() + max(timedelta(seconds=seconds) - SOONER, timedelta(seconds=1)))
            return token

    async def close(self) -> None:
        await self._courier.close()
