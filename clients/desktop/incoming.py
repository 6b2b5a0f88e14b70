"""The window of an alarm that comes in: over the whole screen and everything on it, until the person has answered."""

from typing import Protocol

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QCloseEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from .card import Answering, Card, KeysOfThis
from .groups import Group
from .look import button, incoming_style, label, picture, put
from .ontop import OnTop, at_hand
from .platforms.port import Platform
from .texts import Texts
from .view import Ready, View
from .words import headline, kind_icon, kind_word, ready_word


class Does(Answering, Protocol):
    """What the window asks for when its buttons are pressed."""

    def mute(self) -> None: ...

    def shown(self, keys: list[str]) -> None: ...

    def to_own_button(self) -> None: ...


class Incoming(OnTop):
    """Covers the screen that the person works at."""

    def __init__(self, t: Texts, does: Does, hub: str, platform: Platform) -> None:
        super().__init__(platform, takes_focus=True)
        self._t, self._does, self._hub = t, does, hub
        self.setObjectName("incoming")
        self.setWindowTitle("Tryghedshub – alarm")
        self._cards: dict[str, Card] = {}
        self._order: list[str] = []
        self._style = ""
        self._sign, self._title = QLabel(), label("", "title")
        self._title.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._mute = button(t("Silence"), "sound-off", "#ffffff")
        self._mute.clicked.connect(does.mute)
        self._broken = label("", "problem")
        own = button(t("To my own alarm button"), "alarm", "#ffffff")
        own.clicked.connect(does.to_own_button)
        self._lay_out(own)
        KeysOfThis("Escape", self, does.mute)
        self._clock = QTimer(self, interval=1000)
        self._clock.timeout.connect(self._tick)

    def _lay_out(self, own: QWidget) -> None:
        top = QHBoxLayout()
        top.addWidget(self._sign)
        top.addWidget(self._title, stretch=1)
        top.addWidget(self._mute)
        body = QWidget()
        body.setObjectName("incoming-body")
        self._list = QVBoxLayout(body)
        self._list.setSpacing(20)
        self._list.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(body)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.viewport().setAutoFillBackground(False)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(48, 32, 48, 32)
        inside.setSpacing(20)
        inside.addLayout(top)
        inside.addWidget(self._broken)
        inside.addWidget(scroll, stretch=1)
        inside.addWidget(own, alignment=Qt.AlignmentFlag.AlignLeft)

    def show_view(self, view: View) -> None:
        """Draws what must be on the screen, and takes the screen if there is anything."""
        groups = {group.key: group for group in view.on_top}
        for key in self._cards.keys() - groups.keys():
            self._cards.pop(key).deleteLater()
        for at, (key, group) in enumerate(groups.items()):
            if key not in self._cards:
                self._cards[key] = Card(group, self._t, self._does, self._hub)
            self._cards[key].update_from(group, view)
            self._cards[key].take_keys(first=at == 0)
        if self._order != [*groups]:
            self._order = [*groups]
            for at, key in enumerate(self._order):
                self._list.insertWidget(at, self._cards[key])
        if not groups:
            self._clock.stop()
            self.leave()
            return
        self._head(view)
        if not self.isVisible():
            self._take_the_screen()
        self._does.shown([*groups])

    def _head(self, view: View) -> None:
        first = view.on_top[0]
        several = self._t("{n} open alarms", n=len(view.on_top))
        title = kind_word(first.gravest, self._t) if len(view.on_top) == 1 else several
        if self._title.text() != title or not self.isVisible():
            self._title.setText(title)
            self._title.setAccessibleName(" · ".join(headline(group, self._t) for group in view.on_top))
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, self._title.accessibleName()))
        self._sign.setPixmap(_sign(first))
        self._mute.setVisible(view.crying)
        put(self._broken, ready_word(view, self._t) if view.ready is Ready.DOWN else "")
        style = incoming_style(first.gravest["kind"], first.drill)
        if style != self._style:
            self._style = style
            self.setStyleSheet(style)

    def _take_the_screen(self) -> None:
        # Not on a button: a key that was being pressed for something else must not answer.
        self._title.setFocus()
        self.take(at_hand())
        self._clock.start()

    def _tick(self) -> None:
        for card in self._cards.values():
            card.tick()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's own name
        """An alarm is answered, or put aside for a moment; it is not closed."""
        event.ignore()
        self._does.to_own_button()


def _sign(group: Group) -> QPixmap:
    return picture(kind_icon(group.gravest), 72, "#ffffff")
