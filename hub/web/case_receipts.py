"""Where municipalities' case systems bring their receipts: programs with a credential of their own, and nobody else."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from hub.errors import Unauthenticated
from hub.web.api import PROBLEMS
from hub.web.credentials import token_of
from hub.web.services import Services

PATH = "/api/cases/receipts"
router = APIRouter(responses=PROBLEMS)


@router.post(PATH, response_class=Response)
async def receipt(request: Request) -> Response:
    """A receipt of a record that was handed over, as XML; the bearer token is the one that `hub cases connect` gave."""
    token, from_cookie = token_of(request.headers.get("authorization"), None)
    if token is None or from_cookie:
        raise Unauthenticated("Bring the credential that hub cases connect gave, as a bearer token.")
    services: Services = request.app.state.services
    content = await services.cases.sending.receipt(token, await request.body())
    return Response(content, media_type="text/xml")
