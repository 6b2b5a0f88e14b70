"""The administration pages' common ground: who asks, what they typed, and how a form that was refused comes back."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from hub.errors import HubError, NotFound
from hub.people import access
from hub.people.access import Principal
from hub.people.desk import May, Work
from hub.people.entry import LONGEST_NUMBER, Entry
from hub.people.faults import FieldProblem, NotYours, Overtaken, Refused, Text, say
from hub.people.site import Person, Site
from hub.people.store import principal
from hub.storage import journal
from hub.storage.database import Reader
from hub.web.credentials import token_of
from hub.web.forms import SentFile, form_of
from hub.web.language import chosen
from hub.web.lists import Line, listing, spreadsheet
from hub.web.pages import Pages
from hub.web.render import Texts
from hub.web.services import Services

T = TypeVar("T")


@dataclass(slots=True)
class Visit:
    """One request to an administration page."""

    request: Request
    pages: Pages
    hub: Services
    token: str
    by: Principal
    site: Site
    reached: int
    """How far the journal had come when the site was read."""
    entry: Entry = field(default_factory=Entry)
    files: Mapping[str, Sequence[SentFile]] = field(default_factory=dict)

    @property
    def which(self) -> str:
        """What the address is about."""
        return str(self.request.path_params["id"])

    @property
    def number(self) -> int:
        """Which of several things there the address is about."""
        written = self.request.path_params["number"]
        if not written.isdecimal() or len(written) >= LONGEST_NUMBER:
            raise NotFound("No such thing here.")
        return int(written)

    @property
    def texts(self) -> Texts:
        return chosen(self.request)

    @property
    def public_url(self) -> str:
        """What stands before the first slash in the browsers of this institution's people."""
        return self.hub.settings.public_url or str(self.request.base_url).rstrip("/")

    async def change(self, work: Work[T], may: May = access.administers) -> T:
        return await self.hub.desk.change(self.by.institution, self.token, work, may, self.entry.seen)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[Reader]:
        async with self.hub.database.read() as tx:
            yield tx

    async def show(self, template: str, **values: Any) -> Response:
        """A page for whoever asks, with the form as they filled it in."""
        always = {
            "entry": self.entry,
            "by": self.by,
            "reached": self.reached,
            "site": self.site,
            "may": access,
            "own_units": [(one.id, one.name) for one in self.site.units.values()],
            "done": self.request.query_params.get("done") == "1",
            "local": self.local,
        }
        return await self.pages.signed_in(self.request, f"admin/{template}", beside=True, **(always | values))

    def listing(self, heads: Sequence[str], lines: Sequence[Line], *, newest_first: bool = False) -> Any:
        return listing(self.request.url.path, self.request.query_params, heads, lines, newest_first=newest_first)

    def local(self, moment: datetime | None) -> str:
        """A moment as the clocks of the institution show it, so that it also sorts."""
        if moment is None:
            return ""
        return f"{moment.astimezone(ZoneInfo(self.site.institution.timezone)):%Y-%m-%d %H:%M}"


Page = Callable[[Visit], Awaitable[Response]]
# Does what a form asks for, and says where to go on.
Act = Callable[[Visit], Awaitable[str]]
Rows = Callable[[Visit], Awaitable[tuple[Sequence[str], Sequence[Line]]]]


