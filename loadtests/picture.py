"""The results as a picture: one line for each thing that was timed, from p50 to p99, and every budget.

python -m loadtests.picture two.json one.json --into results.svg
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from math import ceil, floor, log10
from pathlib import Path
from textwrap import wrap
from typing import Any

_WIDTH, _LEFT, _RIGHT, _ROW, _GAP = 960, 330, 230, 22, 14
_STYLE = (
    "text{font:13px sans-serif;fill:#1a1a1a}.h{font-size:16px;font-weight:bold}.s{fill:#555;font-size:11px}"
    ".v{font-size:12px}.grid{stroke:#ddd}.span{stroke:#3b6fb5;stroke-width:5;stroke-linecap:round}"
    ".half{fill:#10305c}.late{fill:#b3261e}.kept{fill:#1d6b34}.over{fill:#b3261e;font-weight:bold}"
)
_MARKS = {None: ("", "v"), True: ("kept", "kept"), False: ("not kept", "over")}

Json = Mapping[str, Any]


def picture(reports: Mapping[str, Json]) -> str:
    """All reports below each other, by their names, as one SVG; times on one scale of powers of ten."""
    times = [value for one in reports.values() for row in one["us"].values() for value in row.values() if value > 0]
    scale = Scale(min(times, default=1), max(times, default=10))
    body: list[str] = []
    top = 0
    for name, report in reports.items():
        lines = list(_panel(name, report, scale, top))
        body += lines[:-1]
        top = int(lines[-1])
    frame = f'viewBox="0 0 {_WIDTH} {top}" role="img" aria-label="{escape("; ".join(reports))}"'
    paper = '<rect width="100%" height="100%" fill="#fff"/>'
    head = [f'<svg xmlns="http://www.w3.org/2000/svg" {frame}>', f"<style>{_STYLE}</style>", paper]
    return "\n".join([*head, *body, "</svg>\n"])


class Scale:
    """Where a number of microseconds stands, in powers of ten."""

    def __init__(self, least: float, most: float) -> None:
        self.low, self.high = floor(log10(least)), max(ceil(log10(most)), floor(log10(least)) + 1)

    def x(self, us: float) -> float:
        share = (log10(max(us, 10**self.low)) - self.low) / (self.high - self.low)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)


def _panel(name: str, report: Json, scale: Scale, top: int) -> Iterator[str]:
    """The lines of one report, and last how far down they reach."""
    y = top + 28
    asked = ", ".join(f"{key} {value}" for key, value in report["asked"].items())
    yield f'<text class="h" x="16" y="{y}">{escape(name)}</text>'
    for line in wrap(asked, 150):
        y += 16
        yield f'<text class="s" x="16" y="{y}">{escape(line)}</text>'
    y += _ROW
    bottom = y + _ROW * len(report["us"])
    for power in range(scale.low, scale.high + 1):
        x = scale.x(10**power)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{y}" y2="{bottom}"/>'
        yield f'<text class="s" x="{x}" y="{y - 4}" text-anchor="middle">{escape(_time(10**power))}</text>'
    for row, values in report["us"].items():
        y += _ROW
        yield from _span(row, values, scale, y - _ROW // 2)
    y += _GAP
    for figure in report["figures"]:
        y += _ROW - 4
        yield from _figure(figure, y)
    yield str(y + 2 * _GAP)


def _span(name: str, values: Mapping[str, float], scale: Scale, y: int) -> Iterator[str]:
    p50, p95, p99 = (scale.x(values[part]) for part in ("p50", "p95", "p99"))
    said = " / ".join(_time(values[part]) for part in ("p50", "p95", "p99"))
    yield f'<text x="{_LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(name)}</text>'
    yield f'<line class="span" x1="{p50}" x2="{p99}" y1="{y}" y2="{y}"/>'
    yield f'<circle class="half" cx="{p50}" cy="{y}" r="5"/><circle class="half" cx="{p95}" cy="{y}" r="3"/>'
    yield f'<circle class="late" cx="{p99}" cy="{y}" r="5"/>'
    yield f'<text class="v" x="{_WIDTH - _RIGHT + 16}" y="{y + 4}">{escape(said)}</text>'


def _figure(figure: Json, y: int) -> Iterator[str]:
    word, style = _MARKS[figure["kept"]]
    bound = f"budget {figure['budget']:,g} {figure['unit']}" if figure["budget"] is not None else ""
    value = f"{figure['value']:,.2f} {figure['unit']}"
    yield f'<text x="{_LEFT - 12}" y="{y}" text-anchor="end">{escape(figure["name"])}</text>'
    yield f'<text x="{_LEFT}" y="{y}">{escape(value)}</text><text class="s" x="{_LEFT + 140}" y="{y}">{bound}</text>'
    yield f'<text class="{style}" x="{_LEFT + 290}" y="{y}">{word}</text>'


def _time(us: float) -> str:
    if us < 1000:
        return f"{us:.3g} µs"
    return f"{us / 1e3:.3g} ms" if us < 1e6 else f"{us / 1e6:.3g} s"


def main(words: Sequence[str] | None = None) -> int:
    """Draws reports that were written with --json."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.picture", description=__doc__)
    parser.add_argument("reports", type=Path, nargs="+", metavar="REPORT.json")
    parser.add_argument("--into", type=Path, required=True, metavar="FILE.svg")
    asked = parser.parse_args(words)
    drawn = picture({file.stem: json.loads(file.read_text(encoding="utf-8")) for file in asked.reports})
    asked.into.parent.mkdir(parents=True, exist_ok=True)
    asked.into.write_text(drawn, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
