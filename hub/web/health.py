"""Is the hub alive, and can it do its job."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from hub.errors import HubError
from hub.storage import pulse
from hub.web.services import Services

router = APIRouter(prefix="/health")


@router.get("/live")
async def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/ready")
async def ready(request: Request) -> Response:
    """The hub can store an alarm and escalate it: the disk takes writes and every chore runs."""
    services: Services = request.app.state.services
    faults: list[str] = []
    try:
        now = services.clock.now()
        await services.database.write(lambda tx: pulse.beat(tx, now))
    except HubError as error:
        faults.append(error.detail)
    faults += [f"the chore {name} fell at {at.isoformat()}" for name, at in services.chores.fallen.items()]
    content: dict[str, Any] = {"status": "not ready" if faults else "ready", "faults": faults}
    return JSONResponse(content, 503 if faults else 200)
