"""The story in the terminal: a live display for a person, plain lines for a log."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from clients.button.colleague import Deed

from .site import ZONE, Player
from .story import Happened, Step, Story
from .texts import Words

_WIDEST = 54  # the longest step, so that the times stand still while the names come


class Screen:
    """Draws one story and what the colleagues do in it."""

    def __init__(self, console: Console, words: Words, players: Sequence[Player], cast: Mapping[str, str]) -> None:
        self.console, self.words = console, words
        self.story: Story | None = None
        self.deeds: dict[str, dict[str, Deed]] = {one.id: {} for one in players}
        self._players, self._cast = players, cast
        self._live: Live | None = None
        self._said: set[Step] = set()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Draws as things happen, until the block ends."""
        if not self.console.is_terminal:
            yield
            return
        with Live(self, console=self.console, refresh_per_second=15) as self._live:
            yield

    def deed(self, deed: Deed) -> None:
        """Keeps what a colleague did."""
        self.deeds[deed.who].setdefault(deed.what, deed)

    def moved(self) -> None:
        """The story has moved on: a log gets its new lines."""
        if self._live is not None or self.story is None:
            return
        for step in self.story.steps:
            happened = self.story.happened.get(step)
            if happened is not None and step not in self._said:
                self._said.add(step)
                self.console.print(f"{in_seconds(happened.after):>9}  {self.step_text(step, happened)}")

    def __rich__(self) -> RenderableType:
        return Group(self._steps(), Text(), self._colleagues())

    def step_text(self, step: Step, happened: Happened | None = None) -> str:
        """The step in words, with names once it has happened."""
        names = _joined(happened.names) if happened else ""
        match step:
            case Step.HEARD:
                count = len(happened.names) if happened else self.story.hearers if self.story else 0
                return self.words["heard"].format(count=count) + (f": {names}" if names else "")
            case Step.COMING | Step.ARRIVED | Step.RESUMED | Step.RESTARTED if happened is None:
                return self.words[f"{step}_soon"]
        return self.words[step.value].format(names=names)

    def measured(self) -> Table:
        """What each step and each colleague took, counted from the press."""
        table = Table(title=self.words["measured"], title_justify="left", caption=self.words["measured_note"])
        table.add_column(self.words["colleague"])
        for key in ("received_at", "shown_at"):
            table.add_column(self.words[key], justify="right")
        table.add_column(self.words["did"])
        for one in self._players:
            table.add_row(one.name, *self._figures(one))
        if self.story is not None and (stored := self.story.happened.get(Step.STORED)) is not None:
            table.add_section()
            table.add_row(self.words["stored"], _milliseconds(stored.after))
        return table

    def record(self, timeline: Sequence[Mapping[str, Any]]) -> Table:
        """The hub's own timeline of the alarm."""
        table = Table(title=self.words["record"], title_justify="left")
        for key in ("at", "event", "who"):
            table.add_column(self.words[key])
        for line in timeline:
            by = line.get("by") or {}
            at = datetime.fromisoformat(line["at"]).astimezone(ZONE)
            table.add_row(
                f"{at:%H:%M:%S}.{at.microsecond // 1000:03}", self._event(line), by.get("name") or "Tryghedshub"
            )
        return table

    def _steps(self) -> Table:
        table = Table(box=None, show_header=False, padding=(0, 2))
        if self.story is None:
            return table
        table.add_column()
        table.add_column(min_width=_WIDEST)
        table.add_column(justify="right", min_width=8)
        waiting = self.story.missing()
        for step in self.story.steps:
            happened = self.story.happened.get(step)
            if happened is None:
                mark, style = ("…", "bold yellow") if step is waiting else ("·", "dim")
            else:
                mark, style = ("!", "bold yellow") if step in (Step.ESCALATED, Step.KILLED) else ("✓", "bold green")
            text = self.step_text(step, happened)
            if step is Step.HEARD and happened is None and self.story.hearing:
                text = self.words["heard_so_far"].format(count=len(self.story.hearing))
            table.add_row(Text(mark, style), Text(text, style), in_seconds(happened.after) if happened else "")
        return table

    def _colleagues(self) -> Table:
        table = Table(box=None, show_header=False, padding=(0, 2))
        for one in self._players:
            table.add_row(one.name, Text(self._doing(one), "cyan"))
        return table

    def _doing(self, one: Player) -> str:
        deeds = list(self.deeds[one.id].values())
        if deeds:
            return self.words[f"did_{deeds[-1].what}"].format(detail=deeds[-1].detail)
        return self.words["deaf"] if self._cast[one.id] == "deaf" else "·"

    def _figures(self, one: Player) -> tuple[str, ...]:
        deeds = self.deeds[one.id]
        if "received" not in deeds or self.story is None:
            return "–", "–", self.words["deaf" if self._cast[one.id] == "deaf" else "not_told"]
        pressed = self.story.pressed_at
        answered = next((deeds[what] for what in ("coming", "cannot") if what in deeds), None)
        said = f"{self.words[f'said_{answered.what}']} ({in_seconds(answered.at - pressed)})" if answered else "–"
        shown = _milliseconds(deeds["shown"].at - pressed) if "shown" in deeds else "–"
        return _milliseconds(deeds["received"].at - pressed), shown, said

    def _event(self, line: Mapping[str, Any]) -> str:
        facts = line["facts"]
        told = _joined([str(who["name"]) for who in facts.get("told", ())])
        text = self.words.get(f"ev_{line['event']}", line["event"]).format(told=told)
        return f"{text}: {self.words['said_' + facts['said']]}" if facts.get("said") else text


def _joined(names: Sequence[str]) -> str:
    return ", ".join(names)


def in_seconds(nanoseconds: int) -> str:
    """A span as people read it."""
    return f"{nanoseconds / 1e9:.2f} s"


def _milliseconds(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:.1f} ms"
