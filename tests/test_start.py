"""start.py as a person meets it: one real set-up, killed half-way and made twice at once, and its sentences."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import start

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = """
[project]
name = "tryghedshub"
version = "0"
requires-python = ">=3.11"
[build-system]
requires = ["uv_build>=0.13.9,<0.14"]
build-backend = "uv_build"
[tool.uv.build-backend]
module-root = ""
module-name = ["hub"]
"""
SAYS_WHAT_IT_WAS_TOLD = '''
"""A hub that says what it was told, and from where."""

import os
import sys

import idna

print(sys.argv[1:], os.getcwd(), idna.encode("tryghed.example").decode())
'''


# A proxy where nobody listens: whatever asks for the network fails at once.
OFFLINE = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": "", "PIP_RETRIES": "0"}


@dataclass(frozen=True)
class Ended:
    """How a start ended, and what it said."""

    code: int
    out: str
    err: str


def begin(project: Path, *words: str, at: Path | None = None, offline: bool = False) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(project / "start.py"), *words],
        cwd=at or project,
        env={**os.environ, **(OFFLINE if offline else {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(process: "subprocess.Popen[str]") -> Ended:
    out, err = process.communicate()
    return Ended(process.returncode, out, err)


def make_project(folder: Path) -> Path:
    """A project like ours, but with one small package, so that setting it up is quick."""
    (folder / "hub").mkdir(parents=True)
    for name in ("start.py", "requirements-setup.lock"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    idna = re.search(r"^idna==.*(\n +--hash.*)+", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert idna
    (folder / "requirements.lock").write_text(f"{idna[0]}\n")
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "hub" / "__init__.py").write_text('"""A hub."""\n')
    (folder / "hub" / "__main__.py").write_text(SAYS_WHAT_IT_WAS_TOLD)
    return folder


@dataclass(frozen=True)
class SetUp:
    """A project that was set up by two starts at once, after one that was killed."""

    project: Path
    starts: list[Ended]


@pytest.fixture(scope="module")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> SetUp:
    project = make_project(tmp_path_factory.mktemp("start") / "a folder with spaces")
    killed = begin(project, "hub")
    assert killed.stderr
    for line in killed.stderr:
        if ".venv" in line:
            killed.kill()
            break
    end(killed)
    both = [begin(project, "hub", "first"), begin(project, "hub", "second")]
    return SetUp(project, [end(process) for process in both])


def test_a_killed_set_up_is_mended_by_the_next_start(set_up: SetUp) -> None:
    assert [start.code for start in set_up.starts] == [0, 0], set_up.starts
    assert ["first" in set_up.starts[0].out, "second" in set_up.starts[1].out] == [True, True]


def test_two_starts_at_once_set_up_one_after_the_other(set_up: SetUp) -> None:
    said = "".join(start.err for start in set_up.starts)
    assert said.count("Set up in") == 1
    assert "Another start is setting up here; waiting for it." in said


def test_the_next_start_says_nothing_and_needs_no_network(set_up: SetUp) -> None:
    again = end(begin(set_up.project, "hub", "setup", "site.toml", offline=True))
    assert (again.code, again.err) == (0, "")
    assert "['setup', 'site.toml']" in again.out


def test_without_a_word_it_is_the_demo(set_up: SetUp) -> None:
    assert "['demo']" in end(begin(set_up.project)).out
    assert "['demo', '--once']" in end(begin(set_up.project, "demo", "--once")).out


def test_the_hub_runs_where_the_person_stands_and_is_still_ours(set_up: SetUp, tmp_path: Path) -> None:
    (tmp_path / "hub.py").write_text("raise SystemExit('not ours')")
    elsewhere = end(begin(set_up.project, "hub", at=tmp_path))
    assert elsewhere.code == 0
    assert str(tmp_path) in elsewhere.out


def test_what_a_cluster_needs_comes_only_when_it_is_asked_for(set_up: SetUp) -> None:
    project = set_up.project
    (project / "requirements-cluster.lock").write_text("")
    plain = (project / ".venv" / "complete").read_text()
    asked = end(begin(project, "demo", "--cluster", "--once", offline=True))
    assert (asked.code, "the packages of requirements-cluster.lock" in asked.err) == (0, True), asked
    assert "['demo', '--cluster', '--once']" in asked.out
    assert "a virtual environment" not in asked.err
    both = (project / ".venv" / "complete").read_text()
    assert both.startswith(plain)
    assert both != plain
    again = end(begin(project, "hub", "--version", offline=True))
    assert (again.code, again.err) == (0, "")


def test_without_a_network_it_says_so(tmp_path: Path) -> None:
    alone = end(begin(make_project(tmp_path / "offline"), "hub", offline=True))
    assert alone.code == 1
    assert alone.out == ""
    assert alone.err.splitlines()[-1].startswith("start.py: uv could not be installed (")
    assert "check the network and run the same command again" in alone.err
    assert "Traceback" not in alone.err


def test_something_else_in_the_place_of_its_folder_is_named_and_left_alone(tmp_path: Path) -> None:
    project = make_project(tmp_path / "taken")
    (project / ".venv").write_text("mine")
    taken = end(begin(project, "hub"))
    assert taken.code == 1
    assert taken.err.endswith(f"start.py: {project}/.venv is in the way: remove it and run the same command again.\n")
    assert (project / ".venv").read_text() == "mine"


def test_an_old_python_hands_over_to_a_newer_one(set_up: SetUp, tmp_path: Path) -> None:
    program(tmp_path / "python3.13", "exit 127")  # as a version manager's empty name does
    program(tmp_path / "python3.12", f'exec {sys.executable} "$@"')
    handed_over = end(begin_under_python_3_8(set_up.project, tmp_path))
    assert handed_over.code == 0, handed_over
    assert "['handed', 'over']" in handed_over.out


def test_an_old_python_alone_names_what_is_needed(set_up: SetUp, tmp_path: Path) -> None:
    left = end(begin_under_python_3_8(set_up.project, tmp_path))
    assert left.code == 1
    assert left.err.startswith("start.py: this is Python 3.8, and the hub needs 3.11 or newer: install one")


def begin_under_python_3_8(project: Path, path: Path) -> "subprocess.Popen[str]":
    """Begins start.py in a Python that gives its version as 3.8 and finds programs in one folder only."""
    script = str(project / "start.py")
    pretend = f"import runpy, sys; sys.version_info = (3, 8, 18); sys.argv = [{script!r}, 'hub', 'handed', 'over']"
    command = [sys.executable, "-c", f"{pretend}; runpy.run_path({script!r}, run_name='__main__')"]
    return subprocess.Popen(command, env={"PATH": str(path)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


@pytest.fixture
def debian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Debian where nothing is installed and apt-get writes down what it was asked for."""
    program(tmp_path / "dpkg-query", "exit 1")
    program(tmp_path / "apt-get", f'echo "$@" >> {tmp_path}/asked')
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_root_installs_what_is_missing(debian: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with start.alone() as guard:
        start.need_debian_packages(["chromium", "firefox-esr"], "to test the screens", guard)
    assert (debian / "asked").read_text().splitlines() == [
        "update",
        "install --yes --no-install-recommends chromium firefox-esr",
    ]


def test_anyone_else_is_told_the_line_to_run(debian: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with start.alone() as guard, pytest.raises(start.Stop) as stopped:
        start.need_debian_packages(["chromium"], "to test the screens", guard)
    line = "sudo apt-get update && sudo apt-get install --yes --no-install-recommends chromium"
    assert str(stopped.value).splitlines()[1].strip() == line
    assert not (debian / "asked").exists()


def test_a_word_it_does_not_know_is_answered_with_those_it_does() -> None:
    unknown = end(begin(ROOT, "frobnicate"))
    assert unknown.code == 1
    assert unknown.err == (
        "start.py: there is no 'frobnicate' here: "
        "write demo, hub, test, faults, load or lock, or --help to see what they do.\n"
    )


def test_help_is_given_without_any_set_up() -> None:
    helped = end(begin(ROOT, "--help"))
    assert (helped.code, helped.err) == (0, "")
    assert "python3 start.py demo --once" in helped.out
