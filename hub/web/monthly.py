"""A month on paper: what a leader takes to the working-environment meeting."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from hub.web import figure_charts as pictures
from hub.web import figure_words as words
from hub.web import printing
from hub.web.drawing import Chart, drawn
from hub.web.figure_words import Told
from hub.web.printing import Block, Document
from hub.web.render import Renderer

AGREEMENTS = 4


@dataclass(frozen=True, slots=True)
class Month:
    """The month that is told of, and the year that it ends, which a single month is held against."""

    month: Told
    year: Told
    where: str
    made_at: datetime

    def __post_init__(self) -> None:
        if self.year.counted.months.last != self.month.counted.months.last:
            raise ValueError("the year ends with the month")


def monthly(found: Month, renderer: Renderer) -> Document:
    """The paper: what to talk about first, then each number as a picture and a table, and room for what is agreed."""
    told, say = found.month, found.month.say
    institution = told.site.institution
    name = words.period_name(told.counted, say)
    blocks: list[Block] = [printing.facts(words.totals(told))]
    if told.too_few:
        blocks.append(printing.words(words.why_too_few(told)))
    concerns = words.concerns(told)
    if concerns:
        blocks.append(printing.boxed(say("To talk about"), concerns))
    blocks += [one for chart in pictures.charts(told) for one in shown(chart, renderer, told)]
    blocks += _year(found, renderer)
    blocks += [
        printing.heading(say("What we agree")),
        printing.table(
            [say("What"), say("Who sees to it?"), say("By when")],
            [["\n", "", ""]] * AGREEMENTS,
            ["words", "words", "words"],
        ),
        printing.heading(say("How it is counted")),
        printing.points(words.method(told)),
    ]
    made = found.made_at.astimezone(ZoneInfo(institution.timezone))
    return Document(
        title=say("Alarms · {month}", month=name),
        language=say.language,
        over=f"{institution.name} · {found.where}",
        foot=say("{institution} · made {time}", institution=institution.name, time=f"{made:%Y-%m-%d %H:%M}"),
        page=say("Page {n} of {all}"),
        author=institution.name,
        made_at=found.made_at,
        blocks=blocks,
    )


def _year(found: Month, renderer: Renderer) -> list[Block]:
    """The twelve months that end with this one: how many, and how soon they were answered."""
    told, say = found.year, found.year.say
    if told.too_few or not (told.counted.alarms.all or told.counted.drills.all):
        return []
    kept = [one for one in pictures.charts(told) if one.id in ("answered", "months")]
    title = say("Twelve months: {period}", period=words.period_name(told.counted, say))
    return [printing.heading(title), *(block for one in kept for block in shown(one, renderer, told, level=2))]


def shown(chart: Chart, renderer: Renderer, told: Told, level: int = 1) -> list[Block]:
    """A chart on paper: its picture and its table."""
    found: list[Block] = [printing.heading(chart.title, level)]
    if chart.series:
        svg = renderer.page("chart_alone.html", told.say.language, found_at(told), drawing=drawn(chart))
        found.append(printing.beside(svg, chart.says, printing.table(*chart.table)))
    if chart.note:
        found.append(printing.aside(chart.note))
    return found


def found_at(told: Told) -> datetime:
    """A moment that a drawing does not show, but a page would."""
    return told.counted.months.moments(ZoneInfo(told.site.institution.timezone))[0]
