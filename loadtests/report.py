"""Figures in words: percentiles, ratios to the reference of the same run, and the budgets they are held to."""

import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .rounds import Sample

PERCENTILES = (50, 95, 99)
_PARTS: tuple[tuple[str, Callable[[Sample], int]], ...] = (
    ("press → stored", lambda sample: sample.stored),
    ("press → accepted", lambda sample: sample.accepted),
    ("press → shown, first", lambda sample: sample.first),
    ("press → shown, last", lambda sample: sample.last),
)


def percentile(values: Sequence[int], part: int) -> int:
    """The value that `part` percent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * part // 100) - 1)]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, and the most (or least) it may be."""

    name: str
    value: float
    unit: str
    budget: float | None = None
    at_least: bool = False

    @property
    def kept(self) -> bool | None:
        if self.budget is None:
            return None
        return self.value >= self.budget if self.at_least else self.value <= self.budget


@dataclass
class Report:
    """Everything that one run measured."""

    asked: dict[str, object]
    spreads: list[tuple[str, dict[str, float]]] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)

    def spread(self, name: str, nanoseconds: Sequence[int]) -> None:
        """Keeps the percentiles of one series, in microseconds."""
        self.spreads.append((name, {f"p{part}": percentile(nanoseconds, part) / 1e3 for part in PERCENTILES}))

    def samples(self, name: str, samples: Sequence[Sample]) -> None:
        """Keeps the percentiles of every part of these rounds."""
        for part, pick in _PARTS:
            self.spread(f"{name}: {part}", [pick(sample) for sample in samples])

    def figure(
        self, name: str, value: float, unit: str, budget: float | None = None, *, at_least: bool = False
    ) -> None:
        self.figures.append(Figure(name, value, unit, budget, at_least))

    def text(self) -> str:
        """The report as lines for a terminal."""
        asked = " ".join(f"{key}={value}" for key, value in self.asked.items())
        lines = [asked, f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores", ""]
        lines.append(f"{'µs':<44}" + "".join(f"{f'p{part}':>10}" for part in PERCENTILES))
        for name, values in self.spreads:
            lines.append(f"{name:<44}" + "".join(f"{value:>10,.0f}" for value in values.values()))
        lines += ["", f"{'':<44}{'':>14}  budget"]
        for figure in self.figures:
            held = {None: "", True: "kept", False: "NOT KEPT"}[figure.kept]
            bound = f"{'≥' if figure.at_least else '≤'} {figure.budget:,g}" if figure.budget is not None else ""
            lines.append(f"{figure.name:<44}{figure.value:>10,.2f} {figure.unit:<4} {bound:<10} {held}".rstrip())
        return "\n".join(lines)

    def json(self) -> dict[str, object]:
        """The report for a program."""
        figures = [
            {"name": one.name, "value": one.value, "unit": one.unit, "budget": one.budget, "kept": one.kept}
            for one in self.figures
        ]
        return {"asked": self.asked, "machine": platform.platform(), "us": dict(self.spreads), "figures": figures}
