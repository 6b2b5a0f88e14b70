"""How soon a change of the roster is in an alarm's audience: a real hub, a real calendar, and a phone that listens.

    python -m tests.roster.live                5 changes of each sort

Prints, from the change until the newcomer's phone has the alarm that was open: in the calendar (looked at every five
seconds), by import from another process, and by a shift lead's cover. Exit code 0 only if each came.
"""

import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from loadtests.hubprocess import HubProcess
from tests.roster.outside import Calendar
from tests.web.served import Live, Served, written

ROUNDS = 5
NEWCOMER = "carl"  # on no duty by the site's own file
PATIENCE = 60


def calendar(person: str | None, number: int) -> str:
    """A calendar in which this person is on duty now, and a colleague always is."""
    now = datetime.now(UTC)
    who = [("dina", "always"), *([(person, f"now-{number}")] if person else [])]
    events = [
        f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:{now - timedelta(hours=1):%Y%m%dT%H%M%SZ}\r\nDURATION:PT4H\r\n"
        f"ATTENDEE:{name}\r\nLOCATION:nord\r\nEND:VEVENT\r\n"
        for name, uid in who
    ]
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(events)}END:VCALENDAR\r\n"


async def main() -> int:
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        hub = HubProcess(folder / "data", settings={"HUB_OUTBOUND_LOOPBACK": "yes"})
        tokens = folder / "tokens.json"
        await hub.command("setup", str(written(folder, datetime.now(UTC))), "--tokens", str(tokens))
        await stack.enter_async_context(hub)
        served = Served(hub, json.loads(tokens.read_text(encoding="utf-8")), folder)
        shown = Calendar(calendar(None, 0))
        await stack.enter_async_context(shown.listening())
        source = f'[source]\nid = "region-plan"\nkind = "ical"\nurl = "{shown.url}/secret.ics"\nevery = 5\n'
        (folder / "plan.toml").write_text(source, encoding="utf-8")
        await hub.command("roster", "add", str(folder / "plan.toml"))

        async def in_the_calendar(number: int) -> None:
            shown.text = calendar(NEWCOMER, number)

        async def by_import(number: int) -> None:
            until = datetime.now(UTC) + timedelta(minutes=number + 1)
            lines = f"person,unit,from,to,duty\n{NEWCOMER},nord,2026-01-01T00:00Z,{until:%Y-%m-%dT%H:%M}Z,active\n"
            lines = lines.replace("2026-01-01T00:00", f"{datetime.now(UTC) - timedelta(hours=1):%Y-%m-%dT%H:%M}")
            (folder / "now.csv").write_text(lines, encoding="utf-8")
            await hub.command("roster", "import", str(folder / "now.csv"))

        async def by_cover(_number: int) -> None:
            until = datetime.now(UTC) + timedelta(hours=1)
            said = {"unit": "nord", "person": NEWCOMER, "until": until.isoformat()}
            async with served.http("telefon-lone") as http:
                reply = await http.post("/api/covers", json=said)
                assert reply.status_code == 201, reply.text

        async def nobody() -> None:
            shown.text = calendar(None, 0)
            await hub.command("roster", "look", "region-plan")
            async with served.http("telefon-lone") as http:
                for cover in (await http.get("/api/covers")).json()["covers"]:
                    await http.delete(f"/api/covers/{cover['id']}")

        ways = {"by cover": by_cover, "in the calendar": in_the_calendar, "by import": by_import}
        return max([await measured(served, name, change, nobody) for name, change in ways.items()])


async def measured(
    served: Served, name: str, change: Callable[[int], Awaitable[None]], nobody: Callable[[], Awaitable[None]]
) -> int:
    took = []
    rounds = 1 if name == "by import" else ROUNDS  # what has begun leaves the roster only with its own end
    for number in range(rounds):
        async with served.live(f"telefon-{NEWCOMER}") as socket:
            phone = Live(socket)
            await phone.hello()
            alarm = await served.raised(place="stue-nord")
            began = time.perf_counter()
            await change(number)
            await asyncio.wait_for(phone.hears("alarm", alarm["id"]), PATIENCE)
            took.append(time.perf_counter() - began)
            await cleared(served, alarm["id"])
        if number < rounds - 1 or name != "by import":
            await nobody()
    click.echo(f"{name:<16} median {statistics.median(took):.2f} s, longest {max(took):.2f} s of {len(took)}")
    return 0


async def cleared(served: Served, alarm: str) -> None:
    async with served.http("telefon-anna") as http:
        seen = (await http.get(f"/api/alarms/{alarm}")).json()
        await http.post(f"/api/alarms/{alarm}/resolve", json={"as_of": seen["version"], "outcome": "test"})


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
