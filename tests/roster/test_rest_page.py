"""The page of rest rules: what the coming roster breaks, for those who lead the people, and why it is accepted."""

import re

from hub.roster import reststore
from hub.storage import journal
from tests.admin.desk import signed_in
from tests.databases import on_both
from tests.scenarios.conftest import Begin, begin, empty_database

__all__ = ["begin", "empty_database"]
LATE = "bo nord active 2026-03-12T14:00:00 2026-03-12T23:00:00"
EARLY = "bo nord active 2026-03-13T07:00:00 2026-03-13T15:00:00"
SAYS = "Bo: 8 t hvil i de 24 timer før 2026-03-13 15:00; Arbejdsmiljøloven og arbejdstidsloven kræver 11 t."


@on_both
async def test_a_deviation_is_accepted_with_a_reason_that_is_kept(begin: Begin) -> None:
    house = await begin(LATE, EARLY, "vera vest active 2026-03-12T14:00:00 2026-03-13T14:00:00")
    lone, anna = await signed_in(house, "lone"), await signed_in(house, "anna")
    assert (await anna.get("/rest")).status_code == 403
    shown = (await lone.get("/rest")).text
    assert SAYS in shown
    assert "Vera" not in shown, "she works in a unit that Lone does not lead"
    assert "Vera" in (await (await signed_in(house, "leif")).get("/rest")).text

    (which,) = re.findall(r'name="breach" value="(\w+)"', shown)
    refused = await lone.post("/rest", {"form": which, "breach": which, "why": ""})
    assert refused.status_code == 422
    assert SAYS in refused.text
    assert (await lone.post("/rest", {"form": "x", "breach": "x", "why": "Syg kollega"})).status_code == 404
    assert (await anna.post("/rest", {"form": which, "breach": which, "why": "Syg kollega"})).status_code == 403
    done = await lone.post("/rest", {"form": which, "breach": which, "why": "Syg kollega <b>"})
    assert done.headers["location"] == "/rest?done=1"
    after = (await lone.get("/rest?done=1")).text
    assert "<q>Syg kollega &lt;b&gt;</q>" in after
    assert f'value="{which}"' not in after
    async with house.database.read() as tx:
        kept = (await reststore.deviations(tx, "house"))[which]
        (entry,) = [one for one in await journal.about(tx, "house", "person:bo") if one.event == "rest_deviation"]
    assert (kept.why, kept.made_by, entry.actor) == ("Syg kollega <b>", "lone", "lone")
    assert "Syg" not in str(entry.facts), "free text stands in no journal"
