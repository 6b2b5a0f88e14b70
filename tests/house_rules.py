"""The rules of docs/architecture.md as functions: each takes sources and names every place that breaks it."""

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CODE = ("hub", "integrations", "clients", "loadtests")

# What everyone may import, and which imports nothing of ours but each other ("" is the package hub itself).
BASE = {"", "clock", "errors", "ports", "settings", "chores"}
# Room -> the rooms that it may import besides the base.
FLOOR = {"storage"}
PEOPLE = FLOOR | {"people"}
ALARMS = PEOPLE | {"roster", "delivery", "escalation"}
# Alarms know nothing of citizens: what is read of them during one is read beside it.
CITIZENS = ALARMS | {"alarms"}
MESSAGING = PEOPLE | {"roster", "delivery", "citizens"}
INCIDENTS = ALARMS | {"alarms", "citizens", "messaging", "kle"}
CASES = INCIDENTS | {"incidents"}
ROOMS = {
    "escalation": set[str](),
    "storage": set[str](),
    "people": FLOOR,
    "kle": FLOOR,
    "roster": PEOPLE,
    "planning": PEOPLE | {"roster"},
    "delivery": PEOPLE,
    "alarms": ALARMS,
    "citizens": CITIZENS,
    "messaging": MESSAGING,
    "lone": ALARMS | {"alarms"},
    "health": PEOPLE | {"delivery"},
    "reach": ALARMS | {"alarms"},
    "drills": ALARMS | {"alarms"},
    "proof": FLOOR,
    "cluster": ALARMS | {"alarms"},
    "telemetry": ALARMS | {"alarms"},
    "incidents": INCIDENTS,
    "cases": CASES,
    "web": CASES | {"cases", "lone", "reach", "drills", "cluster", "health", "telemetry", "planning"},
}
# Where the parts are joined: these may import any room.
JOINTS = {"__main__", "app", "casesystems", "channels", "cli", "foreign", "join", "log", "sources", "worker"}
JOIN_INTEGRATIONS = {"app", "casesystems", "channels", "foreign", "sources", "worker"}
SHOWN_TO_INTEGRATIONS = {"clock", "errors", "ports"}

PURE = (
    "hub/escalation/*.py",
    "hub/alarms/alarm.py",
    "hub/alarms/events.py",
    "hub/alarms/setting.py",
    "hub/alarms/trigger.py",
    "hub/cases/case.py",
    "hub/cases/choices.py",
    "hub/cases/comparing.py",
    "hub/cases/example.py",
    "hub/cases/practice.py",
    "hub/cases/recording.py",
    "hub/cases/register.py",
    "hub/citizens/citizen.py",
    "hub/citizens/glass.py",
    "hub/citizens/number.py",
    "hub/citizens/risk.py",
    "hub/delivery/reach.py",
    "hub/delivery/receipts.py",
    "hub/drills/drill.py",
    "hub/health/faults.py",
    "hub/incidents/amounts.py",
    "hub/incidents/clocks.py",
    "hub/incidents/figures.py",
    "hub/incidents/followup.py",
    "hub/incidents/fromalarm.py",
    "hub/incidents/incident.py",
    "hub/incidents/paper.py",
    "hub/incidents/retention.py",
    "hub/incidents/prepared.py",
    "hub/incidents/rights.py",
    "hub/incidents/small.py",
    "hub/kle/kle.py",
    "hub/lone/events.py",
    "hub/lone/notice.py",
    "hub/lone/session.py",
    "hub/messaging/conversation.py",
    "hub/messaging/mailbox.py",
    "hub/messaging/message.py",
    "hub/messaging/sending.py",
    "hub/messaging/outside.py",
    "hub/messaging/sharing.py",
    "hub/messaging/urgency.py",
    "hub/people/access.py",
    "hub/people/localtime.py",
    "hub/people/picture.py",
    "hub/people/site.py",
    "hub/people/toml*.py",
    "hub/planning/making.py",
    "hub/planning/problem.py",
    "hub/planning/words.py",
    "hub/reach/holes.py",
    "hub/reach/low.py",
    "hub/reach/notice.py",
    "hub/reach/proof.py",
    "hub/roster/rest.py",
    "hub/roster/shift.py",
    "hub/roster/swap.py",
    "hub/telemetry/course.py",
)
IMPURE_MODULES = {
    *("aiosqlite", "alembic", "asyncio", "fastapi", "http", "httpx", "io", "logging", "os", "pathlib", "random"),
    *("secrets", "shutil", "socket", "sqlalchemy", "sqlite3", "starlette", "structlog", "subprocess", "sys"),
    *("tempfile", "threading", "time", "urllib", "uuid", "uvicorn", "websockets"),
}
# Reading an id makes none.
PURE_NAMES = {"uuid.UUID"}
IMPURE_CALLS = {"open", "print", "input"}
# Turning a moment into a number or a text asks no clock.
CLOCK_WORDS = {"instant", "micros", "rfc3339"}

