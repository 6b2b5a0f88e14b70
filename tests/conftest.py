"""What every test may rely on: no settings of this machine, and no deadline that a busy machine could miss."""

import gc
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.databases import KINDS, Files, Kind, Postgres, served

# Their tests take longest.
SLOW_ROOMS = ("browser", "faults", "cluster", "clients")

for name in [name for name in os.environ if name.startswith("HUB_")]:
    del os.environ[name]

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "databases(*kinds): the kinds of database that the tests run on")
    # What is loaded to be tested stays: every look for what nobody needs any more would go through all of it.
    gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begins with the slow rooms, a file of each in turn: what computes runs beside what waits, and none ends alone."""
    files = Counter[str]()
    turns: dict[Path, float] = {}
    for item in items:
        if item.path not in turns:
            room = item.path.parent.name
            turns[item.path] = files[room] if room in SLOW_ROOMS else float("inf")
            files[room] += 1
    items.sort(key=lambda item: turns[item.path])


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    asked = metafunc.definition.get_closest_marker("databases")
    if asked is not None and "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", asked.args, indirect=True)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """SQLite databases."""
    return Files(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL server, started by the first test that asks for one."""
    with served(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture
def kind(request: pytest.FixtureRequest) -> Kind:
    """The kind of database that a test runs on: SQLite, unless it is marked to run on both."""
    name = getattr(request, "param", KINDS[0])
    found: Kind = request.getfixturevalue("postgres" if name == "postgres" else "files")
    return found
