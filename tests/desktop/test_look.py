"""What is drawn: signs that are not told by colour alone, large targets, both languages, and text as text."""

import os
from collections.abc import Iterator
from typing import Any, cast

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from clients.desktop.groups import Group, grouped, in_trouble
from clients.desktop.incoming import Incoming
from clients.desktop.look import tray_picture
from clients.desktop.platforms.x11 import X11
from clients.desktop.status import Status
from clients.desktop.texts import texts
from clients.desktop.view import Press, Ready, View
from clients.python import Alarm

SMALLEST = 48


class Deeds:
    """Everything that the windows ask for, written down."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *words: self.asked.append((name, *words))


@pytest.fixture(scope="module")
def qt() -> Iterator[QCoreApplication]:
    """Windows that nobody sees."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    yield QApplication.instance() or QApplication([])
    del os.environ["QT_QPA_PLATFORM"]


def alarm(number: str, **more: Any) -> Alarm:
    stands = {
        "id": number, "unit": "nord", "unit_name": "Afdeling Nord", "kind": "alarm", "state": "raised", "version": 1,
        "step": 0, "raised_by": "lone", "raised_by_name": "Lone & <b>Frandsen</b>", "place_name": "Stue 3",
        "raised_at": f"2026-11-22T10:00:0{number[-1]}.000Z", "answers": [], "deliveries": {}, "told": 2,
    }  # fmt: skip
    return cast(Alarm, {**stands, **more})


def view(*alarms: Alarm, **more: Any) -> View:
    groups = tuple(grouped(alarms))
    return View(**{"person": "jonas", "ready": Ready.NOBODY, "groups": groups, "on_top": groups, **more})


def said(window: QWidget) -> str:
    """Every word that can be seen."""
    parts: list[QLabel | QPushButton] = [*window.findChildren(QLabel), *window.findChildren(QPushButton)]
    return "\n".join(part.text() for part in parts if part.isVisibleTo(window))


def colours(image: QImage) -> set[int]:
    return {image.pixel(x, y) & 0xFFFFFF for x in range(image.width()) for y in range(image.height())}


@pytest.mark.usefixtures("qt")
def test_the_tray_is_grey_and_struck_out_when_nobody_would_hear() -> None:
    drawn = {ready: tray_picture(ready, alarm=False, unknown_here=False).toImage() for ready in Ready}
    assert {ready for ready, image in drawn.items() if 0x8A8F94 in colours(image)} == {
        ready for ready in Ready if ready.grey
    }
    # Without its colours the grey bell is still another sign than the green one, and the broken line than both.
    shapes = {ready: image.createMaskFromColor(0xFFFFFFFF) for ready, image in drawn.items()}
    assert shapes[Ready.NOBODY] != shapes[Ready.ENOUGH]
    assert shapes[Ready.DOWN] not in (shapes[Ready.NOBODY], shapes[Ready.ENOUGH])
    loud = tray_picture(Ready.DOWN, alarm=True, unknown_here=False).toImage()
    assert 0xC8102E in colours(loud)


@pytest.mark.usefixtures("qt")
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("da", ("Jeg kommer", "Til min egen alarmknap", "siden")),
        ("en", ("I am coming", "To my own alarm button", "since")),
    ],
)
def test_an_alarm_is_told_in_the_persons_language_on_large_buttons(language: str, words: tuple[str, ...]) -> None:
    deeds = Deeds()
    window = Incoming(texts(language), deeds, "http://hub.example", X11Unseen())
    window.show_view(
        view(alarm("a1", note="<script>1</script>"), alarm("a2", kind="silent", linked_to="a1"), crying=True)
    )
    assert all(word in said(window) for word in words)
    assert "Lone & <b>Frandsen</b>" in said(window)
    assert "<script>1</script>" in said(window)
    seen = [one for one in window.findChildren(QPushButton) if one.isVisibleTo(window)]
    assert len(seen) == 6
    assert all(min(one.width(), one.height()) >= SMALLEST for one in seen)
    assert ("shown", ["a1"]) in deeds.asked
    QTest.qWait(900)  # the buttons hear nothing at first
    for _ in range(12):
        if isinstance(focus := window.focusWidget(), QPushButton) and focus.property("answer"):
            break
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert [deed for deed in deeds.asked if deed[0] != "shown"] == [("answer", "a1", "coming"), ("mute",)]
    window.show_view(view())
    assert not window.isVisible()


@pytest.mark.usefixtures("qt")
def test_keys_answer_the_first_event_alone() -> None:
    deeds = Deeds()
    window = Incoming(texts("da"), deeds, "http://hub.example", X11Unseen())
    window.show_view(view(alarm("a1"), alarm("a2", kind="watch")))
    QTest.qWait(900)
    QTest.keyClick(window, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    QTest.qWait(300)  # a button that is pressed by its key goes down and up
    window.show_view(view(alarm("a2", kind="watch")))
    QTest.qWait(50)
    QTest.keyClick(window, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    QTest.qWait(300)
    answers = [deed[1:] for deed in deeds.asked if deed[0] == "answer"]
    assert answers == [("a1", "cannot"), ("a2", "coming")]
    window.leave()


class X11Unseen(X11):
    """No X server to give the keyboard to a window."""

    def focus(self, _window: int) -> None:
        return


@pytest.mark.usefixtures("qt")
def test_the_window_says_whether_anybody_would_hear_and_raises_on_the_second_press() -> None:
    deeds = Deeds()
    window = Status(texts("da"), deeds)
    window.show()
    one = view(alarm("a1"), on_top=(), proof="p1", press=Press("mine", "alarm", drill=True))
    window.show_view(one)
    QTest.qWait(1)  # what is new in a window is shown in the next turn
    assert "INGEN kan høre alarmen her nu" in window.windowTitle()
    for words in ("ALARM · Stue 3", "Kan du høre dette?", "ØVELSE", "Sender…"):
        assert words in said(window)
    press = window.findChild(QPushButton, "press")
    assert isinstance(press, QPushButton)
    press.click()
    assert press.text() == "Tryk igen"
    assert not deeds.asked
    press.click()
    assert deeds.asked == [("press",)]
    for strip in window.findChildren(QPushButton, "strip"):
        strip.click()
    assert deeds.asked[1:] == [("prove",), ("open", "a1")]
    window.close()
    assert not window.isVisible()


def test_the_gravest_event_comes_first_and_presses_that_belong_together_are_one() -> None:
    said_to = {"person": "jonas", "answer": "coming", "at": "2026-11-22T10:01:00.000Z"}
    together = [alarm("a1", answers=[said_to]), alarm("a3", linked_to="a1")]
    groups = grouped([alarm("a0", kind="watch"), *together, alarm("a2", drill=True)])
    assert [group.key for group in groups] == ["a1", "a0", "a2"]
    assert groups[0].answered("jonas") is None
    assert Group("a1", tuple(together[:1])).answered("jonas") == "coming"
    assert in_trouble(together, "lone")
    assert not in_trouble([alarm("a1", state="withdrawn"), alarm("a2", drill=True)], "lone")