SQL_MODULES = {"aiosqlite", "alembic", "asyncpg", "sqlalchemy", "sqlite3"}
SQL_FILES = ("hub/storage/*", "hub/*/*store.py", "hub/*/tables.py")
SQL_NOW = re.compile(
    r"\bCURRENT_(TIMESTAMP|DATE|TIME)\b|\b(date|time|datetime|julianday|unixepoch)\('now'|strftime\('%",
)

SOCKET_DEADLINES = ("hub/web/live*.py", "hub/web/socket*.py", "hub/delivery/*.py")
TODAY = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
LOOP_TIME = {"call_later", "call_at"}

MIGRATIONS = ("hub/storage/migrations/versions/*",)
LONGEST_FILE = 320
LONGEST_FUNCTION = 45
# Handed to outsiders as one file, its words in two languages included.
ALONE, LONGEST_ALONE = ("clients/verifier/verify_journal.py",), 380

# In pieces, since this file is searched too.
NOT_FOR_THE_PUBLIC = re.compile(
    r"(?<![\w.~/-])/(?:work|root|tmp/lab|home/\w+)(?:/|\b(?![\w-]))"
    r"|\bpy" + r"pi\.org\b|\bpython" + r"hosted\.org\b|\bnpm" + r"js\.(?:org|com)\b|\bdebian" + r"\.org\b",
)


@dataclass(frozen=True)
class Source:
    """One file of the tree, read and parsed."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        return tuple(ast.walk(self.tree))

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")

    def package(self, level: int) -> str:
        """What a relative import with so many dots starts from; nothing for one without."""
        return ".".join(self.path.split("/")[:-level]) if level else ""

    def at(self, node: ast.AST, rule: str) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {rule}"

    def is_one_of(self, patterns: tuple[str, ...]) -> bool:
        return any(fnmatch(self.path, pattern) for pattern in patterns)


Check = Callable[[list[Source]], Iterator[str]]


def imports(source: Source) -> Iterator[tuple[ast.AST, str]]:
    """Each module, or name in a module, that a file imports, in full."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = ".".join(filter(None, [source.package(node.level), node.module]))
            yield from ((node, f"{module}.{alias.name}") for alias in node.names)


def room(name: str) -> str:
    """hub.people.store -> people; hub and hub.__version__ -> nothing."""
    first = [*name.split("."), ""][1]
    return "" if first.startswith("__") and first != "__main__" else first


# --- the rules


def arrows_point_the_right_way(sources: list[Source]) -> Iterator[str]:
    for source in sources:
        for node, name in imports(source):
            wrong = wrong_arrow(source, name) if name.split(".")[0] in CODE else None
            if wrong:
                yield source.at(node, f"{wrong} (it imports {name})")


