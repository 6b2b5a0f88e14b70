"""What browsers report when a page breaks its own policy: somebody tried to run a script there, or it has a fault."""

import structlog
from fastapi import APIRouter, Request, Response

from hub.errors import Invalid
from hub.web.services import Services
from hub.web.strictjson import loads

REPORTS = "/csp-report"
# Anybody can post here, and a browser's extension may do so at every page: what is counted need not all be logged.
_MOST_LOGGED = 100
_LONGEST = 300
_TOLD = ("document-uri", "violated-directive", "blocked-uri", "source-file", "line-number")

router = APIRouter()
_log = structlog.get_logger("hub.csp")


@router.post(REPORTS, status_code=204, include_in_schema=False)
async def report(request: Request) -> Response:
    """Count a breach, and log it while there are few."""
    body = loads(await request.body())
    said = body.get("csp-report")
    if not isinstance(said, dict):
        raise Invalid("csp-report: send what a browser reports, as one object")
    services: Services = request.app.state.services
    if services.telemetry.metrics.policy_broken() <= _MOST_LOGGED:
        told = {name.replace("-", "_"): str(said.get(name, ""))[:_LONGEST] for name in _TOLD}
        _log.warning("a page broke its policy", **told)
    return Response(status_code=204)
