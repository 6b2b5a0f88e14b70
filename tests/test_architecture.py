"""The compiler for docs/architecture.md: the tree keeps the house rules, and each rule would notice a breach."""

import pytest

from tests.house_rules import (
    BASE,
    JOINTS,
    PURE,
    ROOMS,
    Check,
    Source,
    arrows_point_the_right_way,
    files_and_functions_stay_readable,
    files_say_what_they_are,
    imports_make_no_cycle,
    nothing_tells_of_a_machine,
    pure_files_stay_pure,
    read_code,
    read_everything,
    room,
    sql_has_no_time_of_its_own,
    sql_stays_in_the_stores,
    time_comes_from_the_clock,
)

RULES: list[Check] = [
    arrows_point_the_right_way,
    imports_make_no_cycle,
    time_comes_from_the_clock,
    sql_has_no_time_of_its_own,
    sql_stays_in_the_stores,
    pure_files_stay_pure,
    files_and_functions_stay_readable,
    files_say_what_they_are,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps_its_rule(rule: Check) -> None:
    broken = list(rule(read_code()))
    assert not broken, "\n" + "\n".join(broken)


def test_nothing_in_the_project_tells_of_a_machine() -> None:
    broken = list(nothing_tells_of_a_machine(read_everything()))
    assert not broken, "\n" + "\n".join(broken)


def test_every_pure_pattern_names_a_file() -> None:
    sources = read_code()
    idle = [pattern for pattern in PURE if not any(source.is_one_of((pattern,)) for source in sources)]
    assert not idle, f"no file answers to {idle}: mend the list of pure files"


def test_every_room_has_its_place_in_the_plan() -> None:
    rooms = {room(source.module) for source in read_code() if source.path.startswith("hub/")}
    assert rooms <= BASE | JOINTS | set(ROOMS)


BREACHES = [
    (arrows_point_the_right_way, "hub/roster/shift.py", "from hub.alarms import alarm", "roster may import"),
    (arrows_point_the_right_way, "hub/delivery/store.py", "import hub.roster.store", "delivery may import"),
    (arrows_point_the_right_way, "hub/escalation/plan.py", "from hub.people.site import Site", "the base only"),
    (arrows_point_the_right_way, "hub/errors.py", "from hub.people.site import Site", "of the base"),
    (arrows_point_the_right_way, "hub/web/app.py", "def late():\n    from hub.app import build_app", "web may import"),
    (arrows_point_the_right_way, "hub/people/store.py", "from ..alarms import alarm", "people may import"),
    (arrows_point_the_right_way, "hub/gadgets/new.py", "import hub.people.site", "no place in the plan"),
    (arrows_point_the_right_way, "hub/web/pages.py", "import integrations.sms", "import integrations"),
    (arrows_point_the_right_way, "hub/cli.py", "from integrations import sms", "import integrations"),
    (arrows_point_the_right_way, "hub/web/pages.py", "import clients.python", "never imports clients"),
    (
        arrows_point_the_right_way,
        "integrations/sms/adapter.py",
        "from hub.people.site import Site",
        "nothing else",
    ),
    (arrows_point_the_right_way, "clients/python/link.py", "from hub.clock import Clock", "never imports hub"),
    (arrows_point_the_right_way, "loadtests/latency.py", "import hub", "never imports hub"),
    (time_comes_from_the_clock, "hub/alarms/store.py", "import time", "hub.clock"),
    (time_comes_from_the_clock, "hub/alarms/store.py", "from time import monotonic", "hub.clock"),
    (time_comes_from_the_clock, "hub/alarms/store.py", "now = datetime.datetime.now(UTC)", "datetime.now"),
    (time_comes_from_the_clock, "hub/people/site.py", "field(default_factory=datetime.utcnow)", "datetime.utcnow"),
    (time_comes_from_the_clock, "hub/people/site.py", "day = date.today()", "date.today"),
    (time_comes_from_the_clock, "hub/web/pages.py", "asyncio.get_running_loop().time()", "waiting"),
    (time_comes_from_the_clock, "hub/alarms/chores.py", "loop.call_later(5, wake)", "call_later"),
    (
        time_comes_from_the_clock,
        "hub/alarms/chores.py",
        "async def wait():\n    await asyncio.sleep(1)",
        "asyncio.sleep",
    ),
    (sql_has_no_time_of_its_own, "hub/people/tables.py", "Column('made_at', server_default='0')", "server_default"),
    (sql_has_no_time_of_its_own, "hub/people/tables.py", "Column('made_at', default=func.now())", "no clock"),
    (sql_has_no_time_of_its_own, "hub/people/store.py", "text('SELECT CURRENT_TIMESTAMP')", "no clock"),
    (sql_has_no_time_of_its_own, "hub/people/store.py", "text(\"SELECT datetime('now')\")", "no clock"),
    (sql_stays_in_the_stores, "hub/web/pages.py", "from sqlalchemy import select", "store.py"),
    (sql_stays_in_the_stores, "hub/alarms/actions.py", "import sqlite3", "store.py"),
    (pure_files_stay_pure, "hub/escalation/plan.py", "async def plan(): ...", "no async"),
    (pure_files_stay_pure, "hub/roster/shift.py", "import logging", "no logging"),
    (pure_files_stay_pure, "hub/alarms/alarm.py", "from hub.clock import SystemClock", "now comes in"),
    (pure_files_stay_pure, "hub/people/site.py", "open('site.toml')", "no open"),
    (files_and_functions_stay_readable, "hub/cli.py", "x = 1\n" * 321, "321 lines"),
    (files_and_functions_stay_readable, "clients/link.py", "def long():\n" + "    x = 1\n" * 45, "long has 46 lines"),
    (files_say_what_they_are, "hub/cli.py", "x = 1", "docstring"),
    (nothing_tells_of_a_machine, "docs/operating.md", "see /" + "root/notes", "one machine"),
    (nothing_tells_of_a_machine, "requirements.lock", "--index-url https://py" + "pi.org/simple", "one machine"),
]


@pytest.mark.parametrize(("rule", "path", "text", "says"), BREACHES)
def test_a_breach_is_noticed_and_named(rule: Check, path: str, text: str, says: str) -> None:
    noticed = list(rule([Source(path, text)]))
    assert len(noticed) == 1
    assert noticed[0].startswith(f"{path}:")
    assert says in noticed[0]


def test_a_ring_of_imports_is_noticed_and_named() -> None:
    ring = [
        Source("hub/people/__init__.py", ""),
        Source("hub/people/site.py", "from hub.people.access import may_raise"),
        Source("hub/people/access.py", "from hub.people import store"),
        Source("hub/people/store.py", "import hub.people.site"),
    ]
    (noticed,) = imports_make_no_cycle(ring)
    assert "hub.people.access -> hub.people.store -> hub.people.site -> hub.people.access" in noticed


ALLOWED = [
    (
        arrows_point_the_right_way,
        "hub/web/pages.py",
        "from hub import __version__\nfrom hub.alarms import alarm",
    ),
    (arrows_point_the_right_way, "hub/app.py", "import integrations.sms\nfrom hub.web import pages"),
    (arrows_point_the_right_way, "loadtests/latency.py", "from clients.python import link"),
    (time_comes_from_the_clock, "hub/clock.py", "now = datetime.now(UTC)"),
    (time_comes_from_the_clock, "hub/web/live.py", "loop.call_later(5, close)"),
    (time_comes_from_the_clock, "hub/storage/database.py", "from datetime import time\nawait_turn = asyncio.sleep(0)"),
    (time_comes_from_the_clock, "loadtests/latency.py", "import time"),
    (pure_files_stay_pure, "hub/alarms/events.py", "from hub.clock import rfc3339"),
    (
        nothing_tells_of_a_machine,
        "docs/operating.md",
        "/var/lib/tryghedshub, /usr/bin/chromium, ./work/, https://x.dk/roots",
    ),
]


@pytest.mark.parametrize(("rule", "path", "text"), ALLOWED)
def test_what_the_plan_allows_is_left_alone(rule: Check, path: str, text: str) -> None:
    assert not list(rule([Source(path, text)]))
