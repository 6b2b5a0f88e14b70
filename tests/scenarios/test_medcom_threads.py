"""Threads that the house begins with a practice: what they are sorted under there, and what their answers keep."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hub.clock import rfc3339
from hub.messaging import outsidestore
from hub.messaging.category import OURS as USUAL
from hub.messaging.category import Category
from hub.messaging.outside import Outside, OutsideRole, Way
from hub.ports import Correspondent
from integrations.medcom import codes
from integrations.medcom.care import Said, reply
from tests.admin.desk import signed_in
from tests.databases import on_both
from tests.integrations.medcom_messages import CITIZEN, KIM, THEIRS
from tests.scenarios.conftest import Begin
from tests.scenarios.practice import Practice, opened
from tests.scenarios.test_messages import adds, call, writes

pytestmark = on_both


async def knows(practice: Practice) -> None:
    """A manager has registered the practice."""
    house = practice.house
    to = Correspondent("kim", THEIRS.name, OutsideRole.GP.value, gln=THEIRS.gln, sor=THEIRS.sor)
    new = Outside("house", OutsideRole.GP, Way.MEDCOM, to, "leif", house.clock.now())

    async def action(tx: Any) -> None:
        await outsidestore.register(tx, house.services.messages.keyring.vault, new)

    await house.database.write(action)


async def begins(practice: Practice, text: str, **chosen: str) -> str:
    """Anna writes to the practice about a citizen, with consent; the conversation."""
    house = practice.house
    which = await writes(house, "anna", [{"person": "leif"}], "internt", about="citizen", citizen="Bruno Elmer")
    until = rfc3339(house.clock.now() + timedelta(days=7))
    shared = {"outside": "kim", "ground": "consent", "given_by": "Bruno", "covers": "alt", "until": until}
    answer = await call(house, "anna", "POST", f"/{which}/sharing", shared | {"citizen": CITIZEN.number} | chosen)
    assert answer.status_code == 201, answer.text
    await adds(house, "anna", which, text, urgent=True)
    await practice.looks()
    practice.fetches()
    return which


def test_the_choices_are_the_standards() -> None:
    assert {one.value for one in Category} == codes.CATEGORY_CODES
    assert USUAL.value == codes.OUR_CATEGORY


async def test_a_thread_is_sorted_as_was_chosen_and_so_are_its_answers(begin: Begin) -> None:
    practice = await opened(begin, "anna nord")
    house = practice.house
    await knows(practice)
    which = await begins(practice, "Haster det?", category="regarding-referral")
    (first,) = practice.got
    assert (first.category, first.priority, first.newest.activity) == ("regarding-referral", "asap", codes.NEW)
    back = reply(Said(KIM, "Nej."), [first], now=practice.now, new_id=practice.new_id)
    practice.sends(replace(back, priority="routine"))
    await practice.looks()
    await adds(house, "anna", which, "Tak")
    await practice.looks()
    practice.fetches()
    assert (practice.got[-1].category, practice.got[-1].priority) == ("regarding-referral", "routine")
    assert (practice.got[-1].newest.activity, practice.got[-1].thread) == (codes.REPLY, first.thread)
    page = (await (await signed_in(house, "anna")).get(f"/messages/{which}/sharing")).text
    assert "sorteret som Vedr. henvisning" in page
    assert '<option value="psychiatry-social-disability">Psykiatri, social, handicap</option>' in page


async def test_what_nobody_chose_is_ours_and_what_is_sorted_under_nothing_says_what_it_is(begin: Begin) -> None:
    practice = await opened(begin, "anna nord")
    await knows(practice)
    await begins(practice, "Hej")
    await begins(practice, "Hej igen", category="other")
    usual, other = practice.got
    assert (usual.category, usual.priority, usual.topic) == (USUAL.value, "", "")
    assert (other.category, other.priority, other.topic) == ("other", "", "Besked fra Nord")
