"""The channels "email" and "teams": services that Apprise knows, named by a URL template in the settings."""

import asyncio
import logging
import re
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Literal
from urllib.parse import quote, urlsplit

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat
from apprise.result import AppriseResult

from hub.ports import Never, Notice, NotNow

PLACE = "{address}"
_EXAMPLE = "nobody@example.org"
_ADDRESSES = {
    # One mailbox, in ASCII: a comma would make two of it, and a line break a header.
    "email": re.compile(r"[A-Za-z0-9.!#$&'*+/=?^_`~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])"),
    "teams": re.compile(r"[A-Za-z0-9._@-]{1,200}"),
}
# Apprise tells the reason of a failure only in the log that it keeps of each attempt: of SMTP the exception, of HTTP
# the status.
_SMTP_CODE = re.compile(r"\(([45][0-9]{2}), b['\"]")
_HTTP_STATUS = re.compile(r"\berror=([1-5][0-9]{2})\b")
# What makes a link or a mention of somebody in Teams.
_NO_MARKS = str.maketrans("[]<>", "()()")
_HTTP_TRY_AGAIN = {408, 425, 429}
# A connection costs Apprise 60 ms of processor, all of it for reading the authorities' certificates anew.
_THREADS = 8


@dataclass(frozen=True, slots=True)
class AppriseSettings:
    """Which channel this is, and the Apprise URL of its service with {address} where the recipient's address goes."""

    channel: Literal["email", "teams"]
    template: str = field(repr=False)
    timeout: float = 10.0
    """Seconds for all of it; longer than elsewhere, since mail servers let strangers wait for their greeting."""

    def __post_init__(self) -> None:
        if self.channel not in _ADDRESSES:
            raise ValueError("apprise channel: email or teams")
        if not 0 < self.timeout <= 10:
            raise ValueError("apprise timeout: give more than 0 and at most 10 seconds")
        if self.channel == "email" and PLACE not in self.template:
            raise ValueError("email template: write {address} where the recipient's address goes, as in …?to={address}")
        if PLACE in urlsplit(self.template).netloc:
            raise ValueError("apprise template: {address} may stand in the path or after the ?, never in the host")
        _keep_to_itself()
        with warnings.catch_warnings():
            # The first use of Apprise imports all its services, and one imports what Python 3.13 has no more.
            warnings.simplefilter("ignore", DeprecationWarning)
            usable = _service(self, _EXAMPLE) is not None
        if not usable:
            raise ValueError(
                f"{self.channel} template: Apprise knows no such service, or something in its URL is wrong"
            )


class AppriseChannel:
    """Hands each notice to the service of the template.

    Apprise would run all services on one pool of threads; here each channel has its own, so that a mail server which
    hangs does not hold up Teams.
    """

    def __init__(self, settings: AppriseSettings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix=settings.channel)

    @property
    def name(self) -> str:
        return self._settings.channel

    async def send(self, notice: Notice, address: str) -> str | None:
        if PLACE in self._settings.template and not _ADDRESSES[self.name].fullmatch(address):
            raise Never(f"The {self.name} address cannot be written to: mend it where it is kept", gone=True)
        run = asyncio.get_running_loop().run_in_executor
        try:
            async with asyncio.timeout(self._settings.timeout):
                result = await run(self._threads, partial(_notified, self._settings, notice, address))
        except TimeoutError:
            raise NotNow(f"The {self.name} service did not answer within {self._settings.timeout:g} s") from None
        if not result:
            raise _refusal(self.name, result)
        return None

    async def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


def _notified(settings: AppriseSettings, notice: Notice, address: str) -> AppriseResult:
    """On a thread of the channel: one attempt, with all that Apprise says about it kept in the result."""
    one = Apprise(asset=_asset())
    service = _service(settings, address)
    if service is None:
        raise Never(f"The {settings.channel} address cannot be written to: mend it where it is kept", gone=True)
    one.add(service)
    title = " ".join(notice.title.split())
    parts, written = [notice.text, notice.url], NotifyFormat.TEXT
    if settings.channel == "teams":
        # Given as plain text Apprise would escape each full stop, and a link with backslashes leads nowhere.
        link = f"[{notice.url}]({notice.url})" if notice.url else None
        parts, written = [notice.text.translate(_NO_MARKS), link], NotifyFormat.MARKDOWN
        title = title.translate(_NO_MARKS)
    body = "\n\n".join(part for part in parts if part) or title
    return one.notify(body, title, body_format=written, log_level=logging.DEBUG)


def _service(settings: AppriseSettings, address: str) -> NotifyBase | None:
    service = Apprise.instantiate(settings.template.replace(PLACE, quote(address, safe="")), asset=_asset())
    if service is not None:
        service.socket_connect_timeout = settings.timeout
        service.socket_read_timeout = settings.timeout
    return service


def _asset() -> AppriseAsset:
    return AppriseAsset(
        app_id="Tryghedshub",
        app_desc="Tryghedshub",
        image_url_mask="",
        image_url_logo="",
        storage_mode="memory",
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
        # Both together make it send on the thread that asks.
        async_mode=False,
        service_timeout=0,
    )


def _refusal(name: str, result: AppriseResult) -> NotNow | Never:
    """What the service's answer means; without a code it was the line, and the next try may find it whole."""
    words = "\n".join(entry.message for service in result.results for entry in service.logs())
    smtp, http = _SMTP_CODE.search(words), _HTTP_STATUS.search(words)
    if smtp is not None:
        code = int(smtp[1])
        for_good = code >= 500
    elif http is not None:
        code = int(http[1])
        for_good = 300 <= code < 500 and code not in _HTTP_TRY_AGAIN
    else:
        return NotNow(f"The {name} service could not be reached, or broke the line")
    if for_good:
        return Never(f"The {name} service refused it for good ({code})")
    return NotNow(f"The {name} service did not take it this time ({code})")


def _keep_to_itself() -> None:
    """Keeps Apprise's log inside its results: it holds whole messages and, with them, who was told what."""
    log = logging.getLogger("apprise")
    log.setLevel(logging.DEBUG)
    log.propagate = False
    logging.getLogger("urllib3").setLevel(logging.WARNING)
