"""Statistics as pictures, each with its table: what matters most first, small numbers hidden."""

from collections.abc import Sequence

from hub.escalation.words import kind_label
from hub.incidents import figures, small
from hub.incidents.figures import Division, Spread, Why
from hub.incidents.incident import Outcome
from hub.people.localtime import day_name
from hub.web import incident_words as words
from hub.web.drawing import Chart, Series
from hub.web.figure_words import Told, cell, month_name, percent, place_of, seconds
from hub.web.render import Texts


def _both(
    told: Told, alarms: Sequence[float | None], drills: Sequence[float | None], texts: Sequence[Sequence[str]]
) -> tuple[Series, ...]:
    """Alarms, and drills beside them where there were any."""
    found = (Series(told.say("Alarms"), tuple(alarms), tuple(texts[0])),)
    if not told.counted.drills.all:
        return found
    return (*found, Series(told.say("Drills"), tuple(drills), tuple(texts[1])))


def divided(
    told: Told, id: str, title: str, head: str, division: Division, labels: Sequence[str], upright: bool = False
) -> Chart:
    """A division as a chart; one that would tell too much is only said to be there."""
    say = told.say
    if division.undivided or told.too_few:
        return Chart(
            id,
            title,
            head,
            (),
            (),
            note=say("Too few alarms to show how they divide without somebody being recognised."),
        )
    texts = [cell(one, told) for one in division.alarms], [str(one) for one in division.drills]
    note = ""
    if None in division.alarms:
        note = say("× is hidden: so few that somebody could be recognised, or what that could be reckoned from.")
    series = _both(told, division.alarms, division.drills, texts)
    return Chart(id, title, head, tuple(labels), series, upright, note=note)


def when(told: Told) -> list[Chart]:
    """By month, hour and day of the week."""
    say, counted = told.say, told.counted
    hours, days = figures.by_hour(counted, told.below), figures.by_weekday(counted, told.below)
    hour_labels = [
        say("{from} to {to}", **{"from": a, "to": b}) if b else a
        for a, _, b in (key.partition("-") for key in hours.keys)
    ]
    found = []
    if len(counted.months.all) > 1:
        months = figures.by_month(counted, told.below)
        labels = [month_name(int(key), say)[:3] for key in months.keys]
        found.append(divided(told, "months", say("By month"), say("Month"), months, labels, upright=True))
    found.append(divided(told, "hours", say("By hour of the day"), say("Hour"), hours, hour_labels, upright=True))
    day_labels = [day_name(int(key), say)[:3] for key in days.keys]
    found.append(divided(told, "days", say("By day of the week"), say("Day"), days, day_labels, upright=True))
    return found


def where(told: Told) -> list[Chart]:
    """By unit and by kind of alarm."""
    say, counted = told.say, told.counted
    found = []
    units = [one for one in (*told.site.units, "") if counted.alarms.units.get(one) or counted.drills.units.get(one)]
    if len(units) > 1:
        division = figures.divided(units, counted.alarms.units, counted.drills.units, told.below)
        labels = [words.unit_name(told.site, unit) or say("Nowhere in particular") for unit in units]
        found.append(divided(told, "units", say("By unit"), say("Unit"), division, labels))
    kinds = sorted({*counted.alarms.kinds, *counted.drills.kinds})
    # What was pressed tells of nobody: these numbers are of all that was chosen.
    whole = Division(
        tuple(kinds),
        tuple(counted.alarms.kinds.get(one, 0) for one in kinds),
        tuple(counted.drills.kinds.get(one, 0) for one in kinds),
    )
    labels = [kind_label(told.kinds[one], say) if one in told.kinds else one for one in kinds]
    found.append(divided(told, "kinds", say("By kind of alarm"), say("Kind"), whole, labels))
    return found


def answered(told: Told) -> Chart:
    """How many were answered soon, beside what a standard asks of alarm centres."""
    say, lines = told.say, told.measure.answered
    alarms, drills = told.counted.alarms.answered, told.counted.drills.answered
    shares = [[one.within(seconds) for seconds, _ in lines] for one in (alarms, drills)]
    labels = [
        say("Within {n} s – the standard says {target}", n=at, target=percent(target, say)) for at, target in lines
    ]
    texts = [[percent(one, say) for one in line] for line in shares]
    return Chart(
        "answered",
        say("Answered in time"),
        say("Answered"),
        tuple(labels),
        _both(told, shares[0], shares[1], texts),
        targets=tuple(target for _, target in lines),
        most=100,
        note=say("The upright line is BS 8484's measure for alarm centres, over twelve months."),
    )


def times(told: Told) -> Chart:
    """Press to heard, answered and first there: the middle one, and what nine in ten keep within."""
    say, counted = told.say, told.counted
    names = [say("Press to heard"), say("Press to answered"), say("Press to first there")]
    spreads = [
        [getattr(one, name) for name in ("heard", "answered", "arrived")] for one in (counted.alarms, counted.drills)
    ]
    middles = [[one.quantile(50) for one in line] for line in spreads]
    texts = [[seconds(one, say) for one in line] for line in middles]
    values = [[one / 10 if one is not None else 0 for one in line] for line in middles]
    series = _both(told, values[0], values[1], texts)
    sorts = [say("Alarms"), say("Drills")][: len(series)]
    rows = [
        (name if len(sorts) == 1 else f"{name}, {sort.lower()}", *_row(spread, say))
        for n, name in enumerate(names)
        for sort, spread in zip(sorts, (spreads[0][n], spreads[1][n]), strict=False)
    ]
    heads = (say("From the press"), say("Half within"), say("Nine in ten within"), say("Never"))
    return Chart(
        "times",
        say("How long it took"),
        heads[0],
        tuple(names),
        series,
        heads=heads,
        rows=tuple(rows),
        note=say("The bar is the time that half of them kept within."),
    )


