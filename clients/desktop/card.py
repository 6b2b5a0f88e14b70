"""One event on the screen of somebody who was told: who, where, since when, and the three answers."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from clients.python import AnswerWord

from .groups import Group
from .look import button, label, put
from .texts import Texts
from .view import Ready, View
from .words import advice, answer_label, answers_word, clock, elapsed, kind_word, place_word, raiser, unit_word

# A hand that was already on its way down when the card appeared has not answered anything.
DEAF_FOR = 700
_ANSWERS: tuple[tuple[AnswerWord, str], ...] = (("coming", "run"), ("arrived", "check"), ("cannot", "cross"))


class Answering(Protocol):
    """What a card asks for when its buttons are pressed."""

    def answer(self, key: str, said: AnswerWord) -> None: ...

    def put_aside(self, key: str) -> None: ...


class Card(QFrame):
    """One group of alarms."""

    def __init__(self, group: Group, t: Texts, does: Answering, hub: str) -> None:
        super().__init__()
        self.setObjectName("card")
        self._t, self._group = t, group
        self._ribbon, self._kind = label("", "ribbon"), label("", "kind")
        self._where = QVBoxLayout()
        self._where_said = ""
        self._since, self._advice, self._note = label("", "since"), label(""), label("")
        self._others, self._problem, self._yours = label(""), label("", "problem"), label("", "since")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(32, 24, 32, 24)
        inside.setSpacing(10)
        inside.addWidget(self._ribbon)
        inside.addWidget(self._kind)
        inside.addLayout(self._where)
        for part in (self._since, self._advice, self._note, self._others, self._problem, self._yours):
            inside.addWidget(part)
        self._buttons = {said: self._answer_button(said, sign, does) for said, sign in _ANSWERS}
        self._row = QWidget()
        row = QHBoxLayout(self._row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        for one in self._buttons.values():
            row.addWidget(one, stretch=1)
        inside.addWidget(self._row)
        self._close = button(t("Close"), "cross", "#ffffff")
        self._close.clicked.connect(lambda: does.put_aside(self._group.key))
        course = button(t("See the course"), "more", "#ffffff")
        course.clicked.connect(lambda: QDesktopServices.openUrl(QUrl(f"{hub}/alarms/{self._group.alarms[0]['id']}")))
        last = QHBoxLayout()
        last.addWidget(course)
        last.addStretch()
        last.addWidget(self._close)
        inside.addLayout(last)
        self._deafen()

    def _answer_button(self, said: AnswerWord, sign: str, does: Answering) -> QPushButton:
        made = button(answer_label(said, self._t), sign, "#14212e")
        made.setProperty("answer", "true")
        give: Callable[[], None] = lambda: does.answer(self._group.key, said)  # noqa: E731
        made.clicked.connect(give)
        return made

    def take_keys(self, first: bool) -> None:
        """Alt+1, 2 and 3 answer the first event on the screen, and no other."""
        for number, one in enumerate(self._buttons.values(), 1):
            keys = QKeySequence(f"Alt+{number}") if first else QKeySequence()
            if one.shortcut() != keys:
                one.setShortcut(keys)
                one.setToolTip(keys.toString())

    @property
    def key(self) -> str:
        return self._group.key

    def update_from(self, group: Group, view: View) -> None:
        """Shows the event as it now stands."""
        t, worst = self._t, group.gravest
        self._group = group
        drill = t("DRILL") if any(one.get("drill") for one in group.alarms) else ""
        withdrawn = any(one["state"] == "withdrawn" for one in group.alarms)
        put(self._ribbon, " · ".join(filter(None, [drill, t("Withdrawn – check in person") if withdrawn else ""])))
        together = t("{n} pressed at once: it is one event", n=len(group.alarms)) if len(group.alarms) > 1 else ""
        # Alone on the screen, it stands under its kind already.
        kind = kind_word(worst, t) if len(view.on_top) > 1 else ""
        put(self._kind, " · ".join(filter(None, [kind, together])))
        self._show_where(group)
        put(self._advice, advice(worst, t))
        put(self._note, "\n".join(note for one in group.alarms if (note := one.get("note"))))
        others = [one for one in group.answers() if one["person"] != view.person]
        said = [answers_word(others, word, t) for word in ("coming", "arrived", "cannot")]
        put(self._others, "\n".join(filter(None, said)))
        self.tick()
        self._show_answer(group, view)

    def tick(self) -> None:
        """Moves the running time on."""
        first = self._group.alarms[0]["raised_at"]
        put(self._since, f"{self._t('since {time}', time=clock(first))}   {elapsed(first)}")

    def _show_where(self, group: Group) -> None:
        lines = [
            (name, text)
            for alarm in group.alarms
            for name, text in (
                ("place", place_word(alarm, self._t)),
                ("person", " · ".join(filter(None, [raiser(alarm), unit_word(alarm)]))),
            )
        ]
        said = repr(lines)
        if said == self._where_said:
            return
        self._where_said = said
        while (old := self._where.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.deleteLater()
        for name, text in lines:
            self._where.addWidget(label(text, name))

    def _show_answer(self, group: Group, view: View) -> None:
        answered = group.answered(view.person)
        sending = view.sending.get(group.key)
        late = self._t("Your answer has NOT arrived yet. Trying again.") if sending and view.ready is Ready.DOWN else ""
        put(self._problem, view.problems.get(group.key, "") or late)
        yours = self._t("You have answered: {answer}", answer=answer_label(answered, self._t)) if answered else ""
        put(self._yours, "" if sending else yours)
        self._row.setVisible(view.person is not None)
        self._close.setVisible(answered is not None or view.person is None)
        for said, one in self._buttons.items():
            chosen = str(said == (sending or answered)).lower()
            if one.property("said") != chosen:
                one.setProperty("said", chosen)
                one.style().unpolish(one)
                one.style().polish(one)

    def _deafen(self) -> None:
        for one in self._buttons.values():
            one.setEnabled(False)
        QTimer.singleShot(DEAF_FOR, self, self._hear_again)

    def _hear_again(self) -> None:
        for one in self._buttons.values():
            one.setEnabled(True)


class KeysOfThis(QShortcut):
    """A shortcut that works wherever in the window the focus is."""

    def __init__(self, keys: str, within: QWidget, does: Callable[[], None]) -> None:
        super().__init__(QKeySequence(keys), within)
        self.activated.connect(does)
