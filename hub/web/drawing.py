"""Numbers as bars: where each bar, word and line of a drawing stands; a template only puts them there."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 340.0
_ROOM_FOR_NUMBERS = 74.0
_BAR, _GAP, _LABEL = 13.0, 10.0, 17.0
_HIGH, _TOP, _FOOT = 110.0, 16.0, 22.0
_LEGEND = 22.0
# With more columns than this only every third can say what it is.
_ROOM_FOR_LABELS = 13


@dataclass(frozen=True, slots=True)
class Series:
    """One sort of bars: their numbers, and the same in words; a number that is hidden is None."""

    name: str
    values: tuple[float | None, ...]
    texts: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.values) != len(self.texts):
            raise ValueError("each number has its words")


@dataclass(frozen=True, slots=True)
class Chart:
    """Numbers to be shown as a picture, and as the table that stands beside it."""

    id: str
    title: str
    head: str
    """What the labels are."""
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    upright: bool = False
    targets: tuple[float, ...] = ()
    """Where a line stands across each row."""
    most: float | None = None
    note: str = ""
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    """The table, where it says more than the picture."""

    @property
    def table(self) -> tuple[tuple[str, ...], Sequence[tuple[str, ...]]]:
        if self.heads:
            return self.heads, self.rows
        lines = [(label, *(one.texts[n] for one in self.series)) for n, label in enumerate(self.labels)]
        return (self.head, *(one.name for one in self.series)), lines

    @property
    def says(self) -> str:
        """The whole picture in words."""
        lines = (
            f"{label}: {', '.join(f'{one.name} {one.texts[n]}' for one in self.series)}"
            for n, label in enumerate(self.labels)
        )
        return f"{self.title}. {'; '.join(lines)}."


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    sort: int


@dataclass(frozen=True, slots=True)
class Word:
    x: float
    y: float
    text: str
    anchor: str = "start"
    size: float = 12.0


@dataclass(frozen=True, slots=True)
class Drawing:
    """All that a picture is made of."""

    id: str
    says: str
    height: float
    bars: tuple[Bar, ...]
    words: tuple[Word, ...]
    lines: tuple[tuple[float, float, float, float], ...]
    width: float = WIDTH


def drawn(chart: Chart) -> Drawing:
    """The chart as a picture."""
    bars, words = _legend(chart)
    more = _columns(chart) if chart.upright else _rows(chart)
    return Drawing(chart.id, chart.says, more[0], (*bars, *more[1]), (*words, *more[2]), tuple(more[3]))


def _legend(chart: Chart) -> tuple[list[Bar], list[Word]]:
    if len(chart.series) < 2:
        return [], []
    bars, words, x = [], [], 1.0
    for sort, one in enumerate(chart.series):
        bars.append(Bar(x, 3, 12, 12, sort))
        words.append(Word(x + 18, 13.5, one.name))
        x += 40 + 7 * len(one.name)
    return bars, words


def _most(chart: Chart) -> float:
    known = [value for one in chart.series for value in one.values if value is not None]
    return chart.most or max([*known, *chart.targets, 0.0]) or 1.0


Parts = tuple[float, list[Bar], list[Word], list[tuple[float, float, float, float]]]


def _rows(chart: Chart) -> Parts:
    """Bars that lie: each below its label, which may be long."""
    scale = (WIDTH - _ROOM_FOR_NUMBERS) / _most(chart)
    bars: list[Bar] = []
    words: list[Word] = []
    lines: list[tuple[float, float, float, float]] = []
    y = _LEGEND if len(chart.series) > 1 else 2.0
    for n, label in enumerate(chart.labels):
        words.append(Word(0, y + 12, label))
        top = y = y + _LABEL
        for sort, one in enumerate(chart.series):
            value = one.values[n]
            if value:
                bars.append(Bar(1, y, max(value * scale, 1.5), _BAR - 2, sort))
            # Beside a line that crosses the row, a number stands where the line cannot cross it.
            end = _most(chart) if chart.targets else value or 0
            words.append(Word(end * scale + 7, y + 10, one.texts[n]))
            y += _BAR
        if chart.targets:
            x = 1 + chart.targets[n] * scale
            lines.append((x, top - 4, x, y + 1))
        y += _GAP
    return y, bars, words, lines


def _columns(chart: Chart) -> Parts:
    """Bars that stand beside each other, as hours and days do."""
    top = _TOP + (_LEGEND if len(chart.series) > 1 else 0)
    base, slot = top + _HIGH, WIDTH / len(chart.labels)
    scale = _HIGH / _most(chart)
    wide = (slot - 4) / len(chart.series)
    every = 1 if len(chart.labels) <= _ROOM_FOR_LABELS else 3
    bars: list[Bar] = []
    words: list[Word] = []
    for n, label in enumerate(chart.labels):
        left = n * slot + 2
        for sort, one in enumerate(chart.series):
            value, x = one.values[n], left + sort * wide
            high = (value or 0) * scale
            if value:
                bars.append(Bar(x, base - high, wide - 1, high, sort))
            if value or value is None:
                words.append(Word(x + wide / 2, base - high - 4, one.texts[n] if value else "×", "middle", 10))
        if n % every == 0:
            words.append(Word(left + slot / 2 - 2, base + 15, label, "middle", 11))
    return base + _FOOT, bars, words, [(0, base, WIDTH, base)]