def wrong_arrow(source: Source, name: str) -> str | None:
    """Why this file may not import that name of ours, or None if it may."""
    package, other = source.path.split("/")[0], name.split(".", maxsplit=1)[0]
    if package == "hub":
        return wrong_arrow_in_hub(room(source.module), other, room(name))
    if package == "integrations":
        allowed = other == package or (other == "hub" and room(name) in SHOWN_TO_INTEGRATIONS)
        return None if allowed else "an integration sees hub.ports, hub.errors and hub.clock, nothing else of ours"
    return None if other in {"clients", package} else f"{package} speaks HTTP and WebSocket, never imports {other}"


def wrong_arrow_in_hub(here: str, other: str, there: str) -> str | None:
    """The same for a file in hub/: from its own room to a room of the hub, or to another package of ours."""
    wrong = None
    joined = " and ".join(f"hub.{name}" for name in sorted(JOIN_INTEGRATIONS))
    if other == "integrations":
        wrong = None if here in JOIN_INTEGRATIONS else f"only {joined} import integrations"
    elif other != "hub":
        wrong = None if here in JOINTS else f"the hub never imports {other}"
    elif here in JOINTS or here == there or there in BASE:
        wrong = None
    elif here in BASE:
        wrong = f"hub.{here or '__init__'} is of the base, which imports nothing of ours but the base"
    elif here not in ROOMS:
        wrong = f"hub.{here} has no place in the plan: give it one in docs/architecture.md and in tests/house_rules.py"
    elif there not in ROOMS[here]:
        wrong = f"hub.{here} may import {', '.join(sorted(ROOMS[here])) or 'the base'} only"
    return wrong


def imports_make_no_cycle(sources: list[Source]) -> Iterator[str]:
    modules = {source.module for source in sources}
    graph = {source.module: edges(source, modules) for source in sources}
    finished: set[str] = set()

    def walk(module: str, path: list[str]) -> Iterator[str]:
        if module in path:
            yield f"{module}: imports go round in a ring: {' -> '.join([*path[path.index(module) :], module])}"
        elif module not in finished:
            for other in sorted(graph[module]):
                yield from walk(other, [*path, module])
            finished.add(module)

    for module in sorted(graph):
        yield from walk(module, [])


def edges(source: Source, modules: set[str]) -> set[str]:
    """The modules of ours that a file imports: the longest known beginning of each name."""
    found = set()
    for _, name in imports(source):
        parts = name.split(".")
        known = [".".join(parts[:n]) for n in range(len(parts), 0, -1) if ".".join(parts[:n]) in modules]
        found.update(known[:1])
    return found


def time_comes_from_the_clock(sources: list[Source]) -> Iterator[str]:
    for source in sources:
        if not source.path.startswith("hub/") or source.path == "hub/clock.py":
            continue
        for node, name in imports(source):
            if name == "time" or name.startswith("time."):
                yield source.at(node, "time comes from hub.clock, not from the module time")
        for node in source.nodes:
            if asks_what_day_it_is(node):
                yield source.at(node, f"time comes from hub.clock, not from {ast.unparse(node)}")
            elif waits(node) and not source.is_one_of(SOCKET_DEADLINES):
                yield source.at(
                    node, f"waiting goes through hub.clock (only a socket's deadline need not): {ast.unparse(node)}"
                )


def asks_what_day_it_is(node: ast.AST) -> bool:
    # The name first: to write out what it is asked of takes longer than all the rest.
    if not isinstance(node, ast.Attribute) or all(node.attr != attr for _, attr in TODAY):
        return False
    return (ast.unparse(node.value).split(".")[-1], node.attr) in TODAY


