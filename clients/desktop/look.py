"""Colours, sizes and signs: the page's own, so that a PC and a phone look like one thing."""

from functools import cache
from xml.etree import ElementTree as ET

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from .texts import WEB
from .view import Ready

_SVG = "{http://www.w3.org/2000/svg}"
# Light, dark.
_COLOURS = {
    "paper": ("#f5f3ee", "#0b0f14"),
    "surface": ("#fffefb", "#141b23"),
    "ink": ("#14212e", "#edf1f5"),
    "soft": ("#4c5a67", "#aab6c2"),
    "edge": ("#7a7568", "#77828e"),
    "focus": ("#0b57d0", "#8fc1ff"),
    "red": ("#c8102e", "#cf1f3c"),
    "red-text": ("#a80d26", "#ff9aa5"),
    "green-text": ("#136b3c", "#5fd394"),
    "amber-text": ("#7a4a00", "#ffc65c"),
}
KIND_COLOURS = {"alarm": "#c8102e", "silent": "#2b3a49", "assist": "#7a4a00", "watch": "#1c5189"}
OTHER_COLOUR = "#0d4a5a"
TARGET = 64  # pixels; a hand that shakes needs more than the 48 that a page must have

_STYLE = """
QWidget {{ font-size: 17px; color: {ink}; }}
QWidget#status, QWidget#status-body {{ background: {paper}; }}
QLabel {{ background: transparent; }}
QLabel#headline {{ font-size: 22px; font-weight: 700; }}
QLabel#loud {{ color: {red-text}; font-weight: 700; font-size: 19px; }}
QLabel#soft {{ color: {soft}; }}
QFrame#card {{ background: {surface}; border: 1px solid {edge}; border-radius: 16px; }}
QPushButton {{ min-height: {target}px; padding: 4px 18px; border: 2px solid {edge}; border-radius: 12px;
  background: {surface}; font-weight: 600; }}
QPushButton:focus, QLineEdit:focus {{ border: 4px solid {focus}; }}
QPushButton:disabled {{ color: {soft}; }}
QPushButton#press {{ min-height: 150px; background: {red}; color: white; border-color: {red}; font-size: 34px;
  border-radius: 24px; }}
QPushButton#press:focus {{ border: 5px solid {ink}; }}
QPushButton#strip {{ text-align: left; }}
QLineEdit {{ min-height: 48px; padding: 4px 12px; border: 2px solid {edge}; border-radius: 12px;
  background: {surface}; }}
QScrollArea {{ border: 0; background: transparent; }}
"""
_INCOMING = """
QWidget#incoming {{ background: {kind}; }}
QWidget#incoming-body {{ background: transparent; }}
QLabel {{ color: white; background: transparent; font-size: 22px; }}
QLabel#title {{ font-size: 56px; font-weight: 800; }}
QLabel#kind {{ font-size: 34px; font-weight: 800; }}
QLabel#place {{ font-size: 52px; font-weight: 800; }}
QLabel#person {{ font-size: 30px; }}
QLabel#since {{ font-size: 24px; }}
QLabel#ribbon {{ background: white; color: #14212e; font-size: 26px; font-weight: 800; padding: 8px 16px; }}
QLabel#problem {{ background: white; color: #a80d26; font-weight: 700; padding: 8px 16px; }}
QFrame#card {{ background: rgba(0, 0, 0, 60); border: 0; border-radius: 20px; }}
QPushButton {{ min-height: {target}px; padding: 4px 20px; border: 3px solid white; border-radius: 14px;
  background: transparent; color: white; font-size: 20px; font-weight: 600; }}
QPushButton:focus {{ border: 6px solid #ffd33d; }}
QPushButton:disabled {{ color: rgba(255, 255, 255, 200); border-color: rgba(255, 255, 255, 160); }}
QPushButton[answer="true"] {{ min-height: 104px; background: white; color: #14212e; font-size: 30px;
  font-weight: 800; }}
QPushButton[answer="true"]:disabled {{ color: #4c5a67; }}
QPushButton[said="true"] {{ border: 6px solid #5fd394; background: #e3f2e8; }}
QScrollArea {{ border: 0; background: transparent; }}
"""


def dark() -> bool:
    return QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Dark


def colour(name: str) -> str:
    return _COLOURS[name][dark()]


def style() -> str:
    """The status window's style sheet in the person's own scheme."""
    return _STYLE.format(target=TARGET, **{name: colour(name) for name in _COLOURS})


def incoming_style(kind: str, drill: bool) -> str:
    """The style sheet of the window that covers the screen: the kind gives its colour, a drill takes it away."""
    filled = "#4c5a67" if drill else KIND_COLOURS.get(kind, OTHER_COLOUR)
    return _INCOMING.format(target=TARGET, kind=filled)


def label(text: str, name: str = "", within: QWidget | None = None) -> QLabel:
    """A text that is only ever text: what people have written is shown as they wrote it."""
    made = QLabel(within)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setWordWrap(True)
    made.setObjectName(name)
    made.setText(text)
    return made


def put(into: QLabel, text: str) -> None:
    """Shows the text, or nothing at all without one."""
    if into.text() != text:
        into.setText(text)
    into.setVisible(bool(text))


def button(text: str, sign: str = "", ink: str = "", name: str = "") -> QPushButton:
    """A large button; an ampersand in its text is an ampersand."""
    made = QPushButton(f"{' ' if sign else ''}{text.replace('&', '&&')}")
    made.setObjectName(name)
    made.setAutoDefault(False)
    if sign:
        made.setIcon(QIcon(picture(sign, 40, ink or colour("ink"))))
        made.setIconSize(made.iconSize() * 2)
    return made


@cache
def _symbols() -> dict[str, str]:
    tree = ET.parse(WEB / "static" / "icons.svg")  # noqa: S314 - our own file
    return {
        symbol.attrib["id"]: "".join(ET.tostring(part, encoding="unicode") for part in symbol)
        for symbol in tree.iter(f"{_SVG}symbol")
    }


def picture(sign: str, size: int, ink: str) -> QPixmap:
    """One of the page's own signs, in one colour."""
    image = QPixmap(size, size)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        draw(painter, sign, QRectF(0, 0, size, size), ink)
    return image


def draw(painter: QPainter, sign: str, into: QRectF, ink: str) -> None:
    drawn = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{ink}" stroke-width="2" '
        f'stroke-linecap="round" stroke-linejoin="round">{_symbols()[sign]}</svg>'
    )
    QSvgRenderer(QByteArray(drawn.encode())).render(painter, into)


def tray_picture(ready: Ready, alarm: bool, unknown_here: bool, size: int = 64) -> QPixmap:
    """The tray's sign: grey and struck out when nobody would hear, and never told by its colour alone."""
    grey = (ready.grey or unknown_here) and not alarm
    ground = "#c8102e" if alarm else "#8a8f94" if grey else "#7a4a00" if ready is Ready.FEW else "#136b3c"
    sign = "alarm" if alarm else "broken" if ready in {Ready.DOWN, Ready.CONNECTING} or unknown_here else "bell"
    image = QPixmap(size, size)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(0, 0, size, size, size / 4, size / 4)
        draw(painter, sign, QRectF(size / 8, size / 8, size * 3 / 4, size * 3 / 4), "#ffffff")
        if grey and sign == "bell":
            pen = painter.pen()
            pen.setColor(QColor("#ffffff"))
            pen.setWidthF(size / 10)
            pen.setStyle(Qt.PenStyle.SolidLine)
            painter.setPen(pen)
            painter.drawLine(size // 6, size // 6, size * 5 // 6, size * 5 // 6)
    return image
