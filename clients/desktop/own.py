"""How far an alarm of one's own has come: only what the hub or a colleague's device has confirmed."""

from typing import Protocol

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from .look import button, label, picture, put, style
from .ontop import OnTop, at_hand
from .platforms.port import Platform
from .texts import Texts
from .view import Press, View
from .words import kind_word, loud, place_word, rungs

WIDTH, MARGIN = 480, 24


class Withdrawing(Protocol):
    """What the card asks for when its buttons are pressed."""

    def withdraw(self, pin: str | None) -> None: ...

    def done(self) -> None: ...


class PressCard(QWidget):
    """How far an alarm of one's own has come, and the way to take it back."""

    def __init__(self, t: Texts, does: Withdrawing) -> None:
        super().__init__()
        self._t, self._does = t, does
        self._what = label("", "headline")
        self._drill, self._loud, self._problem = label("", "loud"), label("", "loud"), label("", "loud")
        self._ladder = [(QLabel(), label("")) for _ in range(6)]
        self._pin = QLineEdit()
        self._pin.setEchoMode(QLineEdit.EchoMode.Password)
        self._pin.setMaxLength(12)
        self._pin.setPlaceholderText(t("Your PIN"))
        self._pin.setAccessibleName(t("Your PIN"))
        self._withdraw, self._done = button(t("Withdraw the alarm")), button(t("Close"))
        self._withdraw.clicked.connect(self._take_back)
        self._pin.returnPressed.connect(self._take_back)
        self._done.clicked.connect(does.done)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(0, 0, 0, 0)
        for above in (self._what, self._drill, self._loud):
            inside.addWidget(above)
        for sign, text in self._ladder:
            rung = QHBoxLayout()
            rung.addWidget(sign)
            rung.addWidget(text, stretch=1)
            inside.addLayout(rung)
        for below in (self._problem, self._pin, self._withdraw, self._done):
            inside.addWidget(below)
        inside.addStretch()

    def _take_back(self) -> None:
        self._does.withdraw(self._pin.text() or None)
        self._pin.clear()

    def show_press(self, press: Press, view: View) -> None:
        t = self._t
        put(self._what, f"{kind_word(press.alarm, t)} · {place_word(press.alarm, t)}" if press.alarm else "")
        put(self._drill, t("DRILL") if press.drill else "")
        put(self._loud, loud(press, view, t))
        put(self._problem, press.problem)
        steps = [] if press.refused else list(rungs(press, t))
        for at, (sign, text) in enumerate(self._ladder):
            word, reached = steps[at] if at < len(steps) else ("", False)
            sign.setVisible(bool(word))
            sign.setPixmap(picture("check" if reached else "waiting", 28, "#1f8a50" if reached else "#808890"))
            put(text, word)
            text.setAccessibleDescription("" if reached or not word else t("not yet"))
        state = press.alarm["state"] if press.alarm else ""
        self._pin.setVisible(press.asks_pin)
        self._withdraw.setVisible(state in {"raised", "acknowledged"})
        self._done.setVisible(press.over)


class Own(OnTop):
    """The card over everything else, in a corner, unless nobody in the room may see that help was called."""

    def __init__(self, t: Texts, does: Withdrawing, platform: Platform) -> None:
        super().__init__(platform, takes_focus=False)
        self.setObjectName("status")
        self.setWindowTitle(f"Tryghedshub – {t('Raise an alarm')}")
        self.setStyleSheet(style())
        self._card = PressCard(t, does)
        self._inside = QVBoxLayout(self)
        self._inside.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        self._inside.addWidget(self._card)

    def show_view(self, view: View) -> None:
        press = view.press
        if press is None or press.kind == "silent":
            self.leave()
            return
        self._card.show_press(press, view)
        wraps = self._inside.hasHeightForWidth()
        tall = self._inside.heightForWidth(WIDTH) if wraps else self.sizeHint().height()
        screen = at_hand() if not self.isVisible() else self.screen().geometry()
        self.take(QRect(screen.right() - WIDTH - MARGIN, screen.top() + MARGIN, WIDTH, tall))
