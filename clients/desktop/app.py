"""Joins the parts: the tray, the windows, the line behind them, and the one instance that a session has."""

import getpass
import hashlib
import signal
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction, QIcon
from PySide6.QtNetwork import QLocalServer, QLocalSocket
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox, QSystemTrayIcon

from clients.python import AnswerWord

from .engine import Engine
from .hotkey import NoKey
from .incoming import Incoming
from .look import style, tray_picture
from .own import Own
from .platforms.port import APP_ID, Platform
from .settings import Settings
from .status import Status
from .texts import Texts
from .view import View
from .words import headline, keys_word, ready_word

ANSWERS_WITHIN = 2000  # milliseconds
TRAY_AGAIN_AFTER = 3000


class Tray(QSystemTrayIcon):
    """The sign in the tray and its menu."""

    def __init__(self, t: Texts, app: "App") -> None:
        super().__init__(QIcon(tray_picture(View().ready, alarm=False, unknown_here=False)))
        self._t = t
        self._said = QAction(ready_word(View(), t))
        self._said.setEnabled(False)
        self._menu = QMenu()
        self._menu.addAction(self._said)
        self._menu.addSeparator()
        for word, does in (
            (t("Open"), app.status.come),
            (t("Practise: the next press is a drill"), app.practise),
            (t("Try the sound"), app.try_sound),
            (t("Quit"), app.ask_to_quit),
        ):
            self._menu.addAction(word).triggered.connect(does)
        self.setContextMenu(self._menu)
        self.activated.connect(lambda why: app.status.come() if why == self.ActivationReason.Trigger else None)

    def show_view(self, view: View) -> None:
        unanswered = [group for group in view.groups if not group.answered(view.person)]
        self.setIcon(QIcon(tray_picture(view.ready, bool(unanswered), view.unknown_here)))
        said = " – ".join([*(headline(group, self._t) for group in unanswered), ready_word(view, self._t)])
        self._said.setText(said.replace("&", "&&"))
        self.setToolTip(f"Tryghedshub: {said}")


class App:
    """One running program."""

    def __init__(self, qt: QApplication, settings: Settings, file: Path, t: Texts, platform: Platform) -> None:
        self._qt, self._settings, self._file, self._t = qt, settings, file, t
        self._view, self._never_shown = View(), True
        self._engine = Engine(settings, file.parent, t, platform)
        self.status = Status(t, self)
        self._incoming = Incoming(t, self, settings.hub.rstrip("/"), platform)
        self._own = Own(t, self, platform)
        self._tray = Tray(t, self)
        self._doors = QLocalServer()
        self._doors.newConnection.connect(self._knocked)
        self._engine.changed.connect(self._show)
        self._engine.no_hot_key.connect(self._no_hot_key)
        self.status.say_keys(keys_word(None, settings.key, file, t))
        qt.styleHints().colorSchemeChanged.connect(lambda _: self.status.setStyleSheet(style()))

    def run(self) -> int:
        """Works until the person quits or the session ends."""
        QLocalServer.removeServer(door(self._file))  # left by a program that was killed
        self._doors.listen(door(self._file))
        self._show(self._view)
        self._show_tray()
        self._engine.start()
        # Python hears a signal only while it runs, and Qt waits without it.
        alive = QTimer(interval=300)
        alive.timeout.connect(lambda: None)
        alive.start()
        for ending in (signal.SIGINT, signal.SIGTERM):
            signal.signal(ending, lambda *_: self._end())
        try:
            return self._qt.exec()
        finally:
            self._engine.stop()

    def _show_tray(self) -> None:
        """A tray may come later than the programs of the session; without one, the window stands in for it."""
        if QSystemTrayIcon.isSystemTrayAvailable():
            self._tray.show()
            return
        if self._never_shown:
            self._never_shown = False
            self.status.come()
        QTimer.singleShot(TRAY_AGAIN_AFTER, self._show_tray)

    def _knocked(self) -> None:
        """Somebody started the program once more: they want to see it."""
        knocking = self._doors.nextPendingConnection()
        if knocking is not None:
            knocking.disconnected.connect(knocking.deleteLater)
            knocking.write(b"here\n")
            knocking.flush()
            knocking.disconnectFromServer()
        self.status.come()

    def _show(self, view: View) -> None:
        self._view = view
        self._tray.show_view(view)
        self.status.show_view(view)
        self._own.show_view(view)
        self._incoming.show_view(view)

    def _no_hot_key(self, why: NoKey) -> None:
        self.status.say_keys(keys_word(why, self._settings.key, self._file, self._t))
        self.status.come()

    # --- what the windows ask for

    def press(self) -> None:
        self._engine.do(lambda desk: desk.press())

    def practise(self) -> None:
        self._engine.do(lambda desk: desk.practise())

    def withdraw(self, pin: str | None) -> None:
        self._engine.do(lambda desk: desk.withdraw(pin))

    def done(self) -> None:
        self._engine.do(lambda desk: desk.done())

    def answer(self, key: str, said: AnswerWord) -> None:
        self._engine.do(lambda desk: desk.answer(key, said))

    def put_aside(self, key: str) -> None:
        self._engine.do(lambda desk: desk.put_aside(key))

    def open(self, key: str) -> None:
        self._engine.do(lambda desk: desk.open(key))

    def mute(self) -> None:
        self._engine.do(lambda desk: desk.mute())

    def shown(self, keys: list[str]) -> None:
        self._engine.do(lambda desk: desk.shown(keys))

    def prove(self) -> None:
        self._engine.do(lambda desk: desk.prove())

    def try_sound(self) -> None:
        self._engine.do(lambda desk: desk.try_sound())

    def to_own_button(self) -> None:
        """Everything out of the way of the person's own button, which is needed now."""
        for group in self._view.on_top:
            self.put_aside(group.key)
        self.status.come()

    def ask_to_quit(self) -> None:
        t = self._t
        asked = QMessageBox(QMessageBox.Icon.Warning, "Tryghedshub", t("Then this computer receives no alarms."))
        leave = asked.addButton(t("Quit"), QMessageBox.ButtonRole.DestructiveRole)
        stay = asked.addButton(t("Close"), QMessageBox.ButtonRole.RejectRole)
        asked.setDefaultButton(stay)
        asked.setEscapeButton(stay)
        asked.setStyleSheet(style())
        asked.exec()
        if asked.clickedButton() is leave:
            self._end()

    def _end(self) -> None:
        # quit() would first ask each window, and these do not let themselves be closed.
        self._qt.exit(0)


def door(file: Path) -> str:
    """Where a person's program with these settings can be knocked at."""
    return f"tryghedshub-{hashlib.sha256(f'{getpass.getuser()} {file.resolve()}'.encode()).hexdigest()[:16]}"


def runs_already(file: Path) -> bool:
    """Whether a program with these settings is running; if so, it shows itself."""
    knocking = QLocalSocket()
    knocking.connectToServer(door(file))
    return knocking.waitForConnected(ANSWERS_WITHIN) and knocking.waitForReadyRead(ANSWERS_WITHIN)


def run(settings: Settings, file: Path, t: Texts, platform: Platform) -> int:
    """Runs the program, or brings the running one to the front."""
    platform.prepare()
    qt = QApplication(["tryghedshub-desktop"])
    qt.setDesktopFileName(APP_ID)
    qt.setQuitOnLastWindowClosed(False)
    if runs_already(file):
        return 0
    return App(qt, settings, file, t, platform).run()
