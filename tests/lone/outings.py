"""People of the house who go out alone, by HTTP, as their phones would."""

from itertools import count
from typing import Any
from uuid import UUID

import httpx

from hub.lone import store
from hub.lone.session import Session
from hub.storage import journal
from hub.storage.journal import Entry
from tests.scenarios.world import House

SLOWLY = 2.0
_ids = count(0xA10E)
HERE = {"lat": 55.6761, "lon": 12.5683, "accuracy_m": 12.0}
THERE = {"lat": 55.7, "lon": 12.6, "accuracy_m": 5.0}


async def asks(house: House, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
    """One request of `who`'s phone, and all that follows from it."""
    token = house.tokens[who if who in house.tokens else f"phone-{who}"]
    answer = await house.http.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
    await house.settle()
    return answer


async def goes(house: House, who: str, minutes: float = 45, **more: Any) -> dict[str, Any]:
    """`who` goes out alone."""
    body = {"id": str(UUID(int=next(_ids))), "minutes": minutes, **more}
    answer = await asks(house, who, "POST", "/api/lone", body)
    assert answer.status_code == 201, answer.text
    session: dict[str, Any] = answer.json()
    return session


async def does(house: House, who: str, session: dict[str, Any], verb: str, **body: Any) -> dict[str, Any]:
    """`who` does something with the session that must succeed."""
    answer = await asks(house, who, "POST", f"/api/lone/{session['id']}/{verb}", body)
    assert answer.is_success, answer.text
    return dict(answer.json()) if answer.content else {}


async def leaps(house: House, seconds: float) -> None:
    """Time goes by in one leap, and only at its end with every chore at its own moment."""
    if seconds > SLOWLY:
        house.clock.advance(seconds - SLOWLY)
        await house.settle()
        seconds = SLOWLY
    await house.passes(seconds)


async def kept(house: House, session: dict[str, Any]) -> Session:
    """The session as the table holds it."""
    async with house.database.read() as tx:
        found = await store.find(tx, "house", session["id"])
    assert found is not None
    return found


async def open_alarms(house: House, who: str = "leif") -> list[dict[str, Any]]:
    answer = await asks(house, who, "GET", "/api/alarms?state=open")
    return list(answer.json()["alarms"])


async def written(house: House, session: dict[str, Any]) -> list[Entry]:
    """What the journal holds of the session."""
    async with house.database.read() as tx:
        return await journal.about(tx, "house", f"lone:{session['id']}")
