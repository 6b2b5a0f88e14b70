"""A published instance of nurse rostering, whose least cost is known."""

from pathlib import Path

from hub.people.site import Institution, Person, Role, Site, Unit
from hub.planning.making import make
from hub.planning.planfile import parse
from hub.planning.problem import Problem
from hub.roster.restfile import shipped

FILE = Path(__file__).parent / "instance1.toml"
BEST_KNOWN = 607


def instance() -> Problem:
    """Instance1 with its eight people, all in one ward."""
    site = Site(
        Institution("ward", "Ward", "29189999", "Europe/Copenhagen"),
        units={"ward": Unit("ward", "Ward")},
        people={name: Person(name, name.upper(), Role.STAFF, ("ward",)) for name in "abcdefgh"},
    )
    return make(parse(FILE.read_text("utf-8"), FILE.name, site), site, shipped(), [], [])
