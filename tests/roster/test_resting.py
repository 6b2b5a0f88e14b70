"""Rest rules and the roster: said before and after an import that is never refused, and accepted with a reason."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli import main

SITE = """
[institution]
id = "house"
name = "Huset"
municipality = "29189999"
timezone = "Europe/Copenhagen"
rules = "botilbud"
[[unit]]
id = "nord"
name = "Nord"
[[unit]]
id = "syd"
name = "Syd"
[[person]]
id = "mette"
name = "Mette"
role = "staff"
units = ["nord"]
[[person]]
id = "lone"
name = "Lone"
role = "shift_lead"
units = ["nord"]
[[person]]
id = "sara"
name = "Sara"
role = "shift_lead"
units = ["syd"]
"""
ROSTER = """person,unit,from,to,duty
mette,nord,2099-03-02 14:00,2099-03-02 23:00,active
mette,nord,2099-03-03 07:00,2099-03-03 15:00,active
"""
BROKEN = "Mette: 8 h rest in the 24 hours before 2099-03-03 15:00; Arbejdsmiljøloven og arbejdstidsloven asks for 11 h."
Hub = Callable[..., str]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    """The commands, in a folder with a house that is set up."""
    monkeypatch.setenv("HUB_DATA", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    Path("site.toml").write_text(SITE, "utf-8")
    Path("roster.csv").write_text(ROSTER, "utf-8")

    def hub(*words: str) -> str:
        return CliRunner().invoke(main, list(words)).output

    assert "Huset" in hub("setup", "site.toml")
    return hub


def test_breaches_are_said_with_an_import_and_refuse_none(hub: Hub) -> None:
    preview, done, again = (
        hub("roster", "preview", "roster.csv"),
        *(hub("roster", "import", "roster.csv") for _ in "12"),
    )
    assert "2 new" in preview
    assert "2 new" in done
    for said in (preview, done, again):
        assert "Breaches of the rest rules, for which nothing was refused: 1" in said
        assert f"  ! {BROKEN}" in said
    Path("roster.csv").write_text(ROSTER.replace("23:00", "20:00"), "utf-8")
    assert "breach" not in hub("roster", "preview", "roster.csv")
    assert "breach" not in hub("roster", "import", "roster.csv")


def test_an_agreement_of_ones_own_decides_for_its_people(hub: Hub) -> None:
    hub("roster", "import", "roster.csv")
    own = '[rest]\ndefault = "lov"\n[people]\nmette = "lokal"\n[[agreement]]\nid = "lokal"\nname = "Lokalaftale"\n'
    own += (
        '[[terms]]\nagreement = "lokal"\nfrom = 2026-01-01\nsource = "Lokalaftale"\nshort_rest = 8\nshort_rests = 1\n'
    )
    Path("own.toml").write_text(own, "utf-8")
    assert "and 1 people by their own" in hub("rest", "rules", "own.toml")
    assert "breach" not in hub("roster", "import", "roster.csv")
    Path("own.toml").write_text(own.replace("mette", "nobody"), "utf-8")
    assert '"nobody" is not known here' in hub("rest", "rules", "own.toml")


def test_a_breach_is_accepted_by_who_leads_the_unit_with_a_reason_that_is_kept(hub: Hub) -> None:
    days = ["--days", "366"]
    assert "holder alle hvileregler" in hub("rest", "breaches", *days)
    soon = _in_a_week()
    Path("soon.csv").write_text(ROSTER.replace("2099-03-02", soon[0]).replace("2099-03-03", soon[1]), "utf-8")
    hub("roster", "import", "soon.csv")
    (line,) = hub("rest", "breaches", *days).splitlines()
    which, says = line.split(maxsplit=1)
    assert says.startswith("Mette: ")
    assert says.endswith("Arbejdsmiljøloven og arbejdstidsloven kræver 11 t.")
    why = ["--why", "Syg kollega, aftalt med Mette", "--by"]
    assert "lead the unit" in hub("rest", "accept", which, *why, "sara", *days)
    assert "--by" in hub("rest", "accept", which, *why, "nobody", *days)
    assert "No breach is called" in hub("rest", "accept", "x", *why, "lone", *days)
    assert hub("rest", "accept", which, *why, "lone", *days).startswith("Accepted: Mette")
    assert "accepted before" in hub("rest", "accept", which, *why, "lone", *days)
    assert "Godkendt af lone: Syg kollega, aftalt med Mette" in hub("rest", "breaches", *days)
    assert "breach" not in hub("roster", "import", "soon.csv")
    assert "whole" in hub("verify-journal")


def _in_a_week() -> tuple[str, str]:
    at = datetime.now(UTC) + timedelta(days=7)
    return f"{at:%Y-%m-%d}", f"{at + timedelta(days=1):%Y-%m-%d}"
