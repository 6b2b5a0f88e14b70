import signal
from datetime import timedelta
from pathlib import Path

from hub.chores import Chores
from hub.clock import SystemClock
from hub.delivery.sockets import Sockets
from hub.health.faults import faults
from hub.health.vigil import Vigil
from hub.settings import Settings
from hub.web.render import catalogue
from tests.databases import Postgres


async def test_a_server_that_is_gone_is_a_fault_that_is_told_and_passes(postgres: Postgres, tmp_path: Path) -> None:
    clock, say = SystemClock(), catalogue("en")
    async with postgres.opened() as database:
        vigil = Vigil(Settings(tmp_path, "kept elsewhere"), database, clock, Chores(clock), Sockets(), say)
        assert not faults(await vigil.reading(), say)
        await postgres.ends_by(signal.SIGKILL)
        await vigil.look()
        (told,) = vigil.standing
        assert told["code"] == "hub_unwell"
        assert "HUB_DATABASE_URL" in str(told["faults"])
        await postgres.comes_back()
        reading = await vigil.reading()
        assert reading.refused is None
        assert reading.commit < timedelta(seconds=5)
        await vigil.look()
        assert not vigil.standing


def test_settings_do_not_show_the_password_of_the_database(tmp_path: Path) -> None:
    secret = "hemmeligt"
    given = {"HUB_DATABASE_URL": f"postgresql+asyncpg://hub:{secret}@db/hub", "HUB_REDIS_URL": f"redis://:{secret}@r/0"}
    assert secret not in repr(Settings.from_environment({"HUB_DATA": str(tmp_path), **given}))