def _row(spread: Spread, say: Texts) -> tuple[str, str, str]:
    return seconds(spread.quantile(50), say), seconds(spread.quantile(90), say), str(spread.never)


def steps(told: Told) -> Chart:
    """How often a step was over before enough were coming."""
    say = told.say
    both = [told.counted.alarms.steps, told.counted.drills.steps]
    furthest = max([1, *(past for one in both for past, n in one.past.items() if n)])
    labels = [say("Step {n} was not answered", n=step) for step in range(1, furthest + 1)]
    labels += [say("Raised again: nobody had arrived"), say("A step had nobody to tell")]
    lines = [[*(one.beyond(step) for step in range(1, furthest + 1)), one.reopened, one.empty] for one in both]
    texts = [[str(n) for n in line] for line in lines]
    return Chart("steps", say("Unanswered steps"), say("Step"), tuple(labels), _both(told, lines[0], lines[1], texts))


def outcomes(told: Told) -> list[Chart]:
    """What came of the alarms, and how the false ones came about."""
    say, counted = told.say, told.counted
    named = words.outcomes(say)
    keys = [one for one in (*Outcome, None) if counted.outcomes.get(one)]
    numbers = [counted.outcomes[one] for one in keys]
    labels = [named[one.value] if one is not None else say("Not said") for one in keys]
    series = Series(say("Alarms"), tuple(numbers), tuple(map(str, numbers)))
    found = [Chart("outcomes", say("What it was"), say("Outcome"), tuple(labels), (series,))]
    if counted.false:
        reasons = words.false_because(say) | {
            Why.WITHDRAWN: say("Taken back by the one who pressed"),
            Why.LONE: say("A lone worker's sign of life was late"),
            Why.WATCH: say("A watch was not closed in time"),
            Why.OTHER: say("Nobody has said why"),
        }
        cells = small.guarded([counted.false.get(why, 0) for why in Why], told.below)
        found.append(
            _guarded(
                told,
                "false",
                say("False alarms and why"),
                say("Why"),
                [reasons[why] for why in Why],
                cells,
                say("Alarms"),
            )
        )
    return found


def _guarded(told: Told, id: str, title: str, head: str, labels: Sequence[str], cells: small.Cells, of: str) -> Chart:
    series = (Series(of, cells, tuple(cell(one, told) for one in cells)),)
    note = told.say("Too few to show without somebody being recognised.") if small.undivided(cells) else ""
    return Chart(id, title, head, () if note else tuple(labels), () if note else series, note=note)


def repeated(told: Told) -> list[Chart]:
    """Where and when alarms come again."""
    say, found = told.say, []
    places = figures.repeated_places(told.counted, told.below)
    hours = figures.repeated_hours(told.counted, told.below)
    for name, title, head, lines in (
        (
            "places",
            say("Places where alarms come again"),
            say("Place"),
            [(place_of(told, place), n) for place, n in places],
        ),
        (
            "again",
            say("Hours of the week at which alarms come again"),
            say("When"),
            [
                (say("{day} {from} to {to}", **{"day": day_name(day, say), "from": hour, "to": (hour + 1) % 24}), n)
                for day, hour, n in hours
            ],
        ),
    ):
        if lines:
            numbers = tuple(n for _, n in lines)
            series = Series(say("Alarms"), numbers, tuple(map(str, numbers)))
            found.append(Chart(name, title, head, tuple(label for label, _ in lines), (series,)))
    return found


def after(told: Told) -> list[Chart]:
    """What stands in the papers: kinds of violence and threat, and whether follow-ups were kept; for those who may."""
    say, counted = told.say, told.counted
    if counted.violence is None or counted.tasks is None:
        return []
    named = words.kinds(say)
    kinds = [kind for kind, n in counted.violence.items() if n]
    # A record may tell of several, so these have no total that one could be reckoned from.
    cells = tuple(small.alone(counted.violence[kind], told.below) for kind in kinds)
    charts = [
        _guarded(
            told,
            "violence",
            say("Kinds of violence and threat"),
            say("Kind"),
            [named[one.value] for one in kinds],
            cells,
            say("Incidents"),
        )
    ]
    titles = {what: title for what, (title, _) in words.tasks(say).items()}
    shown = [(what, one) for what, one in counted.tasks.items() if one.all >= told.below]
    late = tuple(one.late + one.overdue for _, one in shown)
    labels = tuple(
        titles.get(what) or (told.book.clocks[what].name if what in told.book.clocks else what) for what, _ in shown
    )
    rows = tuple(
        (label, *map(str, (one.in_time, one.late, one.overdue, one.waived, one.ahead)))
        for label, (_, one) in zip(labels, shown, strict=True)
    )
    heads = (
        say("What"),
        say("In time"),
        say("Done late"),
        say("Overdue"),
        say("Not done, with a reason"),
        say("Not due yet"),
    )
    note = say("Sorts with fewer than {n} are left out.", n=told.below) if len(shown) < len(counted.tasks) else ""
    series = (Series(say("Late"), late, tuple(map(str, late))),) if shown else ()
    charts.append(
        Chart("tasks", say("Follow-ups that were late"), heads[0], labels, series, note=note, heads=heads, rows=rows)
    )
    return [one for one in charts if one.labels or one.note]


def charts(told: Told) -> list[Chart]:
    """All that may be shown, what matters most first."""
    if told.too_few:
        return []
    if not told.counted.alarms.all and not told.counted.drills.all:
        return after(told)
    return [
        answered(told),
        times(told),
        *when(told),
        *where(told),
        *outcomes(told),
        steps(told),
        *repeated(told),
        *after(told),
    ]
