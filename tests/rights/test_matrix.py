"""Who may do what: every way into the hub, asked by everybody, about what is theirs and what is others'."""

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.rights.asking import ASKERS, FELL, SIGN_IN, ask, knock, say
from tests.rights.doors import Door, doors
from tests.rights.places import HERE, PLACES, Site, furnished, sessions
from tests.scenarios.phones import Phone
from tests.scenarios.world import AN_AFTERNOON, opened

TABLE = Path(__file__).parent / "matrix.txt"
DEVICES = ("panel", "phone")
Cells = dict[str, str]


def rows() -> dict[str, Cells]:
    """The table: door -> asker -> a sign for each place that it makes a difference to ask about."""
    found = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", " ")):
            method, path, *cells = line.split()
            assert len(cells) == len(ASKERS), f"{TABLE.name}: this row has not a cell for each asker: {line}"
            assert f"{method} {path}" not in found, f"{TABLE.name}: {method} {path} has two rows"
            found[f"{method} {path}"] = dict(zip(ASKERS, cells, strict=True))
    return found


def written(door: str, cells: Mapping[str, str]) -> str:
    """One row as it stands in the table."""
    return f"{door:55} " + "".join(f"{cells[asker]:9}" for asker in ASKERS).rstrip()


@asynccontextmanager
async def site_in(folder: Path, template: Path) -> AsyncIterator[Site]:
    async with opened(folder / "house", template, AN_AFTERNOON, sms=False) as house:
        yield await furnished(house)


async def kept(site: Site, copy: Path) -> None:
    """Keeps what stands in the database."""
    await site.house.stops()
    shutil.copyfile(site.house.file, copy)
    await site.house.starts()


async def anew(site: Site, copy: Path) -> None:
    """Begins again from what was kept."""
    await site.house.stops()
    for left in site.house.file.parent.glob("hub.db*"):
        left.unlink()
    shutil.copyfile(copy, site.house.file)
    await site.house.starts()


async def probed(site: Site, every: list[Door], asker: str) -> tuple[dict[str, str], int]:
    """What the asker is answered at every door, and how often they asked."""
    house, who, found, count = site.house, ASKERS[asker], {}, 0
    changing = [door for door in every if door.method != "GET"]
    tokens = await sessions(house, who, 1 + len(PLACES) * len(changing)) if who and asker not in DEVICES else []
    lasting = house.tokens[who] if asker in DEVICES else tokens.pop() if tokens else ""
    phone = Phone(house, "line", lasting, "line")
    if lasting:
        await phone.connects()
    # What takes something away comes last.
    for door in sorted(every, key=lambda one: (one.method == "DELETE", one.method != "GET")):
        cell = ""
        for place in PLACES if door.names_something else PLACES[:1]:
            count += 1
            if door.method == "FRAME":
                cell += await say(phone, door, site.things[place]) if lasting else await knock(house, {})
                continue
            token = tokens.pop() if tokens and door in changing else lasting
            answer = await ask(house.app, door, site.things[place], worn(asker, token))
            cell += answer.verdict
        found[str(door)] = cell
    phone.drops()
    return found, count


def worn(asker: str, token: str) -> dict[str, str]:
    """The credential as the asker sends it."""
    if not token:
        return {}
    return {"authorization": f"Bearer {token}"} if asker in DEVICES else {"cookie": f"hub_session={token}"}


async def test_everybody_gets_as_far_as_the_table_says(tmp_path: Path, empty_database: Path) -> None:
    async with site_in(tmp_path, empty_database) as site:
        every, found, asked = doors(site.house.app), dict[str, Cells](), 0
        await kept(site, tmp_path / "kept.db")
        for asker in ASKERS:
            await anew(site, tmp_path / "kept.db")
            answers, count = await probed(site, every, asker)
            asked += count
            for door, cell in answers.items():
                found.setdefault(door, {})[asker] = cell
    table = rows()
    missing = [written(door, found[door]) for door in found if door not in table]
    assert not missing, (
        f"Decide who may come in here, look whether what the hub answers now is that, and put it into {TABLE.name}:\n"
        + "\n".join(missing)
    )
    gone = sorted(set(table) - set(found))
    assert not gone, f"{TABLE.name}: these are no longer there: {', '.join(gone)}"
    wrong = [
        f"{door}: {asker} is answered {cell}, and the table says {table[door][asker]}"
        for door, cells in found.items()
        for asker, cell in cells.items()
        if cell != table[door][asker] or FELL in cell
    ]
    assert not wrong, f"{len(wrong)} of {asked} answers:\n" + "\n".join(wrong)
    assert asked >= 2_000


@pytest.mark.parametrize("how", ["over", "ended"])
async def test_who_was_known_once_gets_as_far_as_nobody(how: str, tmp_path: Path, empty_database: Path) -> None:
    wrong, table = [], rows()
    async with site_in(tmp_path, empty_database) as site:
        house, spent = site.house, {}
        for asker, who in ASKERS.items():
            if asker in DEVICES and how == "ended":
                spent[asker] = house.tokens[who]
            elif who and asker not in DEVICES:
                (spent[asker],) = await sessions(house, who, over=how == "over", ended=how == "ended")
        (ada,) = await sessions(house, "ada")
        for asker in DEVICES:
            revoke = Door("POST", "/admin/devices/{id}/revoke")
            assert (await ask(house.app, revoke, {"device": ASKERS[asker]}, worn("admin", ada))).status == 303
        for door in doors(house.app):
            for asker, token in spent.items():
                if door.method == "FRAME":
                    answer, early = await knock(house, worn(asker, token)), False
                else:
                    told = await ask(house.app, door, site.things[HERE], worn(asker, token))
                    # A door that all share, or a code for one: who comes after others is told nothing of rights.
                    answer, early = told.verdict, told.status in (410, 429)
                if not early and answer != table[str(door)]["nobody"][0]:
                    wrong.append(f"{door}: {asker} is answered {answer}")
    assert not wrong, "\n".join(wrong)
    assert {table[door]["nobody"][0] for door in table if door.startswith("FRAME")} == {SIGN_IN}
