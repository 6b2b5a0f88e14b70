"""The rest rules as constraints: the same dated terms that hub.roster.rest holds a finished roster against."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from ortools.sat.python.cp_model import IntVar

from hub.planning.model import MINUTE, Model, Piece
from hub.planning.problem import DAY, Worker
from hub.roster.rest import WEEK, Rule, Span, merged_spans, month_of, within

Free = IntVar | bool


def add_rest(model: Model) -> None:
    """Everybody rests as their agreement asks, whatever they are given."""
    for worker in model.problem.workers:
        pieces = model.pieces(worker)
        one = _Rest(model, worker, pieces)
        one.cliques()
        one.daily()
        one.days_off()
        one.weekly()


class _Rest:
    """One person's rest; a literal says that some hours are free of all work."""

    def __init__(self, model: Model, worker: Worker, pieces: Sequence[Piece]) -> None:
        self.model = model
        self.cp = model.cp
        self.worker = worker
        self.pieces = pieces
        self.zone = model.problem.zone
        self._starts = [one.span[0] for one in pieces]
        self._longest = max((one.span[1] - one.span[0] for one in pieces), default=timedelta())
        self._free: dict[Span, Free] = {}
        self._blocked: set[int] = set()
        """Of the hours that what stands is in the way of: their literals."""

    def cliques(self) -> None:
        """Pieces of which any two leave too little rest; all of it follows from `daily`, but is found sooner so."""
        own = [one for one in self.pieces if not one.kept]
        for n, first in enumerate(own):
            together = [first]
            for one in own[n + 1 :]:
                if one.span[0] >= first.span[1] + DAY:
                    break
                if all(self._too_near(other, one) for other in together):
                    together.append(one)
            if len(together) > 1:
                at_most = self.cp.add_at_most_one(one.works for one in together)
                at_most.only_enforce_if(self.model.rest(self.worker, Rule.DAILY_REST))

    def _too_near(self, first: Piece, after: Piece) -> bool:
        terms = self.worker.agreement.at(after.span[1].astimezone(self.zone).date())
        if terms is None:
            return False
        least = terms.short_rest if terms.short_rests else terms.daily_rest
        window = after.span[1] - DAY
        return after.span[0] - max(first.span[1], window) < least and first.span[0] - window < least

    def daily(self) -> None:
        """In the 24 hours before the end of each piece lies a long enough rest, or one of the few that may be short."""
        short: list[tuple[datetime, IntVar, int]] = []
        for piece in self.pieces:
            end = piece.span[1]
            terms = self.worker.agreement.at(end.astimezone(self.zone).date())
            if terms is None:
                continue
            rests = self._rests(piece, terms.daily_rest)
            if terms.short_rests and not any(one is True for one in rests):
                shortened = self.model.flag()
                short.append((end, shortened, terms.short_rests))
                rests = [*rests, shortened]
                self._ask(piece, self._rests(piece, terms.short_rest), Rule.DAILY_REST)
            self._ask(piece, rests, Rule.DAILY_REST)
        for end, _, most in short:
            self.cp.add(sum(one for at, one, _ in short if end - WEEK < at <= end) <= most)

    def _rests(self, piece: Piece, length: timedelta) -> list[Free]:
        window = piece.span[1] - DAY
        near = self._meeting((window, piece.span[0]))
        ends = {window, *(one.span[1] for one in near if window < one.span[1] <= piece.span[0])}
        return [self._free_in((at, at + length)) for at in sorted(ends) if at + length <= piece.span[0]]

    def days_off(self) -> None:
        """From the beginning of each piece, the next day off is not too long in coming."""
        last = max((one.span[1] for one in self.pieces), default=None)
        for piece in self.pieces:
            first = piece.span[0]
            terms = self.worker.agreement.at(first.astimezone(self.zone).date())
            if terms is None or last is None:
                continue
            # Where new terms begin meanwhile, the stricter of the two hold.
            later = self.worker.agreement.at((first + terms.most_between).astimezone(self.zone).date()) or terms
            by = first + min(terms.most_between, later.most_between)
            length = max(terms.day_off, later.day_off)
            if last > by:
                near = self._meeting((first, by))
                ends = sorted({one.span[1] for one in near if piece.span[1] <= one.span[1] <= by})
                self._ask(piece, [self._free_in((at, at + length)) for at in ends], Rule.DAY_OFF)

    def _meeting(self, span: Span) -> list[Piece]:
        """The pieces that meet some hours; they stand in the order in which they begin."""
        first, end = bisect_left(self._starts, span[0] - self._longest), bisect_left(self._starts, span[1])
        return [one for one in self.pieces[first:end] if one.meets(span)]

    def _free_in(self, span: Span) -> Free:
        """Whether nothing is worked in these hours; False where what stands already is."""
        if span not in self._free:
            there = self._meeting(span)
            if any(one.kept for one in there):
                self._free[span] = self._beside_kept(there)
            elif there:
                self._free[span] = self._unless(there)
            else:
                self._free[span] = True
        return self._free[span]

    def _beside_kept(self, there: Sequence[Piece]) -> Free:
        if any(one.works is self.model.always for one in there):
            return False
        free = self._unless(there)
        self._blocked.add(free.index)
        return free

    def _unless(self, there: Iterable[Piece]) -> IntVar:
        free = self.model.flag()
        for one in there:
            self.cp.add_implication(free, ~one.works)
        return free

    def _ask(self, piece: Piece, rests: Sequence[Free], rule: Rule) -> None:
        if any(one is True for one in rests):
            return
        open_to_us = [one for one in rests if not isinstance(one, bool)]
        if piece.kept and all(one.index in self._blocked for one in open_to_us):
            return  # It is broken by what stands, whatever we decide.
        self.cp.add_bool_or([~piece.works, *open_to_us]).only_enforce_if(self.model.rest(self.worker, rule))

    def weekly(self) -> None:
        """Averaged over every run of calendar months that the plan reaches into; time away counts on neither side."""
        first, end = self.model.problem.span
        longest = max(terms.months for terms in self.worker.agreement.terms)
        month = month_of(first, self.zone, 1 - longest)
        away = merged_spans([span for span, unit in self.worker.away if unit is None])
        while month < end:
            terms = self.worker.agreement.at(month.date())
            if terms is not None:
                window = month.astimezone(UTC), month_of(month, self.zone, terms.months).astimezone(UTC)
                weeks = (window[1] - window[0] - within(away, *window)) / WEEK
                self._at_most(terms.weekly_hours * weeks, window)
            month = month_of(month, self.zone, 1)

    def _at_most(self, most: timedelta, window: Span) -> None:
        worked = [(within([one.span], *window) // MINUTE, one) for one in self.pieces]
        kept = sum(minutes for minutes, one in worked if one.kept)
        ours = [minutes * one.works for minutes, one in worked if minutes and not one.kept]
        room = max(0, most // MINUTE - kept)
        if ours and sum(minutes for minutes, one in worked if not one.kept) > room:
            self.cp.add(sum(ours) <= room).only_enforce_if(self.model.rest(self.worker, Rule.WEEKLY_HOURS))
