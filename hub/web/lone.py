"""Lone workers' sessions over HTTP, and where somebody is while their session or alarm lasts."""

from datetime import timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import Field

from hub.lone.session import GRACE, LONGEST, LONGEST_GRACE, PURPOSE_LENGTH, WHERE_LENGTH, Begin
from hub.web.api import PROBLEMS, Caller, Hub, Token
from hub.web.frames import Moment, Name, Number, Sent, SentPosition
from hub.web.shown import LonePage, LoneShown

Minutes = Annotated[Number, Field(gt=0, le=LONGEST / timedelta(minutes=1))]

router = APIRouter(prefix="/api", responses=PROBLEMS)


class GoAlone(Sent):
    """Somebody goes where nobody sees them."""

    id: Name = Field(
        description="A UUID that the device makes, version 7 preferred; the same again finds the same session."
    )
    minutes: Minutes
    place: Annotated[str, Field(min_length=1, max_length=WHERE_LENGTH)] | None = Field(
        default=None, description="The id of a place of the site, or any other place in words."
    )
    purpose: Annotated[str, Field(min_length=1, max_length=PURPOSE_LENGTH)] | None = None
    position: SentPosition | None = None
    grace: Number = Field(
        default=GRACE / timedelta(seconds=1),
        ge=0,
        le=LONGEST_GRACE / timedelta(seconds=1),
        description="Seconds after the end in which a sign of life still stops the alarm.",
    )

    def begin(self) -> Begin:
        return Begin(
            id=self.id,
            length=timedelta(minutes=self.minutes),
            place=self.place,
            purpose=self.purpose,
            position=self.position.position() if self.position else None,
            grace=timedelta(seconds=self.grace),
        )


class LongerAlone(Sent):
    minutes: Minutes


class SignOfLife(Sent):
    until: Moment | None = Field(default=None, description="Left out, the session's whole length begins anew.")
    position: SentPosition | None = None


class Nothing(Sent):
    """A body that says no more than that it was meant."""


@router.post("/lone", status_code=201, response_model=LoneShown, responses={200: {"model": LoneShown}})
async def start(hub: Hub, token: Token, body: GoAlone) -> Response:
    """Begin to be alone. 201 once it is on disk; the same id again: 200 and the same session."""
    started = await hub.lone.start(token, body.begin())
    return Response(orjson.dumps(started.session), 201 if started.created else 200, media_type="application/json")


@router.get("/lone", responses={200: {"model": LonePage}})
async def running(hub: Hub, by: Caller, unit: Annotated[str | None, Query(max_length=200)] = None) -> dict[str, Any]:
    """The caller's own session; or those that run in a unit, for those who lead it."""
    async with hub.database.read() as tx:
        if unit is not None:
            return {"sessions": await hub.lone.running_in(tx, by, unit)}
        own = await hub.lone.running(tx, by)
    return {"sessions": [own] if own is not None else []}


@router.post("/lone/{session}/extend", responses={200: {"model": LoneShown}})
async def extend(hub: Hub, token: Token, session: str, body: LongerAlone) -> dict[str, Any]:
    """Move the end; in the grace it counts from now."""
    return await hub.lone.extend(token, session, timedelta(minutes=body.minutes))


@router.post("/lone/{session}/check-in", responses={200: {"model": LoneShown}})
async def check_in(hub: Hub, token: Token, session: str, body: SignOfLife | None = None) -> dict[str, Any]:
    """Say that you are OK: the time begins anew."""
    said = body or SignOfLife()
    return await hub.lone.check_in(token, session, said.until, said.position.position() if said.position else None)


@router.post("/lone/{session}/end", responses={200: {"model": LoneShown}})
async def end(hub: Hub, token: Token, session: str, _body: Nothing | None = None) -> dict[str, Any]:
    """Say that you are safe and alone no more; your position is deleted."""
    return await hub.lone.end(token, session)


@router.post("/lone/{session}/position", status_code=204)
async def locate(hub: Hub, token: Token, session: str, body: SentPosition) -> None:
    """Say where you are now. Only the newest is kept, and none once the session or its alarm is over."""
    await hub.lone.locate(token, session, body.position())


@router.post("/alarms/{alarm}/position", status_code=204)
async def locate_raiser(hub: Hub, token: Token, alarm: str, body: SentPosition) -> None:
    """Say where you are while your own alarm lasts; the all clear deletes it."""
    await hub.positions.locate(token, alarm, body.position())
