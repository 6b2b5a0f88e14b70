"""Real hubs and clients: a back-up in the middle of everything, and who comes back to what was restored from it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from shutil import copytree
from uuid import uuid4

from clients.python.protocol import HubLine
from loadtests.hubprocess import HubProcess
from tests.databases import Kind, on_both
from tests.web.served import Json, Live, Served, press, written

pytestmark = on_both

RAISERS = ("telefon-anna", "telefon-bo", "knap")


class Panic:
    """Presses from several devices, one after the other from each, until it is over."""

    def __init__(self, served: Served) -> None:
        self.accepted: list[str] = []
        self._served = served
        self._over = False
        self._more = asyncio.Event()
        self._presses = [asyncio.ensure_future(self._press(device)) for device in RAISERS]

    async def _press(self, device: str) -> None:
        async with self._served.http(device) as http:
            while not self._over:
                (await http.post("/api/alarms", json=(pressed := press()))).raise_for_status()
                self.accepted.append(pressed["id"])
                self._more.set()

    async def until(self, more: int) -> None:
        """Waits for so many more."""
        wanted = len(self.accepted) + more
        while len(self.accepted) < wanted:
            self._more.clear()
            await self._more.wait()

    async def ends(self) -> None:
        self._over = True
        await asyncio.gather(*self._presses)


def hangs_together(backup: Path) -> int:
    """Each alarm is there with its row in the journal, and none without; how far the journal reached."""
    with closing(sqlite3.connect(backup)) as opened:
        alarms = {row[0] for row in opened.execute("SELECT id FROM alarm")}
        raised = {row[0] for row in opened.execute("SELECT subject FROM journal WHERE event = 'raised'")}
        ((reached,),) = opened.execute("SELECT seq FROM journal_head")
    assert alarms == raised
    assert alarms
    return int(reached)


async def open_alarms(served: Served) -> set[str]:
    """Those that the phone's person may see."""
    found: set[str] = set()
    async with served.http("telefon-bo") as http:
        page: Json = {"next": None}
        while "next" in page:
            before = {"before": page["next"]} if page["next"] else {}
            page = (await http.get("/api/alarms", params={"state": "open", **before})).json()
            found |= {alarm["id"] for alarm in page["alarms"]}
    return found


async def comes_back(served: Served, cursor: int) -> list[str]:
    """What a client with this cursor is told before anything else."""
    async with served.live("telefon-bo") as socket:
        live = Live(socket)
        snapshot = await live.hello(cursor)
        assert len(snapshot["alarms"]) == len(await open_alarms(served))
        return [frame["type"] for frame in live.frames]


async def hears(frames: AsyncIterator[Json], alarm: str) -> None:
    async for frame in frames:
        if frame["type"] == "alarm" and frame["alarm"]["id"] == alarm:
            return


async def test_clients_of_a_hub_that_was_restored_start_over_by_themselves(kind: Kind, tmp_path: Path) -> None:
    url, elsewhere = [await kind._bare(f"hub{uuid4().hex[:8]}") for _ in range(2)]
    backup = tmp_path / "backup.db"
    hub = HubProcess(tmp_path / "hub", settings={"HUB_DATABASE_URL": url})
    tokens = await hub.setup(written(tmp_path, datetime.now(UTC)))
    await hub.command("keys")
    before = Served(hub, tokens, tmp_path)
    async with hub, HubLine(hub.url, tokens["telefon-bo"]) as phone:
        panic, frames = Panic(before), phone.frames()
        await panic.until(20)
        kept = set(panic.accepted)
        said = await hub.command("backup", str(backup))
        assert "rows, whole" in said
        assert str(hub.data / "keys" / "master.json") in said
        await panic.until(5)
        await panic.ends()
        lost = await before.raised(note="after the back-up")
        await hears(frames, lost["id"])
        cursor = phone.cursor or 0
        await hub.kill()
        reached = hangs_together(backup)

        again = HubProcess(tmp_path / "again", port=hub.port, settings={"HUB_DATABASE_URL": elsewhere})
        copytree(hub.data / "keys", again.data / "keys")
        said = await again.command("restore", str(backup))
        assert "is not there" not in said
        after = Served(again, tokens, tmp_path)
        async with again:
            # The phone comes back by itself, with its cursor.
            while (frame := await anext(frames))["type"] != "snapshot":
                pass
            assert frame["cursor"] > cursor
            stand = await open_alarms(after)
            assert kept <= stand
            assert lost["id"] not in stand
            assert set(phone.alarms) == stand
            # So many that a cursor from before would be one of the restored journal's own, if its numbers just went on.
            raised = [await after.raised() for _ in range(cursor - reached + 5)]
            await hears(frames, raised[-1]["id"])
            assert set(phone.alarms) == await open_alarms(after)
            assert phone.cursor is not None
            for old in (cursor, cursor - 3, cursor + 3):
                assert await comes_back(after, old) == ["resync", "snapshot"]
            assert await comes_back(after, phone.cursor) == ["snapshot"]
        assert (await again.command("verify-journal")).endswith("rows, whole\n")
    for one in (url, elsewhere):
        await kind.forget(one)
