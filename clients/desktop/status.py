"""The program's own window: would anybody hear, the button, how far an own alarm has come, and what was put aside."""

from typing import Protocol

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QIcon
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from .look import button, label, put, style, tray_picture
from .own import PressCard, Withdrawing
from .texts import Texts
from .view import View
from .words import headline, ready_word

# The second press must come within this many milliseconds.
ARMED_FOR = 4000


class Does(Withdrawing, Protocol):
    """What the window asks for when its buttons are pressed."""

    def press(self) -> None: ...

    def practise(self) -> None: ...

    def open(self, key: str) -> None: ...

    def prove(self) -> None: ...


class PressButton(QPushButton):
    """Two presses raise an alarm: one may have been an accident."""

    def __init__(self, t: Texts, does: Does) -> None:
        super().__init__(t("Raise an alarm"))
        self._t, self._does = t, does
        self.setObjectName("press")
        self.setAutoDefault(False)
        self._armed = QTimer(self, singleShot=True, interval=ARMED_FOR)
        self._armed.timeout.connect(self._calm)
        self.clicked.connect(self._clicked)

    def _clicked(self) -> None:
        if self._armed.isActive():
            self._armed.stop()
            self._calm()
            self._does.press()
        else:
            self._armed.start()
            self.setText(self._t("Press again"))
            self.setAccessibleDescription(self._t("Nothing is sent yet. Press again to send."))

    def _calm(self) -> None:
        self.setText(self._t("Raise an alarm"))
        self.setAccessibleDescription("")


class Status(QWidget):
    """Opened from the tray."""

    def __init__(self, t: Texts, does: Does) -> None:
        super().__init__()
        self._t, self._does = t, does
        self.setObjectName("status")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle("Tryghedshub")
        self.setMinimumWidth(560)
        self._sign, self._ready = QLabel(), label("", "headline")
        self._unit, self._keys = label("", "soft"), label("", "soft")
        self._press = PressButton(t, does)
        self._practise = button(t("Practise: the next press is a drill"), "drill")
        self._practise.setCheckable(True)
        self._practise.clicked.connect(does.practise)
        self._proof = button(t("Can you hear this? Tap here"), "ear", name="strip")
        self._proof.clicked.connect(does.prove)
        self._card = PressCard(t, does)
        self._strips = QVBoxLayout()
        self._strips_said = ""
        top = QHBoxLayout()
        top.addWidget(self._sign)
        top.addWidget(self._ready, stretch=1)
        inside = QVBoxLayout(self)
        inside.setContentsMargins(24, 20, 24, 20)
        inside.setSpacing(12)
        inside.addLayout(top)
        inside.addWidget(self._unit)
        inside.addWidget(self._proof)
        inside.addLayout(self._strips)
        for part in (self._card, self._press, self._keys, self._practise):
            inside.addWidget(part)
        inside.addStretch()
        self.setStyleSheet(style())

    def say_keys(self, text: str) -> None:
        """What the hot key does, or why there is none."""
        put(self._keys, text)

    def show_view(self, view: View) -> None:
        alarm = any(not group.answered(view.person) for group in view.groups)
        self._sign.setPixmap(tray_picture(view.ready, alarm, view.unknown_here, 48))
        self.setWindowIcon(QIcon(tray_picture(view.ready, alarm, view.unknown_here)))
        self._ready.setText(ready_word(view, self._t))
        self.setWindowTitle(f"Tryghedshub – {self._ready.text()}")
        put(self._unit, view.unit)
        self._proof.setVisible(view.proof is not None)
        t = self._t
        waits, asks = t("The next press within a minute is a drill."), t("Practise: the next press is a drill")
        self._practise.setText(f" {waits if view.practising else asks}")
        self._practise.setChecked(view.practising)
        self._card.setVisible(view.press is not None)
        if view.press is not None:
            self._card.show_press(view.press, view)
        self._show_strips(view)

    def _show_strips(self, view: View) -> None:
        strips = [(group.key, headline(group, self._t)) for group in view.groups if group not in view.on_top]
        if repr(strips) == self._strips_said:
            return
        self._strips_said = repr(strips)
        while (old := self._strips.takeAt(0)) is not None:
            if (widget := old.widget()) is not None:
                widget.deleteLater()
        for key, text in strips:
            strip = button(f"{text}  –  {self._t('Open')}", "alarm", name="strip")
            strip.clicked.connect(lambda _=False, key=key: self._does.open(key))
            self._strips.addWidget(strip)

    def come(self) -> None:
        """To the front, for the person to see."""
        self.showNormal()
        self.raise_()
        self.activateWindow()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's own name
        """The window goes; the program stays in the tray."""
        event.ignore()
        self.hide()
