"""What a scanned code opens: a phone becomes somebody's, a person chooses a password, an institution is set up."""

from collections.abc import Awaitable, Callable
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hub.alarms.rulebooks import shipped
from hub.errors import HubError, Invalid
from hub.people.enrolment import CodeGone, Purpose
from hub.people.enrolments import PERSONAL, Enrolled, Invited
from hub.people.entry import Entry
from hub.people.faults import FieldProblem, Text
from hub.people.institutions import found, founding
from hub.people.site import DeviceKind
from hub.web.admin import kind_word
from hub.web.api import PROBLEMS, Hub
from hub.web.credentials import COOKIE, DEVICE_COOKIE
from hub.web.door import signed_in
from hub.web.files import A_YEAR
from hub.web.forms import form_of
from hub.web.frames import Sent
from hub.web.language import chosen
from hub.web.pages import Pages
from hub.web.services import Services
from hub.web.sessions import secure
from hub.web.shown import Shown

router = APIRouter(prefix="/api", responses=PROBLEMS)

# Where a device goes when it knows whose it is; a button has no screen, and is shown its token instead.
_HOME = {DeviceKind.WALLBOARD: "/wall", DeviceKind.PANEL: "/wall"}


class Code(Sent):
    """What a program without a browser uses up: a PC's own, or a fixed button's."""

    code: str = Field(min_length=8, max_length=200)


class EnrolledShown(Shown):
    """A device that is known from now on."""

    institution: str
    device: str
    kind: DeviceKind
    token: str


_GONE = {**PROBLEMS[404], "description": "The code was never given, was used, or is too old"}


@router.post("/enrol", status_code=201, responses={201: {"model": EnrolledShown}, 410: _GONE})
async def enrol(hub: Hub, body: Code) -> dict[str, str]:
    """Use a code up: the device that sends it gets a token of its own, told only this once."""
    made = await hub.enrolments.enrol(body.code)
    return {"institution": made.institution, "device": made.device, "kind": made.kind.value, "token": made.token}


async def show(pages: Pages, request: Request) -> Response:
    """What the code is for. Looking uses nothing up: a messenger may look at a link before anybody does."""
    hub: Services = request.app.state.services
    invited = await hub.enrolments.look(request.path_params["code"])
    return _page(pages, request, invited, Entry())


def _page(pages: Pages, request: Request, invited: Invited, entry: Entry) -> Response:
    say, code, site = chosen(request), invited.enrolment, invited.site
    until = ""
    if code.until is not None and site is not None:
        until = code.until.astimezone(ZoneInfo(site.institution.timezone)).strftime("%H:%M")
    return pages.page(
        request,
        f"enrol/{code.purpose}.html",
        code=code,
        entry=entry,
        site=site,
        until=until,
        kind=kind_word(code.kind, say) if code.kind is not None else "",
        person=site.people.get(code.person or "") if site is not None else None,
        place=site.places.get(code.place or "") if site is not None else None,
        unit=site.units.get(code.unit or "") if site is not None else None,
        rules=[(name, say(text)) for name, text in _SORTS.items() if name in shipped()],
    )


async def use(pages: Pages, request: Request) -> Response:
    """Uses the code up; what was typed comes back with each fault beside its field."""
    hub: Services = request.app.state.services
    code = request.path_params["code"]
    invited = await hub.enrolments.look(code)
    entry = Entry((await form_of(request)).fields)
    try:
        return await _USES[invited.enrolment.purpose](pages, request, code, entry)
    except FieldProblem as refusal:
        answer = _page(pages, request, invited, entry)
        answer.status_code = refusal.status
        return answer


async def _device(pages: Pages, request: Request, code: str, _entry: Entry) -> Response:
    hub: Services = request.app.state.services
    return _known(pages, request, await hub.enrolments.enrol(code))


async def _substitute(pages: Pages, request: Request, code: str, _entry: Entry) -> Response:
    hub: Services = request.app.state.services
    return _known(pages, request, await hub.substitutes.come(code))


def _known(pages: Pages, request: Request, made: Enrolled) -> Response:
    hub: Services = request.app.state.services
    if made.kind not in PERSONAL and made.kind not in _HOME:
        return pages.page(request, "enrol/token.html", token=made.token, device=made.device)
    response = RedirectResponse(_HOME.get(made.kind, "/"), 303)
    lasts = A_YEAR if made.ends_at is None else int((made.ends_at - hub.clock.now()).total_seconds())
    response.set_cookie(
        DEVICE_COOKIE, made.token, max_age=lasts, httponly=True, samesite="lax", secure=secure(request), path="/"
    )
    # Whoever was signed in with a password before on this phone is not the one whose it is now.
    response.delete_cookie(COOKIE, path="/")
    return response


async def _password(_pages: Pages, request: Request, code: str, entry: Entry) -> Response:
    hub: Services = request.app.state.services
    name = await hub.enrolments.choose_password(code, entry)
    return await signed_in(request, name, entry.raw("password"), "/")


async def _institution(_pages: Pages, request: Request, code: str, entry: Entry) -> Response:
    hub: Services = request.app.state.services
    wanted = founding(entry, shipped())
    name = await found(hub.database, hub.clock, hub.enrolments, code, wanted)
    return await signed_in(request, name, wanted.password, "/admin")


_USES: dict[Purpose, Callable[[Pages, Request, str, Entry], Awaitable[Response]]] = {
    Purpose.DEVICE: _device,
    Purpose.SUBSTITUTE: _substitute,
    Purpose.PASSWORD: _password,
    Purpose.INSTITUTION: _institution,
}


def say(text: str) -> str:
    """Marks a text for the catalogue."""
    return text


_SORTS = {
    "botilbud": say("A residential home with night duty"),
    "dagtilbud": say("A day centre"),
    "doegninstitution": say("A round-the-clock institution for children and young people"),
    "herberg": say("A shelter"),
}


def enrol_routes(pages: Pages) -> list[BaseRoute]:
    """The page that a code opens."""

    async def answer(request: Request) -> Response:
        try:
            return await (use if request.method == "POST" else show)(pages, request)
        except (CodeGone, Invalid) as refusal:
            text = refusal.text if isinstance(refusal, CodeGone) else Text(refusal.detail)
            return _refused(pages, request, refusal, text)

    return [Route("/enrol/{code}", answer, methods=["GET", "POST"])]


def _refused(pages: Pages, request: Request, refusal: HubError, text: Text) -> Response:
    answer = pages.page(request, "enrol/gone.html", text=text)
    answer.status_code = refusal.status
    return answer