def waits(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in LOOP_TIME or (node.attr == "time" and ast.unparse(node.value).endswith(("loop", "loop()")))
    # sleep(0) lets others run and waits for no time.
    return isinstance(node, ast.Call) and re.match(r"asyncio\.sleep\((?!0\))", ast.unparse(node)) is not None


def sql_has_no_time_of_its_own(sources: list[Source]) -> Iterator[str]:
    for source in sources:
        for node in source.nodes:
            if isinstance(node, ast.keyword) and node.arg in {"server_default", "server_onupdate"}:
                yield source.at(node.value, f"the database fills in nothing by itself: no {node.arg}")
            elif asks_the_database_for_the_time(node):
                yield source.at(node, "the database has no clock: bind the time that hub.clock gave")


def asks_the_database_for_the_time(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        asked = re.match(r"now|current_|local|sysdate|julianday", node.attr) is not None
        return asked and ast.unparse(node.value).split(".")[-1] == "func"
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and bool(SQL_NOW.search(node.value))


def sql_stays_in_the_stores(sources: list[Source]) -> Iterator[str]:
    for source in sources:
        for node, name in imports(source):
            if name.split(".")[0] in SQL_MODULES and source.path.startswith("hub/") and not source.is_one_of(SQL_FILES):
                yield source.at(node, "tables and SQL live in a room's store.py or tables.py, or in hub/storage")


def pure_files_stay_pure(sources: list[Source]) -> Iterator[str]:
    for source in sources:
        if not source.is_one_of(PURE):
            continue
        for node, name in imports(source):
            if name.split(".")[0] in IMPURE_MODULES and name not in PURE_NAMES:
                yield source.at(node, f"a pure file has no I/O, logging or chance: no {name}")
            elif name.startswith("hub.clock") and name.split(".")[-1] not in CLOCK_WORDS:
                yield source.at(node, "a pure file has no clock: now comes in as an argument")
        for node in source.nodes:
            if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
                yield source.at(node, "a pure file has no async: facts come in as arguments")
            elif isinstance(node, ast.Call) and ast.unparse(node.func) in IMPURE_CALLS:
                yield source.at(node, f"a pure file does no I/O: no {ast.unparse(node.func)}()")


def files_and_functions_stay_readable(sources: list[Source]) -> Iterator[str]:
    for source in sources:
        lines = len(source.text.splitlines())
        longest = LONGEST_ALONE if source.is_one_of(ALONE) else LONGEST_FILE
        if lines > longest:
            yield f"{source.path}:1: {lines} lines; a file has at most {longest}: divide it by what it is about"
        for node in source.nodes:
            # A shipped migration is history: it is long because the schema is, and is never tidied.
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not source.is_one_of(MIGRATIONS):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    yield source.at(node, f"{node.name} has {lines} lines; a function has at most {LONGEST_FUNCTION}")


def files_say_what_they_are(sources: list[Source]) -> Iterator[str]:
    for source in sources:
        if source.path.startswith("hub/") and not ast.get_docstring(source.tree):
            yield f"{source.path}:1: every file in hub/ begins with a docstring that says what it is for"


def nothing_tells_of_a_machine(sources: list[Source]) -> Iterator[str]:
    for source in sources:
        for number, line in enumerate(source.text.splitlines(), start=1):
            found = NOT_FOR_THE_PUBLIC.search(line)
            if found:
                yield f"{source.path}:{number}: '{found[0]}' belongs to one machine or registry: leave it out"


# --- the tree


@cache
def read_code() -> list[Source]:
    paths = sorted(path for package in CODE for path in (ROOT / package).rglob("*.py"))
    return [Source(path.relative_to(ROOT).as_posix(), path.read_text("utf-8")) for path in paths]


def read_everything() -> list[Source]:
    """Every text file of the project, as git would take it: without what .gitignore names."""
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().splitlines() if line and line[0] != "#"]
    return [
        Source(path.relative_to(ROOT).as_posix(), path.read_text("utf-8", errors="replace"))
        for path in walk(ROOT, [*ignored, ".git"])
    ]


def walk(folder: Path, ignored: list[str]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if not any(fnmatch(path.name, pattern) for pattern in ignored):
            if path.is_dir():
                yield from walk(path, ignored)
            else:
                yield path
