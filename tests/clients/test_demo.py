"""The demonstration's parts: its people, its roster, its story, and the folders it leaves alone."""

import socket
import string
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from clients.demo import site
from clients.demo.cast import NoSuchColleague, behaviours, could_be_deaf
from clients.demo.hubchild import PortTaken, check_port, child_environment
from clients.demo.play import ForeignFolder, Play, fresh_folder, made_up_password
from clients.demo.story import PLAIN, WITH_ONE_DEAF, Step, Story, timeline_whole
from clients.demo.texts import DANISH, ENGLISH, LANGUAGES
from hub.people.setup import parse

SUMMER_ENDS = datetime(2026, 10, 24, 0, 33, tzinfo=site.ZONE)


@pytest.mark.parametrize("hours", range(0, 72, 3))
def test_at_every_hour_the_hub_takes_the_site_and_three_colleagues_are_on_duty_with_the_raiser(hours: int) -> None:
    now = SUMMER_ENDS + timedelta(hours=hours)
    made = parse(site.site_toml(now, "skov-lampe-11"))
    assert made.remarks == ()
    awake = {shift.person for shift in made.shifts if shift.unit == "nord" and shift.starts <= now < shift.ends}
    assert awake == {"freja", "mette", "jonas", "amina"}
    assert site.roster_ends(now) > now + timedelta(hours=9)


def test_the_site_has_what_a_newcomer_meets() -> None:
    made = parse(site.site_toml(SUMMER_ENDS, "skov-lampe-11"))
    assert (made.institution.id, made.institution.municipality) == ("solgaarden", "29189999")
    assert {unit.id: unit.neighbours for unit in made.units} == {"nord": ("have",), "have": ("nord",)}
    assert {person.id for person in made.people if made.secrets[person.id].password} == {"freja", "kirsten", "henrik"}
    assert {device.kind.value for device in made.devices} == {"phone", "pc", "wallboard", "button"}
    assert "sleeping" in {shift.duty.value for shift in made.shifts}


def test_both_languages_say_the_same_things() -> None:
    def holes(text: str) -> set[str | None]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}

    assert DANISH.keys() == ENGLISH.keys()
    assert {key: holes(DANISH[key]) for key in DANISH} == {key: holes(ENGLISH[key]) for key in ENGLISH}
    assert next(iter(LANGUAGES)) == "da"


def test_whoever_is_deaf_is_the_one_who_would_have_come() -> None:
    for one in could_be_deaf():
        cast = behaviours(one.first_name)
        assert cast[one.id] == "deaf"
        assert "quick" not in {cast[beside.id] for beside in could_be_deaf()}
    assert behaviours("first")["mette"] == "deaf"


@pytest.mark.parametrize("who", ["Søren", "freja", "nobody"])
def test_nobody_else_can_be_deaf(who: str) -> None:
    with pytest.raises(NoSuchColleague):
        behaviours(who)


def alarm(event: str, state: str, *answers: tuple[str, str]) -> dict[str, Any]:
    said = [{"person": who.casefold(), "name": who, "answer": answer} for who, answer in answers]
    return {"type": "alarm", "event": event, "alarm": {"id": "a1", "state": state, "answers": said}}


def test_a_story_is_told_step_by_step() -> None:
    story = Story("a1", 1000, PLAIN, hearers=2)
    assert story.missing() is Step.STORED
    assert story.hear({"type": "accepted", "alarm": alarm("", "raised")["alarm"]}, 2000)
    heard = [{"name": "Mette"}]
    assert story.hear({"type": "heard", "alarm": "a1", "by": heard}, 3000)
    assert story.missing() is Step.HEARD
    story.hear({"type": "heard", "alarm": "a1", "by": [*heard, {"name": "Jonas"}]}, 4000)
    story.hear(alarm("answered", "acknowledged", ("Mette", "coming"), ("Jonas", "cannot")), 5000)
    story.hear(alarm("answered", "acknowledged", ("Mette", "arrived"), ("Jonas", "cannot")), 6000)
    assert story.missing() is Step.CLEARED
    story.hear(alarm("resolved", "resolved", ("Mette", "arrived")), 7000)
    assert story.over
    assert story.missing() is Step.TIMELINE
    assert story.happened[Step.HEARD].names == ("Mette", "Jonas")
    assert [story.happened[step].after for step in PLAIN[:-1]] == [0, 1000, 3000, 4000, 5000, 6000]


def test_a_story_with_one_deaf_needs_the_alarm_to_go_on() -> None:
    story = Story("a1", 0, WITH_ONE_DEAF, hearers=0)
    story.hear({"type": "heard", "alarm": "a1", "by": []}, 1)
    story.hear(alarm("resolved", "resolved", ("Mette", "arrived")), 2)
    assert story.missing() is Step.ESCALATED
    story.hear(alarm("escalated", "raised"), 3)
    assert story.missing() is Step.TIMELINE


def test_frames_of_other_alarms_are_not_part_of_the_story() -> None:
    story = Story("a2", 0, PLAIN, hearers=1)
    assert not story.hear(alarm("resolved", "resolved", ("Mette", "arrived")), 1)
    assert not story.hear({"type": "heard", "alarm": "a1", "by": [{"name": "Mette"}]}, 1)


def test_a_timeline_without_the_escalation_is_not_whole() -> None:
    said: list[dict[str, Any]] = [{"event": "answered", "facts": {"said": word}} for word in ("coming", "arrived")]
    lines: list[dict[str, Any]] = [{"event": event, "facts": {}} for event in ("raised", "received", "shown")]
    timeline = [*lines, *said, {"event": "resolved", "facts": {}}]
    assert timeline_whole(timeline, PLAIN)
    assert not timeline_whole(timeline, WITH_ONE_DEAF)
    assert not timeline_whole(timeline[1:], PLAIN)
    assert not timeline_whole([], PLAIN)


def test_a_folder_that_the_demonstration_did_not_make_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "hub.db").write_text("somebody's alarms")
    with pytest.raises(ForeignFolder, match="ikke en demonstrationsmappe"):
        fresh_folder(Play(DANISH, data=tmp_path))
    assert (tmp_path / "hub.db").read_text() == "somebody's alarms"


def test_its_own_folder_is_made_anew(tmp_path: Path) -> None:
    play = Play(DANISH, data=tmp_path / "demo")
    (fresh_folder(play) / "hub.db").write_text("yesterday's alarms")
    assert [file.name for file in fresh_folder(play).iterdir()] == ["demonstration.json"]


def test_a_port_that_is_taken_is_one_clear_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port} on 127.0.0.1 is taken .* --port {port + 1}"):
            check_port("127.0.0.1", port)
    check_port("127.0.0.1", port)


def test_a_child_never_gets_the_operators_own_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_DATABASE_URL", "postgresql+asyncpg://real/alarms")
    assert not [name for name in child_environment() if name.startswith("HUB_")]


def test_passwords_are_new_each_time_and_long_enough() -> None:
    made = {made_up_password() for _ in range(20)}
    assert len(made) > 15
    assert min(map(len, made)) >= 8