@dataclass(frozen=True, slots=True)
class Desks:
    """Makes routes of pages and forms; each asks anew who is there and whether they may."""

    pages: Pages

    def page(self, path: str, page: Page, may: May = access.administers) -> Route:
        async def get(request: Request) -> Response:
            visit = await self._visit(request, may)
            return visit if isinstance(visit, Response) else await self._answer(visit, page)

        return Route(path, get)

    def form(self, path: str, act: Act, page: Page, may: May = access.administers) -> Route:
        """What is sent here is done whole, or the page comes back with what was typed, each fault beside its field."""

        async def post(request: Request) -> Response:
            visit = await self._visit(request, may)
            if isinstance(visit, Response):
                return visit
            form = await form_of(request)
            visit.entry, visit.files = Entry(form.fields), form.files
            try:
                return RedirectResponse(await act(visit), 303)
            except FieldProblem as refusal:
                visit.entry.faults.update(refusal.faults)
                status = refusal.status
            except Refused as refusal:
                visit.entry.wrong("", refusal.text)
                visit.entry.overtaken = isinstance(refusal, Overtaken)
                status = refusal.status
            except HubError as refusal:
                return await self.refused(request, refusal)
            answer = await self._answer(visit, page)
            answer.status_code = status
            return answer

        return Route(path, post, methods=["POST"])

    def look(self, path: str, page: Page, may: May = access.administers) -> Route:
        """A page that answers a form itself: what it says is only for now, and is at no address."""

        async def post(request: Request) -> Response:
            visit = await self._visit(request, may)
            if isinstance(visit, Response):
                return visit
            visit.entry = Entry((await form_of(request)).fields)
            return await self._answer(visit, page)

        return Route(path, post, methods=["POST"])

    def file(self, name: str, rows: Rows, may: May = access.administers) -> Route:
        """A list as a file; that somebody took it along stands in the journal."""

        async def get(request: Request) -> Response:
            visit = await self._visit(request, may)
            if isinstance(visit, Response):
                return visit
            heads, lines = await rows(visit)
            await visit.hub.desk.exported(visit.by.institution, visit.by, name)
            return spreadsheet(visit.listing(heads, lines), name)

        return Route(f"/admin/{name}.csv", get)

    async def _answer(self, visit: Visit, page: Page) -> Response:
        try:
            return await page(visit)
        except HubError as refusal:
            return await self.refused(visit.request, refusal)

    async def refused(self, request: Request, refusal: HubError) -> Response:
        """Why it was not done, as a page."""
        unsaid = {
            404: say("There is no such thing here: it may have been taken away."),
            409: say("It has changed meanwhile: look at it again."),
        }
        text = getattr(refusal, "text", None) or unsaid.get(refusal.status) or Text(refusal.detail)
        answer = await self.pages.signed_in(request, "admin/refused.html", text=text)
        if answer.status_code == 200:
            answer.status_code = refusal.status
        return answer

    async def _visit(self, request: Request, may: May) -> Visit | Response:
        hub: Services = request.app.state.services
        token, _ = token_of(None, request.headers.get("cookie"))
        by = await self.pages.authenticate(request) if token is not None else None
        if token is None or by is None or by.person is None:
            return RedirectResponse(f"/login?next={quote(request.url.path)}", 303)
        if not may(by):
            if by.session is None and (access.manages(by) or may(replace(by, session="any"))):
                return RedirectResponse(f"/login?next={quote(request.url.path)}", 303)
            return await self.refused(
                request, NotYours(say("This page is for those who manage the institution: ask one of them."))
            )
        async with hub.database.read() as tx:
            by = await principal(tx, token, hub.clock.now())
            site = await hub.sites.get(tx, by.institution)
            reached = await journal.cursor(tx, by.institution)
        return Visit(request, self.pages, hub, token, by, site, reached)


def role_word(role: str, say: Texts) -> str:
    """A role as people say it."""
    roles = {
        "staff": say("Staff"),
        "shift_lead": say("Shift lead"),
        "manager": say("Manager"),
        "admin": say("Administrator"),
    }
    return roles[role]


def kind_word(kind: str, say: Texts) -> str:
    """A sort of device as people say it."""
    kinds = {
        "phone": say("Phone"),
        "pc": say("PC"),
        "button": say("Fixed button"),
        "panel": say("Panel"),
        "wallboard": say("Wallboard"),
        "service": say("Other system"),
    }
    return kinds[kind]


def names_of(people: Sequence[Person]) -> dict[str, str]:
    return {person.id: person.name for person in people}
