"""Signing in on a page, with a script or without one."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from hub.errors import HubError, TooManyTries, Unauthenticated
from hub.web.credentials import COOKIE, DEVICE_COOKIE
from hub.web.forms import form_of
from hub.web.language import chosen
from hub.web.pages import Pages, path_here
from hub.web.services import Services
from hub.web.sessions import secure

ASKS_FOR_A_PASSWORD = ("/admin", "/citizens")


async def login(pages: Pages, request: Request) -> Response:
    """The page to sign in on; whoever is known already goes on, unless it is to where only a password opens."""
    by, then = await pages.authenticate(request), path_here(request.query_params.get("next"))
    if by is not None and by.person is not None and (by.session or not then.startswith(ASKS_FOR_A_PASSWORD)):
        return RedirectResponse("/", 303)
    if by is None and COOKIE in request.cookies and DEVICE_COOKIE in request.cookies:
        # The phone itself is still somebody's: only who had signed in on it for a while is not any more.
        answer = RedirectResponse(str(request.url), 303)
        answer.delete_cookie(COOKIE, path="/")
        return answer
    return _page(pages, request, "")


def _page(pages: Pages, request: Request, problem: str) -> Response:
    return pages.page(request, "login.html", problem=problem, asked=request.url.query)


async def sign_in(pages: Pages, request: Request) -> Response:
    """What the page's form sends where no script takes it."""
    form, say = await form_of(request), chosen(request)
    name, password = form.text("username"), (form.fields.get("password") or [""])[0]
    try:
        answer = await signed_in(request, name, password, path_here(request.query_params.get("next")))
    except Unauthenticated as refusal:
        problem: tuple[HubError, str] = refusal, say("The user name or the password is wrong.")
    except TooManyTries as refusal:
        problem = refusal, say("Too many tries. Wait a moment and try again.")
    else:
        return answer
    page = _page(pages, request, problem[1])
    page.status_code = problem[0].status
    return page


async def signed_in(request: Request, name: str, password: str, then: str) -> Response:
    """Begins a session for whoever has this name and password, and goes on to a page."""
    hub: Services = request.app.state.services
    address = request.client.host if request.client else ""
    done = await hub.sign_ins.sign_in(name, password, address, request.headers.get("user-agent", ""))
    response = RedirectResponse(then, 303)
    response.set_cookie(COOKIE, done.token, httponly=True, samesite="lax", secure=secure(request), path="/")
    return response


def door_routes(pages: Pages) -> list[BaseRoute]:
    """The page to sign in on."""

    async def answer(request: Request) -> Response:
        return await (sign_in if request.method == "POST" else login)(pages, request)

    return [Route("/login", answer, methods=["GET", "POST"], name="login")]
