"""Alone with the page closed: the reminder comes as a notification, and "I am OK" can be tapped on it."""

from typing import Any

from hub.lone.session import State
from tests.lone.outings import goes, kept, leaps, written
from tests.scenarios.conftest import Begin
from tests.scenarios.outside import ClosedPage
from tests.scenarios.world import House

MINUTE = 60


async def alone(begin: Begin) -> tuple[House, ClosedPage]:
    house = await begin("anna nord", "bo nord", sms=True, push=True)
    return house, await house.town.closed_page(house, "anna")


async def asked(page: ClosedPage) -> Any:
    """The next notification that asks whether they are OK; the tests of the shift come on the same way."""
    while page.came[0]["tag"].startswith("proof:"):
        page.came.popleft()
    return await page.shows()


def numbers(house: House) -> list[str]:
    assert house.sms is not None
    return house.sms.numbers


async def test_i_am_ok_is_tapped_on_the_notification_and_the_time_begins_anew(begin: Begin) -> None:
    house, page = await alone(begin)
    session = await goes(house, "anna")
    await leaps(house, 40 * MINUTE)

    reminder = await asked(page)
    assert (reminder["title"], reminder["actions"]) == ("Er du OK?", [{"action": "ok", "title": "Jeg er OK"}])
    answer = await page.replies(reminder, answer="ok")
    assert (answer.status_code, answer.json()["state"]) == (200, "running")

    await house.passes(30)
    assert numbers(house) == []
    assert (await kept(house, session)).state is State.RUNNING
    entries = await written(house, session)
    signs = [(one.event, one.actor) for one in entries if one.event.startswith("lone_")]
    assert signs == [("lone_started", "anna"), ("lone_reminder", None), ("lone_checked_in", "anna")]


async def test_having_seen_the_notification_is_no_sign_of_life(begin: Begin) -> None:
    house, page = await alone(begin)
    session = await goes(house, "anna")
    await leaps(house, 40 * MINUTE)
    await asked(page)

    await house.passes(20)
    assert numbers(house) == ["+4520000000"]
    await leaps(house, 5 * MINUTE - 20)
    await asked(page)
    await leaps(house, 2 * MINUTE)

    assert (await kept(house, session)).state is State.ALARMED


async def test_a_tap_that_comes_too_late_is_refused_so_that_the_person_opens_the_page(begin: Begin) -> None:
    house, page = await alone(begin)
    session = await goes(house, "anna")
    await leaps(house, 40 * MINUTE)
    await asked(page)
    await leaps(house, 5 * MINUTE)
    last = await asked(page)
    assert last["unsent"] == "Dit svar er IKKE nået frem: åbn Tryghedshub, og svar der."
    await leaps(house, 2 * MINUTE)
    assert (await kept(house, session)).state is State.ALARMED

    answer = await page.replies(last, answer="ok")

    assert (answer.status_code, answer.json()["code"]) == (409, "ran_out")


async def test_each_notification_takes_its_own_answers_only(begin: Begin) -> None:
    house, page = await alone(begin)
    await goes(house, "anna")
    await leaps(house, 40 * MINUTE)
    reminder = await asked(page)
    answer = await page.replies(reminder, answer="coming")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
