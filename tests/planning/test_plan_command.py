"""A plan file, and `hub plan` from it to the roster and through a sick call."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hub.cli import main
from hub.errors import FileProblem
from hub.people.site import Institution, Person, Role, Site, Unit
from hub.planning.planfile import parse
from tests.house_rules import ROOT

PEOPLE = ("jette", "jonas", "lone", "mette", "sara")
HOUSE = """[institution]
id = "house"
name = "Huset"
municipality = "29189999"
timezone = "Europe/Copenhagen"
rules = "botilbud"
[[unit]]
id = "nord"
name = "Nord"
"""
PLAN = """[plan]
from = 2099-12-07
days = 5
seconds = 20
[[kind]]
id = "dag"
from = 07:00:00
to = 15:00:00
[[kind]]
id = "nat"
from = 23:00:00
to = 07:00:00
duty = "sleeping"
[[need]]
unit = "nord"
kind = "dag"
count = 1
[[need]]
unit = "nord"
kind = "nat"
count = 1
"""
Hub = Callable[..., Result]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The commands, in a folder with a house of five people."""
    monkeypatch.setenv("HUB_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    person = '[[person]]\nid = "{}"\nname = "{}"\nrole = "staff"\nunits = ["nord"]\n'
    Path("site.toml").write_text(HOUSE + "".join(person.format(one, one.title()) for one in PEOPLE), "utf-8")
    Path("plan.toml").write_text(PLAN, "utf-8")

    def hub(*words: str) -> Result:
        return CliRunner().invoke(main, list(words))

    assert hub("setup", "site.toml").exit_code == 0
    return hub


def test_a_plan_goes_onto_the_roster_is_moved_when_somebody_is_ill_and_refused_with_the_reason(hub: Hub) -> None:
    made = hub("plan", "plan.toml", "--out", "plan.csv")
    assert "10 shifts for 5 people" in made.output
    assert "10 new" in hub("roster", "import", "plan.csv", "--source", "plan").output
    assert "10 as they were" in hub("roster", "import", "plan.csv", "--source", "plan").output
    ill, first = re.findall(r"^(\w+),nord,(\S+?)T", Path("plan.csv").read_text("utf-8"), re.MULTILINE)[0]
    gone = f"person,unit,from,to,duty,absent\n{ill},nord,{first} 00:00,{first} 16:00,,syg\n"
    Path("ill.csv").write_text(gone, "utf-8")
    hub("roster", "import", "ill.csv")
    again = hub("plan", "plan.toml", "--out", "plan.csv", "--replan").output
    assert "1 shifts are moved, which is proved to be the least." in again
    assert f"  - {ill.title()}: Nord, dag {first}" in again
    assert (
        "1 new, 0 changed, 1 removed, 9 as they were" in hub("roster", "import", "plan.csv", "--source", "plan").output
    )
    Path("plan.toml").write_text(PLAN.replace("count = 1", "count = 6", 1), "utf-8")
    refused = hub("plan", "plan.toml", "--out", "other.csv")
    assert refused.exit_code == 1
    assert "kan ikke holdes sammen" in refused.output
    (told,) = re.findall(r"^  - (.*)$", refused.output, re.MULTILINE)
    assert re.fullmatch(r"Nord, dag 2099-12-\d\d: 6 skal bruges\.", told)
    assert not Path("other.csv").exists()


def test_the_example_of_the_documentation_is_read() -> None:
    text = (ROOT / "docs/planning.md").read_text("utf-8").split("```toml\n")[1].split("```")[0]
    found = parse(text, "december.toml", _house())
    assert (found.first, found.days) == (date(2026, 11, 30), 28)
    assert found.people["mette"].limits.most_in_a_row == 5
    assert found.wishes[0].ends - found.wishes[0].starts == timedelta(days=3)


FAULTS = {
    'unit = "nord"\nkind = "dag"': ('unit = "nor"\nkind = "dag"', 'need 1, unit: "nor" is no unit here'),
    "days = 5": ("days = 500", "plan, days: must be a number from 1 to 92"),
    "from = 2099-12-07": ('from = "2099-12-07"', "plan, from: must be a day"),
    "to = 15:00:00": ('to = "15"', "kind 1, to: must be a time with seconds"),
    "count = 1": ('count = 1\nweekdays = ["monday"]', "need 1, weekdays: must be a list of days"),
    'duty = "sleeping"': ('duty = "asleep"', 'kind 2, duty: "asleep" is not a duty'),
    "seconds = 20": (
        'seconds = 20\n[[lock]]\nperson = "lone"\nunit = "nord"\nkind = "dag"\nday = 2099-01-01',
        "lock 1, day",
    ),
    "[plan]": ('[[wish]]\nperson = "lone"\nwant = "free"\nfrom = 2099-12-09\nto = 2099-12-08\n[plan]', "wish 1, to"),
}


@pytest.mark.parametrize("right", FAULTS)
def test_a_fault_in_a_plan_file_is_named_with_its_mend(right: str) -> None:
    wrong, says = FAULTS[right]
    with pytest.raises(FileProblem) as refused:
        parse(PLAN.replace(right, wrong, 1), "plan.toml", _house())
    assert any(says in problem for problem in refused.value.problems), refused.value.problems


def _house() -> Site:
    people = {one: Person(one, one.title(), Role.STAFF, ("nord",)) for one in PEOPLE}
    return Site(
        Institution("house", "Huset", "29189999", "Europe/Copenhagen"), {"nord": Unit("nord", "Nord")}, people=people
    )
