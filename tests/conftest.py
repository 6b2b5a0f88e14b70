"""What every test may rely on: no settings of this machine, and no deadline that a busy machine could miss."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.databases import KINDS, Files, Kind, Postgres, served

for name in [name for name in os.environ if name.startswith("HUB_")]:
    del os.environ[name]

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "databases(*kinds): the kinds of database that the tests run on")


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
