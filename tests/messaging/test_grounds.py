"""Why something may be shared: the law's paragraphs, a municipality's own over them, and noting one over HTTP."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from hub.cli import main
from hub.clock import rfc3339
from hub.errors import FileProblem
from hub.messaging.groundfile import ground_book, shipped
from hub.messaging.groundstore import OWN_GROUNDS
from hub.storage import journal
from tests.admin.desk import signed_in
from tests.databases import on_both
from tests.messaging.test_outside import registers
from tests.scenarios.conftest import Begin
from tests.scenarios.test_messages import adds, call, writes
from tests.scenarios.world import House

OWN = """
[[ground]]
id = "care"
name = "Behandlingen kan ikke vente"
paragraph = "Kommunens instruks, punkt 4"
from = 2026-03-01

[[ground]]
id = "child"
name = "Underretning"
paragraph = "Bruges ikke her"
from = 2024-01-01
until = 2026-01-01

[[ground]]
id = "own-plan"
name = "Borgerens egen plan siger det"
paragraph = "Kommunens instruks, punkt 5"
from = 2027-01-01
"""


def test_a_municipalitys_own_words_hold_from_their_day() -> None:
    before, after = shipped(), ground_book(OWN)
    on = {day: after.on(date.fromisoformat(day)) for day in ("2025-12-31", "2026-03-01", "2027-01-01")}
    assert list(on["2025-12-31"]) == list(before.on(date(2025, 12, 31)))
    assert set(before.on(date(2026, 3, 1))) - set(on["2026-03-01"]) == {"child"}
    assert set(on["2027-01-01"]) - set(on["2026-03-01"]) == {"own-plan"}
    words = [after.worded("care", date.fromisoformat(day)) for day in ("2026-02-28", "2026-03-01")]
    assert [one.name if one is not None else "" for one in words] == [
        "Det er nødvendigt for borgerens aktuelle behandling",
        "Behandlingen kan ikke vente",
    ]
    assert after.worded("nothing", date(2026, 3, 1)) is None


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        (OWN.replace('"care"', '"consent"'), "own.toml:3: ground 1, id: "),
        (OWN.replace("from = 2026-03-01", 'from = "i morgen"'), "own.toml:6: ground 1, from: must be a day"),
        (OWN.replace("until = 2026-01-01", "until = 2020-01-01"), "until: must be a day after"),
        (OWN + OWN, "stands twice from this day"),
        (OWN.replace("[[ground]]", "[[grund]]"), "there is no such table"),
        (OWN.replace('name = "Underretning"', ""), "ground 2, name: is missing"),
    ],
)
def test_each_fault_is_named_by_its_line(spoiled: str, said: str) -> None:
    with pytest.raises(FileProblem, match=said.replace("[", r"\[")):
        ground_book(spoiled, "own.toml")


def test_the_command_lays_them_over_and_journals_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DATA", str(tmp_path / "data"))
    site, own = tmp_path / "site.toml", tmp_path / "own.toml"
    house = '[institution]\nid = "nord"\nname = "Nord"\nmunicipality = "29189999"\n'
    site.write_text(house + 'timezone = "Europe/Copenhagen"\nrules = "botilbud"\n', "utf-8")
    assert CliRunner().invoke(main, ["setup", str(site), "--tokens", str(tmp_path / "t.json")]).exit_code == 0
    own.write_text(OWN, "utf-8")
    assert CliRunner().invoke(main, ["grounds", str(own)]).output == "Nord: 7 grounds\n"
    own.write_text(OWN.replace("from = 2027", "from = x"), "utf-8")
    refused = CliRunner().invoke(main, ["grounds", str(own)])
    assert (refused.exit_code, "own.toml:" in refused.output) == (1, True)


async def facts(house: House, event: str) -> list[object]:
    async with house.database.read() as tx:
        return [one.facts for one in await journal.after(tx, "house", 0, 10_000) if one.event == event]


@on_both
async def test_they_are_chosen_from_on_the_page_and_over_http(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    await registers(house)
    await house.database.write(lambda tx: OWN_GROUNDS.keep(tx, "house", OWN), of="house")
    which = await writes(house, "anna", [{"person": "bo"}], "før", about="citizen", citizen="Bent")
    anna = await signed_in(house, "anna")
    page = (await anna.get(f"/messages/{which}/sharing")).text
    assert "Behandlingen kan ikke vente" in page
    assert "Underretning" not in page
    assert "Borgerens egen plan" not in page
    phone = {"Authorization": f"Bearer {house.tokens['phone-anna']}"}
    known = (await house.http.get("/api/outside", headers=phone)).json()
    assert [(one["id"], one["way"]) for one in known["outside"]] == [("doctor", "medcom")]
    assert [one["id"] for one in known["grounds"]] == ["task", "care", "supplier", "life", "own"]
    until = rfc3339(house.clock.now() + timedelta(days=7))
    new = {"outside": "doctor", "ground": "care", "covers": "medicin", "until": until, "citizen": "251248-9996"}
    for spoiled, field in (
        ({"ground": "child"}, "ground"),
        ({"ground": None}, "ground"),
        ({"until": None}, "until"),
        ({"given_by": "Bent"}, "given_by"),
        ({"covers": " "}, "covers"),
        ({"citizen": "12"}, "citizen"),
    ):
        refused = await call(house, "anna", "POST", f"/{which}/sharing", new | spoiled)
        assert (refused.status_code, field in refused.text) == (422, True), refused.text
    noted = await call(house, "anna", "POST", f"/{which}/sharing", new)
    assert noted.status_code == 201, noted.text
    basis = noted.json()["basis"]
    await adds(house, "anna", which, "med")
    await house.settle()
    shown = (await call(house, "bo", "GET", f"/{which}/sharing")).json()
    assert shown["outside"] == ["doctor"]
    assert [(one["ground"], one["holds"]) for one in shown["bases"]] == [("care", True)]
    assert [(one["state"], one["basis"]) for one in shown["messages"]] == [("sent", basis)]
    assert "251248" not in str(shown)
    assert (
        "Behandlingen kan ikke vente (Kommunens instruks, punkt 4)"
        in (await anna.get(f"/messages/{which}/sharing")).text
    )
    assert (await call(house, "bo", "POST", f"/{which}/sharing/{basis}/withdraw")).json() == {"withheld": 0}
    assert (await call(house, "bo", "POST", f"/{which}/sharing/{basis}/withdraw")).status_code == 409
    await adds(house, "anna", which, "bagefter")
    shown = (await call(house, "anna", "GET", f"/{which}/sharing")).json()
    assert [(one["state"], one["why"]) for one in shown["messages"]][-1] == ("withheld", "withdrawn")
    assert await facts(house, "sharing_noted") == [{"basis": basis, "ground": "care", "to": ["doctor"]}]
