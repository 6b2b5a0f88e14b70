"""A window that stays over all others, also over one that fills the screen."""

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtWidgets import QWidget

from .platforms.port import Platform

# Whatever was put over the window since then is under it again after this many milliseconds.
ON_TOP_EVERY = 400


class OnTop(QWidget):
    """Takes its place on the screen, and keeps it until it leaves."""

    def __init__(self, platform: Platform, *, takes_focus: bool) -> None:
        super().__init__()
        flags = Qt.WindowType.Window | Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint
        if platform.past_the_manager:
            flags |= Qt.WindowType.BypassWindowManagerHint
        self.setWindowFlags(flags)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating, not takes_focus)
        self._platform, self._takes_focus = platform, takes_focus
        self._keep = QTimer(self, interval=ON_TOP_EVERY)
        self._keep.timeout.connect(self._stay_on_top)

    def take(self, place: QRect) -> None:
        """Here, and over everything."""
        self.setGeometry(place)
        self.show()
        self._stay_on_top()
        self._keep.start()

    def leave(self) -> None:
        self._keep.stop()
        self.hide()

    def _stay_on_top(self) -> None:
        self.raise_()
        if self._takes_focus and not self.isActiveWindow():
            self.activateWindow()
            self._platform.focus(int(self.winId()))


def at_hand() -> QRect:
    """The screen that the person works at."""
    screen = QGuiApplication.screenAt(QCursor.pos()) or QGuiApplication.primaryScreen()
    return screen.geometry()
