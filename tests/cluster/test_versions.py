"""A rolling upgrade: hubs are restarted one after the other, and the old program runs beside the new one meanwhile."""

import shutil
import tomllib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clients.demo.servers import ValkeyServer
from loadtests.hubprocess import HubDidNotStart, HubProcess
from tests.cluster.rolling import roll
from tests.cluster.test_two_hubs import greeted, resolve
from tests.databases import Postgres
from tests.house_rules import ROOT
from tests.web.served import Live, Served, press, written

pytestmark = pytest.mark.asyncio(loop_scope="session")

NEXT = """\
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{newest}"


def upgrade() -> None:
    op.create_table("gadget", sa.Column("id", sa.Text(), primary_key=True))
    for table in ("alarm", "journal", "outbox", "receipt", "person", "device", "shift", "line", "session"):
        op.add_column(table, sa.Column("of_the_next", sa.Text(), nullable=True))
"""


def next_program(folder: Path) -> Path:
    """A copy of this program with another version's number, and a schema that has grown where every alarm goes by."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for part in project["tool"]["uv"]["build-backend"]["module-name"]:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "hub" / "__init__.py").write_text('__version__ = "9.9.9"\n', encoding="utf-8")
    versions = folder / "hub" / "storage" / "migrations" / "versions"
    newest = max(path.name for path in versions.glob("[0-9]*.py")).partition("_")[0]
    (versions / "9999_next.py").write_text(NEXT.format(newest=newest), encoding="utf-8")
    return folder


@pytest.fixture
async def database(postgres: Postgres) -> AsyncIterator[str]:
    url = await postgres.make()
    yield url
    await postgres.forget(url)


async def test_the_old_program_goes_on_beside_the_new_one_that_has_changed_the_schema(
    tmp_path: Path, database: str, valkey: ValkeyServer
) -> None:
    settings = {"HUB_DATABASE_URL": database, "HUB_REDIS_URL": valkey.url}
    old = HubProcess(tmp_path / "old", settings=settings)
    tokens = await old.setup(written(tmp_path, datetime.now(UTC)))
    new = HubProcess(tmp_path / "new", settings={**settings, "PYTHONPATH": str(next_program(tmp_path / "next"))})
    await old.command("keys")
    shutil.copytree(old.data / "keys", new.data / "keys")
    async with old:
        before, after = Served(old, tokens, tmp_path), Served(new, tokens, tmp_path)
        async with before.live("telefon-anna") as at_old:
            anna = await greeted(Live(at_old))
            async with new:
                async with after.http(None) as http:
                    assert 'version="9.9.9"' in (await http.get("/metrics")).text
                async with after.live("telefon-bo") as at_new:
                    bo = await greeted(Live(at_new))
                    for presses, hears in ((anna, bo), (bo, anna)):
                        pressed = press(place="stue-nord")
                        await presses.say(type="raise", **pressed)
                        which = (await presses.hears("accepted"))["id"]
                        raised = await hears.hears("alarm", which, "raised")
                        await hears.say(type="receipt", alarm=which, stage="shown")
                        await hears.say(type="answer", alarm=which, answer="coming", as_of=raised["alarm"]["version"])
                        await presses.hears("alarm", which, "answered")
                        await resolve(before if presses is anna else after, raised["alarm"])
                        await bo.hears("alarm", which, "resolved")
        await old.stop()
        assert await old.ended() == 0, old.last_words()
        with pytest.raises(HubDidNotStart, match="start the newer version"):
            await old.start()
    log = (tmp_path / "old" / "hub.log").read_text(encoding="utf-8")
    assert "Traceback" not in log, log


async def test_while_both_hubs_are_restarted_everybody_is_told_of_every_alarm_once(
    tmp_path: Path, database: str, valkey: ValkeyServer
) -> None:
    rolled = await roll(tmp_path / "hubs", database, valkey.url, clients=8, every=0.2)
    assert rolled.pressed
    assert (rolled.refused, rolled.missed, rolled.doubled, rolled.codes) == ([], 0, 0, [0, 0]), str(rolled)
    assert len(rolled.gaps) >= 8
