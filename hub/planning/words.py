"""What a plan was asked, in plain words, for when not all of it can be had at once."""

from collections.abc import Callable
from datetime import timedelta

from hub.people.localtime import shown
from hub.people.site import Site
from hub.planning.problem import Ask, Asks, Limits, Need, Post, Problem, Worker
from hub.roster.rest import RestBook, Rule, Span

Say = Callable[..., str]


def spoken(ask: Ask, problem: Problem, site: Site, book: RestBook, say: Say) -> str:
    """One thing that is asked of a plan."""
    if ask.need is not None:
        return _need(ask.need, site, say)
    if ask.rule is not None and ask.agreement is not None:
        return _rest(ask.rule, ask.agreement, problem, book, say)
    worker = next(one for one in problem.workers if one.person == ask.person)
    name, when = site.people[worker.person].name, _when(ask, worker, problem)
    if ask.asks is Asks.AWAY:
        return say("{person} is away: {when}.", person=name, when=when)
    if ask.asks is Asks.LOCKED:
        return say("{person} keeps what is locked or on the roster: {when}.", person=name, when=when)
    return _limit(ask.limit, worker.limits, name, say)


def where(post: Post, site: Site) -> str:
    """A post in a few words: unit, kind and day."""
    return f"{site.units[post.unit].name}, {post.kind} {post.day:%Y-%m-%d}"


def _need(need: Need, site: Site, say: Say) -> str:
    if need.competence is None:
        return say("{where}: {n} needed.", where=where(need.post, site), n=need.count)
    able = need.competence
    return say("{where}: {n} needed with {competence}.", where=where(need.post, site), n=need.count, competence=able)


def _rest(rule: Rule, which: str, problem: Problem, book: RestBook, say: Say) -> str:
    agreement = book.agreements[which]
    terms = agreement.at(problem.first) or agreement.terms[0]
    if rule is Rule.DAILY_REST:
        hours = _number(terms.daily_rest)
        return say("{agreement}: {n} h rest in any 24 hours.", agreement=agreement.name, n=hours)
    if rule is Rule.DAY_OFF:
        days = f"{terms.most_between / timedelta(days=1):g}"
        return say("{agreement}: at most {n} days from one day off to the next.", agreement=agreement.name, n=days)
    hours = _number(terms.weekly_hours)
    return say("{agreement}: at most {n} h a week on average.", agreement=agreement.name, n=hours)


def _limit(name: str | None, limits: Limits, person: str, say: Say) -> str:
    texts = {
        "most_hours": say("{person}: at most {n} h in the plan.", person=person, n=limits.most_hours),
        "least_hours": say("{person}: at least {n} h in the plan.", person=person, n=limits.least_hours),
        "most_in_a_row": say("{person}: at most {n} days in a row.", person=person, n=limits.most_in_a_row),
        "least_in_a_row": say("{person}: at least {n} days in a row.", person=person, n=limits.least_in_a_row),
        "least_days_off": say("{person}: at least {n} days off in a row.", person=person, n=limits.least_days_off),
        "most_weekends": say("{person}: at most {n} weekends.", person=person, n=limits.most_weekends),
    }
    kinds = ", ".join(f"{most} {kind}" for kind, most in limits.most_shifts.items())
    return texts.get(name or "") or say("{person}: at most so many shifts: {kinds}.", person=person, kinds=kinds)


def _when(ask: Ask, worker: Worker, problem: Problem) -> str:
    first, end = problem.span
    if ask.asks is Asks.AWAY:
        spans = [span for span, _ in worker.away]
    else:
        spans = sorted([*(one.span for one in worker.held), *(one.span for one in worker.locked)])
    return ", ".join(_between(span, problem.zone.key) for span in spans if span[0] < end and span[1] > first)


def _between(span: Span, zone: str) -> str:
    return f"{shown(span[0], zone)} – {shown(span[1], zone)}"


def _number(time: timedelta) -> str:
    return f"{time / timedelta(hours=1):g}"
