"""What of a session leaves the house, and what of it is kept where nothing can be taken out again."""

import orjson

from tests.lone.outings import HERE, does, goes, leaps, written
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House, phone_number

MINUTE = 60
SECRETS = ("Skovvej", "Fru Hansen", "55.67", "12.56")


async def house_with(begin: Begin, *connected: str) -> House:
    house = await begin("anna nord", "bo nord", sms=True)
    await house.connect(*connected)
    return house


def texts(house: House) -> list[tuple[str, str, str]]:
    """Who was sent what, and forgets it."""
    assert house.sms is not None
    sent = [(address, notice.title, notice.text) for address, notice in house.sms.sent]
    house.sms.sent.clear()
    return sent


async def test_a_person_without_a_screen_is_called_outside(begin: Begin) -> None:
    house = await house_with(begin)
    await goes(house, "anna")
    await leaps(house, 40 * MINUTE)
    assert texts(house) == [
        (phone_number("anna"), "Er du OK?", "Din tid alene slutter kl. 14.45. Meld, at du er OK, eller forlæng den.")
    ]
    await leaps(house, 5 * MINUTE)
    ((address, title, text),) = texts(house)
    assert (address, title) == (phone_number("anna"), "Er du OK?")
    assert text == "Din tid alene er gået. Uden livstegn slås der alarm kl. 14.47."


async def test_a_screen_that_is_there_needs_no_reminder_outside_but_a_deaf_one_is_warned(begin: Begin) -> None:
    house = await house_with(begin, "anna")
    await goes(house, "anna")
    await leaps(house, 40 * MINUTE)
    await leaps(house, 5 * MINUTE)
    await house.passes(19)
    assert texts(house) == []
    await house.passes(1)
    assert [address for address, _, _ in texts(house)] == [phone_number("anna")]


async def test_a_sign_of_life_cancels_what_was_to_be_sent(begin: Begin) -> None:
    house = await house_with(begin, "anna")
    session = await goes(house, "anna")
    await leaps(house, 45 * MINUTE)
    await does(house, "anna", session, "check-in")
    await leaps(house, 5 * MINUTE)
    assert texts(house) == []


async def test_neither_a_place_nor_a_purpose_leaves_the_house_or_stands_in_the_journal(begin: Begin) -> None:
    house = await house_with(begin)
    session = await goes(house, "anna", place="Skovvej 4", purpose="Fru Hansen", position=HERE)
    for minutes in (40, 5, 1):
        await leaps(house, minutes * MINUTE)
    await does(house, "anna", session, "check-in", position=HERE)
    for minutes in (40, 5, 2):
        await leaps(house, minutes * MINUTE)
    await leaps(house, MINUTE)
    sent = texts(house)
    assert phone_number("bo") in [address for address, _, _ in sent], "the alarm itself went out"
    entries = await written(house, session)
    assert [entry.event.removeprefix("lone_") for entry in entries if entry.event.startswith("lone_")] == [
        *("started", "reminder", "grace", "checked_in", "reminder", "grace", "alarmed"),
    ]
    kept = orjson.dumps([dict(entry.facts) for entry in entries]).decode() + repr(sent)
    assert not [secret for secret in SECRETS if secret in kept]
    assert [entry.actor for entry in entries if entry.event in ("lone_started", "lone_alarmed")] == ["anna", None]
