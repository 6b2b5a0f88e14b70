"""Drills over HTTP, for those who lead the unit."""

from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field

from hub.web.api import PROBLEMS, Caller, Hub, Token
from hub.web.frames import Flag, Moment, Name, Sent

router = APIRouter(prefix="/api", responses=PROBLEMS)


class Practise(Sent):
    """Practice for a whole unit."""

    unit: Name
    kind: Name = Field(examples=["alarm"])
    at: Moment | None = Field(default=None, description="Left out, it is held now.")
    outside: Flag = Field(default=False, description="Whether managers and outside contacts may be told too.")


@router.post("/drills", status_code=201)
async def plan(hub: Hub, token: Token, body: Practise) -> dict[str, Any]:
    """Hold a drill for a unit, now or at a moment ahead."""
    return await hub.drills.plan(token, body.unit, body.kind, body.at, body.outside)


@router.get("/drills")
async def drills(hub: Hub, by: Caller) -> dict[str, Any]:
    """The drills of the units that the caller leads."""
    async with hub.database.read() as tx:
        return {"drills": await hub.drills.page(tx, by)}


@router.get("/drills/{drill}")
async def one(hub: Hub, by: Caller, drill: Annotated[str, Field(max_length=200)]) -> dict[str, Any]:
    """One drill, with who heard it after how many seconds, who answered, and who did not."""
    async with hub.database.read() as tx:
        return await hub.drills.one(tx, by, drill)


@router.delete("/drills/{drill}")
async def cancel(hub: Hub, token: Token, drill: str) -> dict[str, Any]:
    """Do not hold a drill that is planned."""
    return await hub.drills.cancel(token, drill)
