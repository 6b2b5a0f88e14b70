"""Two incidents that were one event: joined by hand, and taken apart again, without a word being lost or let out."""

import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from hub.incidents import incident as life
from hub.incidents.incident import Incident, Part
from hub.incidents.paper import Kind
from tests.admin.desk import Browser, signed_in
from tests.databases import on_both
from tests.incidents.test_incident import NOW
from tests.incidents.test_pages import helped, noted, rows
from tests.scenarios.conftest import Begin

TABLE = {"happened": "Bordet væltede", "asked-kinds": "1", "kinds": "harassment", "outcome": "precaution"}
people = st.dictionaries(st.sampled_from(("anna", "bo", "carl")), st.sampled_from(Part))
kinds = st.frozensets(st.sampled_from(Kind)).map(tuple)


@given(people, people, kinds, kinds)
def test_one_event_of_two_loses_nobody_and_nothing(
    first: dict[str, Part], second: dict[str, Part], of_first: tuple[Kind, ...], of_second: tuple[Kind, ...]
) -> None:
    kept = Incident("house", "a", NOW, NOW, people=first, kinds=of_first, alarms=("x",))
    other = Incident("house", "b", NOW, NOW, people=second, kinds=of_second, alarms=("y",))
    after, gone = life.one_event(kept, other)
    assert (set(after.people), set(after.kinds)) == ({*first, *second}, {*of_first, *of_second})
    assert after.alarms == ("x", "y")
    for who, part in after.people.items():
        assert (part is Part.OWN) is (Part.OWN in (first.get(who), second.get(who)))
    assert life.on_its_own(gone, other.alarms).people == second
    assert life.parted(after, ("y",), first, of_first).alarms == kept.alarms


async def listed(browser: Browser, **form: Any) -> set[str]:
    """Where the lines of the list lead."""
    answer = await (browser.post("/incidents", form) if form else browser.get("/incidents"))
    return set(re.findall(r'<th scope="row"><a href="(/incidents/[\w-]{36})"', answer.text))


@on_both
async def test_two_records_are_joined_and_taken_apart_and_each_paper_keeps_to_itself(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord")
    first = await noted(house, await helped(house))
    anna, nora, carl, leif = [await signed_in(house, who) for who in ("anna", "nora", "carl", "leif")]
    done = await carl.post("/incidents/new", TABLE | {"unit": "nord", "at": "2026-03-10 13:30"})
    second = done.headers["location"].removesuffix("?done=1")
    for address, course in ((first, "Bent var urolig"), (second, "Bent gik ud")):
        assert (await nora.post(f"{address}/case", {"course": course, "last": "9"})).status_code == 303
    other = {"other": second.rpartition("/")[2]}
    assert (await anna.post(f"{first}/join", other)).status_code == 403
    assert (await anna.get(f"{first}/join")).status_code == 404
    before = (await leif.get(f"{first}/join?with={other['other']}")).text
    assert "<p>Anna, Carl, Leif</p>" in before, "who will read is said before it is done"
    assert "kødkniv" not in (await carl.get(first)).text

    assert (await leif.post(f"{first}/join", other)).status_code == 303
    page = (await leif.get(first)).text
    work, case = page.partition('id="case-title"')[0], page.partition('id="case-title"')[2].partition("tasks-title")[0]
    assert all(words in work for words in ("kødkniv", "Bordet væltede", "Fysisk vold, Trusler, Chikane"))
    assert all(words in case for words in ("Bent var urolig", "Bent gik ud", "Skrevet før: 1"))
    assert "Bent" not in work
    assert "væltede" not in case
    assert "kødkniv" in (await carl.get(first)).text, "what happened to him is in it too"
    kept = (await leif.get(second)).text
    assert "samme forløb" in kept
    assert "Bordet væltede" in kept
    assert (await carl.post(f"{second}/employee", {"happened": "x", "last": "9"})).status_code == 409
    assert await listed(leif) == await listed(leif, q="væltede") == {first}

    assert (await leif.post(f"{first}/part", other)).headers["location"] == f"{second}?done=1"
    assert await listed(leif) == {first, second}
    own = (await leif.get(first)).text
    assert "<h1>Fysisk vold, Trusler" in own
    assert "(taget tilbage)" in own, "what came along is taken back, and stays readable"
    assert "kødkniv" not in (await carl.get(first)).text
    assert "Bordet væltede" in (await carl.get(second)).text
    assert (await carl.post(f"{second}/employee", {"happened": "Mere", "last": "9"})).status_code == 303
    assert (await leif.post(f"{first}/part", other)).status_code == 404
    for event in ("joined", "joined_to", "parted", "parted_from"):
        assert len(await rows(house, f"incident_{event}")) == 1, event


async def test_an_alarm_that_was_another_event_gets_a_record_of_its_own(begin: Begin) -> None:
    house = await begin("anna nord", "bo nord", "carl nord")
    anna, bo, carl = await house.connect("anna", "bo", "carl")
    alarms = [await anna.presses()]
    house.hear("raised", anna, bo, carl)
    alarms.append(await bo.presses())
    house.hear("raised", anna, bo, carl)
    for which in alarms:
        await carl.resolves(which, "real")
        house.hear("resolved", anna, bo, carl)
    await house.settle()
    whole = await noted(house, alarms[0])
    leif, raiser = await signed_in(house, "leif"), await signed_in(house, "bo")
    assert "kødkniv" in (await raiser.get(whole)).text
    apart = (await leif.post(f"{whole}/part", {"other": alarms[1]})).headers["location"].removesuffix("?done=1")
    assert apart != whole
    assert (await leif.get(apart)).text.count('<ol class="timeline">') == 1
    assert "kødkniv" not in (await raiser.get(whole)).text, "it did not happen to him"
    note = {"happened": "Noget andet", "outcome": "real", "alarm": alarms[1]}
    assert (await raiser.post("/incidents/new", note)).headers["location"] == f"{apart}?done=1"
    assert (await leif.post(f"{whole}/part", {"other": alarms[0]})).status_code == 404, "one is left"
    assert len(await rows(house, "incident_opened")) == 2
