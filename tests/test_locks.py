"""pyproject.toml asks for what the code imports, and the lock files hold that, by hash and from no named place."""

import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house_rules import CODE, imports, read_code

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
RUN = PROJECT["project"]["dependencies"]
EXTRAS = PROJECT["project"]["optional-dependencies"]
GROUPS = PROJECT["dependency-groups"]
LOCKS = {
    "requirements-setup.lock": GROUPS["setup"],
    "requirements.lock": RUN,
    "requirements-cluster.lock": GROUPS["cluster"],
    "requirements-load.lock": GROUPS["load"],
    "requirements-planning.lock": GROUPS["planning"],
    "requirements-telemetry.lock": GROUPS["telemetry"],
    "requirements-desktop.lock": GROUPS["desktop"],
}
BEFORE_TEST = list(LOCKS)[1:]
LOCKS["requirements-test.lock"] = [
    *(one for name in BEFORE_TEST for one in LOCKS[name]),
    *(one for one in GROUPS["test"] if isinstance(one, str)),
]

# Needed, though no line of ours imports them: SQLAlchemy, uvicorn and zoneinfo look for them by name.
FOUND_BY_NAME = {"aiosqlite", "arq", "httptools", "tzdata", "uvloop"}


def pins(name: str) -> dict[str, set[str]]:
    """Each package of a lock file with its versions: one may have another for another Python."""
    found: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / name).read_text(), re.MULTILINE):
        found.setdefault(canonicalize_name(package), set()).add(version)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_file_holds_what_the_project_asks_for(name: str) -> None:
    pinned = pins(name)
    for text in LOCKS[name]:
        asked = Requirement(text)
        versions = pinned.get(canonicalize_name(asked.name), set())
        assert versions, f"{name} lacks {asked.name}: run python3 start.py lock"
        for version in versions:
            assert asked.specifier.contains(version), f"{name} has {asked.name} {version}: run python3 start.py lock"


@pytest.mark.parametrize("name", LOCKS)
def test_every_pin_has_a_hash_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = re.split(r"\n(?=\w)", text.strip())
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text


def test_the_tests_run_against_the_versions_that_the_hub_runs_on() -> None:
    test = pins("requirements-test.lock")
    for before in BEFORE_TEST:
        run = pins(before)
        assert {name: test.get(name) for name in run} == run, before


def test_the_extras_and_their_groups_are_the_same() -> None:
    assert {name: GROUPS[name] for name in EXTRAS} == EXTRAS


def test_the_project_asks_for_what_its_code_imports_and_for_nothing_else() -> None:
    shipped = [source for source in read_code() if not source.path.startswith("loadtests/")]
    modules = {name.split(".")[0] for source in shipped for _, name in imports(source)}
    foreign = modules - set(sys.stdlib_module_names) - set(CODE)
    packages = packages_distributions()
    # Several packages may share one name, as those of OpenTelemetry do.
    owners = {module: {canonicalize_name(name) for name in packages[module]} for module in foreign}
    used = set().union(*owners.values())
    asked = {canonicalize_name(Requirement(text).name) for text in (*RUN, *chain.from_iterable(EXTRAS.values()))}
    unasked = [module for module, names in owners.items() if not names & asked]
    assert unasked == [], "imported, but not asked for in pyproject.toml"
    assert asked - used - FOUND_BY_NAME == set(), "asked for in pyproject.toml, but imported nowhere"
