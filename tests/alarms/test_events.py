"""How a change is kept, and how it is shown."""

from typing import Any

import pytest

from hub.alarms.alarm import Answer, Said, State
from hub.alarms.events import FRAME_EVENTS, alarm_json, clock_warning, for_forced_raiser, frame, heard_by, name_of
from hub.alarms.outcome import Outcome
from hub.alarms.trigger import Position
from hub.delivery.receipts import Stage
from tests.alarms.sites import ID, SITE, after, an_alarm, row


def test_an_alarm_is_shown_with_the_names_of_all_and_everything() -> None:
    alarm = an_alarm(note="Rum 4", linked_to=ID, pressed_at=after(-1))

    assert alarm_json(alarm, SITE) == {
        "id": ID,
        "institution": "house",
        "unit": "nord",
        "unit_name": "Nord",
        "place": "room-4",
        "place_name": "Værelse 4",
        "kind": "alarm",
        "drill": False,
        "state": "acknowledged",
        "version": 2,
        "step": 0,
        "raised_by": "anna",
        "raised_by_name": "Anna",
        "raised_at": "2026-03-10T13:00:00.000Z",
        "pressed_at": "2026-03-10T12:59:59.000Z",
        "escalates_at": "2026-03-10T13:05:07.000Z",
        "answers": [{"person": "bo", "name": "Bo", "answer": "coming", "at": "2026-03-10T13:00:07.000Z"}],
        "told": 2,
        "deliveries": {"sent": 2, "received": 1, "shown": 1, "failed": 0},
        "note": "Rum 4",
        "linked_to": ID,
    }


def test_what_is_not_there_is_left_out_and_a_unit_nobody_knows_is_null() -> None:
    shown = alarm_json(an_alarm(unit=None, place=None, escalates_at=None, answers={}), SITE)

    assert shown["unit"] is shown["unit_name"] is None
    assert not {"place", "place_name", "escalates_at", "note", "linked_to", "outcome", "position"} & shown.keys()


def test_where_the_raiser_is_is_shown_while_it_concerns_anybody() -> None:
    here = Position(55.6, 12.5, 8.0)
    assert alarm_json(an_alarm(position=here), SITE)["position"] == {"lat": 55.6, "lon": 12.5, "accuracy_m": 8.0}
    assert "position" not in alarm_json(an_alarm(position=here, state=State.RESOLVED), SITE)


def test_answers_are_shown_in_the_order_they_came() -> None:
    answers = {
        "dina": Answer(Said.CANNOT, after(9)),
        "lone": Answer(Said.COMING, after(3)),
        "bo": Answer(Said.COMING, after(9)),
    }
    shown = alarm_json(an_alarm(answers=answers), SITE)
    assert [one["person"] for one in shown["answers"]] == ["lone", "bo", "dina"]


@pytest.mark.parametrize("event", FRAME_EVENTS)
def test_the_frame_of_a_row_is_the_alarm_as_it_was_shown_then(event: str) -> None:
    state = {"withdrawn": State.WITHDRAWN, "resolved": State.RESOLVED}.get(event, State.ACKNOWLEDGED)
    then = an_alarm(state=state)
    if event == "resolved":
        then = an_alarm(state=state, escalates_at=None, outcome=Outcome.REAL, resolved_by="bo", resolved_at=after(9))
    entry = row(then, event)

    assert frame(entry, alarm_json(then, SITE), SITE) == {
        "type": "alarm",
        "cursor": 7,
        "event": FRAME_EVENTS[event],
        "alarm": alarm_json(then, SITE),
    }


def test_a_row_that_is_replayed_later_knows_nothing_of_what_came_after() -> None:
    then = an_alarm(answers={}, state=State.RAISED, version=1, escalates_at=after(20))
    entry = row(then, "raised")
    now = an_alarm(
        state=State.RESOLVED,
        version=9,
        step=4,
        kind="alarm",
        escalates_at=None,
        outcome=Outcome.FALSE,
        resolved_by="bo",
        resolved_at=after(99),
        resolved_note="Intet",
    )

    replayed = frame(entry, alarm_json(now, SITE), SITE)

    assert replayed is not None
    assert replayed["alarm"] == alarm_json(then, SITE)


@pytest.mark.parametrize("event", ["received", "shown", "sent", "not_sent", "delayed"])
def test_a_row_that_no_screen_is_told_of_has_no_frame(event: str) -> None:
    assert frame(row(an_alarm(), event), {}, SITE) is None


@pytest.mark.parametrize(
    ("seconds", "says"),
    [
        (None, None),
        (0, None),
        (60, None),
        (-60, None),
        (61, "1 min ahead"),
        (-3600, "60 min behind"),
        (7200, "120 min"),
    ],
)
def test_a_device_is_told_of_its_clock_once_it_is_off_by_more_than_a_minute(
    seconds: float | None, says: str | None
) -> None:
    warning = clock_warning(an_alarm(pressed_at=None if seconds is None else after(seconds)))
    assert (warning is None) == (says is None)
    assert says is None or says in (warning or "")


@pytest.mark.parametrize(
    ("who", "name"),
    [
        (None, None),
        ("anna", "Anna"),
        ("button-4", "Værelse 4"),
        ("alarm-system", "alarm-system"),
        ("contact:guard", "Vagtselskab"),
        ("contact:gone", "contact:gone"),
        ("left-long-ago", "left-long-ago"),
    ],
)
def test_everyone_has_a_name_to_be_shown_by(who: str | None, name: str | None) -> None:
    assert name_of(SITE, who) == name


def test_only_a_persons_own_device_makes_them_one_who_has_heard() -> None:
    told = {"bo": Stage.SHOWN, "lone": Stage.RECEIVED, "dina": Stage.SENT, "leif": Stage.FAILED}
    assert heard_by(SITE, told) == [
        {"person": "bo", "name": "Bo", "stage": "shown"},
        {"person": "lone", "name": "Lone", "stage": "received"},
    ]


def test_a_forced_raiser_is_shown_that_it_is_gone_and_nothing_of_what_goes_on() -> None:
    alarm = an_alarm(
        under_duress=True, kind="alarm", watch_until=after(90), outcome=Outcome.REAL, resolved_by="bo",
        resolved_at=after(9), resolved_note="Ro på",
    )  # fmt: skip
    shown: dict[str, Any] = for_forced_raiser(alarm, alarm_json(alarm, SITE))

    assert (shown["state"], shown["answers"], shown["kind"]) == ("withdrawn", [], "watch")
    assert not {"escalates_at", "outcome", "resolved_by", "resolved_at", "resolved_note"} & shown.keys()
