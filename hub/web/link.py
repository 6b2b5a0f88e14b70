"""What a link opens for somebody outside: a code to prove who they are, and then one conversation."""

from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

import structlog
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from uuid_utils import uuid7

from hub.errors import Conflict, HubError, Invalid, NotFound, TooManyTries, Unauthenticated
from hub.messaging.attaching import Unscanned
from hub.messaging.attachment import Offered
from hub.messaging.conversation import LONGEST
from hub.messaging.filekinds import ACCEPTED
from hub.messaging.linking import SESSION_LASTS, Links, Opened
from hub.messaging.message import Saying, author_name
from hub.people.attempts import Attempts
from hub.people.entry import Entry
from hub.people.faults import FieldProblem, Text, say
from hub.ports import Never, NotNow
from hub.web.attachments import streamed
from hub.web.forms import form_of
from hub.web.incident_forms import words
from hub.web.language import chosen
from hub.web.message_words import size
from hub.web.pages import Pages
from hub.web.services import Services
from hub.web.sessions import secure

# Its own, and good for the link's own pages only: never beside a colleague's.
COOKIE = "hub_link"
MOST_FROM_ONE_ADDRESS = 60

_log = structlog.get_logger("hub.link")


class LinkDoor:
    """The pages behind links; whoever comes in by them is never one of the house."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._by_address = Attempts(MOST_FROM_ONE_ADDRESS)

    def routes(self) -> list[BaseRoute]:
        here = "/l/{link}"
        forms: tuple[tuple[str, Callable[[Request, Links, str], Awaitable[Response]]], ...] = (
            (here, self._say),
            (f"{here}/code", self._send_code),
            (f"{here}/enter", self._enter),
            (f"{here}/withdraw", self._withdraw),
            (f"{here}/leave", self._leave),
            (f"{here}/out", self._out),
        )
        return [
            Route(here, self._guarded(self._show)),
            Route(f"{here}/attachments/{{attachment}}", self._guarded(self._file)),
            *(Route(path, self._guarded(act), methods=["POST"]) for path, act in forms),
        ]

    def _guarded(
        self, act: Callable[[Request, Links, str], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            links, code = _links(request), request.path_params["link"]
            try:
                return await act(request, links, code)
            except Unauthenticated:
                return await self._asking(
                    request, links, code, say("Sign in again: you have been away for a while."), 401
                )
            except NotFound as refusal:
                return self._refused(request, refusal)

        return answer

    async def _show(self, request: Request, links: Links, code: str) -> Response:
        token = request.cookies.get(COOKIE)
        if not await links.signed_in(code, token):
            sent = request.query_params.get("sent") == "1"
            return await self._asking(request, links, code, None, 200, sent=sent)
        return await self._page(request, links, code, Entry())

    async def _page(self, request: Request, links: Links, code: str, entry: Entry, status: int = 200) -> Response:
        opened = await links.look(code)
        read = await links.read(code, request.cookies.get(COOKIE))
        site = await self._pages.site(opened.link.institution)
        zone = ZoneInfo(site.institution.timezone)
        shown = [
            {
                "author": author_name(site, one),
                "mine": one.author == opened.outside.reader,
                "at": f"{one.at.astimezone(zone):%Y-%m-%d %H:%M}",
                "text": one.text,
                "meeting": (one.meeting.url, f"{one.meeting.at.astimezone(zone):%Y-%m-%d %H:%M}")
                if one.meeting is not None
                else None,
                "files": [(file.id, file.name, size(chosen(request), file.size)) for file in one.attachments],
            }
            for one in read.messages
        ]
        answer = self._pages.page(
            request, "link/conversation.html", code=code, house=site.institution.name, title=read.title,
            messages=shown, consents=read.consents, entry=entry, new_id=str(uuid7()), longest=LONGEST,
            accepted=ACCEPTED, sent=request.query_params.get("done") == "1",
        )  # fmt: skip
        answer.status_code = status
        return answer

    async def _asking(
        self, request: Request, links: Links, code: str, problem: Text | None, status: int, *, sent: bool = False
    ) -> Response:
        """The page that asks who they are; it tells of nothing but whose house it is."""
        opened = await links.look(code)
        site = await self._pages.site(opened.link.institution)
        answer = self._pages.page(
            request, "link/door.html", code=code, house=site.institution.name, sent=sent or status != 200,
            address=hinted(opened), problem=problem,
        )  # fmt: skip
        answer.status_code = status
        return answer

    async def _send_code(self, request: Request, links: Links, code: str) -> Response:
        opened = await links.look(code)
        try:
            self._count(request)
            elsewhere = await links.identity.begin(opened.link.id, opened.outside.to)
        except TooManyTries as refusal:
            text = say("Several codes were sent already: use the newest, or wait some minutes.")
            return await self._asking(request, links, code, text, refusal.status, sent=True)
        except (NotNow, Never) as refusal:
            _log.info("a code could not be sent", why=refusal.detail)
            text = say("The code could not be sent now: try again in a moment, or call the house.")
            return await self._asking(request, links, code, text, Conflict.status)
        return RedirectResponse(elsewhere or f"/l/{code}?sent=1", 303)

    async def _enter(self, request: Request, links: Links, code: str) -> Response:
        entry = Entry((await form_of(request)).fields)
        try:
            self._count(request)
            token = await links.sign_in(code, entry.raw("digits"))
        except TooManyTries as refusal:
            text = say("This was tried too often: ask for a new code.")
            return await self._asking(request, links, code, text, refusal.status, sent=True)
        except Unauthenticated as refusal:
            text = say("The code is wrong or too old: look at the newest, or ask for another.")
            return await self._asking(request, links, code, text, refusal.status, sent=True)
        answer = RedirectResponse(f"/l/{code}", 303)
        lasts = int(SESSION_LASTS.total_seconds())
        answer.set_cookie(
            COOKIE, token, max_age=lasts, httponly=True, samesite="strict", secure=secure(request), path=f"/l/{code}"
        )
        return answer

    async def _say(self, request: Request, links: Links, code: str) -> Response:
        token = request.cookies.get(COOKIE)
        await links.entered(code, token)
        form = await form_of(request)
        entry = Entry(form.fields)
        text = words(entry, "text")
        if not text:
            entry.wrong("text", say("Write something first."))
        elif len(text) > LONGEST:
            entry.wrong("text", say("This is {n} characters too long: shorten it.", n=len(text) - LONGEST))
        if entry.faults:
            return await self._page(request, links, code, entry, Invalid.status)
        saying = Saying(entry.raw("id") or str(uuid7()), text)
        sent = [Offered(one.name, one.content) for one in form.files.get("files", ())]
        try:
            await links.say(code, token, saying, sent)
        except FieldProblem as refusal:
            entry.faults.update(refusal.faults)
            return await self._page(request, links, code, entry, refusal.status)
        except Unscanned as refusal:
            entry.wrong("files", refusal.text)
            return await self._page(request, links, code, entry, refusal.status)
        return RedirectResponse(f"/l/{code}?done=1", 303)

    async def _file(self, request: Request, links: Links, code: str) -> Response:
        hub: Services = request.app.state.services
        which = str(request.path_params["attachment"])
        return streamed(hub, *await links.file(code, request.cookies.get(COOKIE), which))

    async def _withdraw(self, request: Request, links: Links, code: str) -> Response:
        entry = Entry((await form_of(request)).fields)
        try:
            await links.withdraw(code, request.cookies.get(COOKIE), entry.raw("basis"))
        except (Unauthenticated, NotFound):
            raise
        except HubError as refusal:
            return self._refused(request, refusal)
        return RedirectResponse(f"/l/{code}", 303)

    async def _leave(self, request: Request, links: Links, code: str) -> Response:
        await links.leave(code, request.cookies.get(COOKIE))
        return self._ended(request, code)

    async def _out(self, request: Request, links: Links, code: str) -> Response:
        await links.look(code)
        await links.sign_out(request.cookies.get(COOKIE, ""))
        return self._ended(request, code)

    def _ended(self, request: Request, code: str) -> Response:
        answer = self._pages.page(request, "link/ended.html", text=say("You are signed out. Close this page."))
        answer.delete_cookie(COOKIE, path=f"/l/{code}")
        return answer

    def _refused(self, request: Request, refusal: HubError) -> Response:
        text = say("This link is of no use any more. Ask whoever sent it for a new one.")
        answer = self._pages.page(request, "link/ended.html", text=text)
        answer.status_code = refusal.status
        return answer

    def _count(self, request: Request) -> None:
        """Nobody tries the links of many from one place."""
        address, now = request.client.host if request.client else "", self._pages.clock.now()
        if (wait := self._by_address.wait(address, now)) > 0:
            raise TooManyTries("Too many tries from here: wait a moment.", retry_after=wait)
        self._by_address.count(address, now)


def hinted(opened: Opened) -> Text:
    """Enough of the address for its owner to know it, and for nobody else."""
    to = opened.outside.to
    if to.phone:
        return say("the phone whose number ends in {end}", end=to.phone[-2:])
    name, _, domain = to.email.partition("@")
    return say("the mailbox {address}", address=f"{name[:1]}…@{domain}")


def _links(request: Request) -> Links:
    hub: Services = request.app.state.services
    return hub.onward.links


def link_routes(pages: Pages) -> list[BaseRoute]:
    """The door for parties outside."""
    return LinkDoor(pages).routes()
