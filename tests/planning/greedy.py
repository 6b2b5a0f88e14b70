"""A plan made from the top of the list downwards: each post to the one with fewest hours who may, and no step back."""

from hub.planning.problem import Given, Held, Need, Post, Problem, Want, Worker
from hub.roster.rest import breaches
from hub.roster.shift import Shift


def greedy(problem: Problem) -> Given:
    """No rule is broken; what nobody may stand is left open. Competences are looked to first."""
    desk = _Desk(problem)
    for post in problem.posts:
        needs = [need for need in problem.needs if need.post == post]
        for need in sorted(needs, key=lambda one: one.able is None):
            while desk.there(need) < need.count and desk.give(need):
                pass
    return frozenset((person, post) for person, posts in desk.posts.items() for post in posts)


class _Desk:
    """What everybody has been given so far."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.posts = {worker.person: list(worker.locked) for worker in problem.workers}
        self.unwished = {
            (wish.person, post)
            for wish in problem.wishes
            if wish.want is Want.FREE
            for post in problem.posts
            if wish.concerns(post)
        }

    def there(self, need: Need) -> int:
        return sum(
            need.post in posts and (need.able is None or person in need.able) for person, posts in self.posts.items()
        )

    def give(self, need: Need) -> bool:
        workers = [one for one in self.problem.workers if need.able is None or one.person in need.able]
        workers.sort(key=lambda one: ((one.person, need.post) in self.unwished, self._hours(one) / one.hours))
        found = next((one for one in workers if self._may(one, need.post)), None)
        if found is not None:
            self.posts[found.person].append(need.post)
        return found is not None

    def _hours(self, worker: Worker) -> float:
        return sum(post.length.total_seconds() for post in self.posts[worker.person])

    def _may(self, worker: Worker, post: Post) -> bool:
        stands: list[Post | Held] = [*self.posts[worker.person], *worker.held]
        if post.unit not in worker.units or worker.is_away(post) or any(post.meets(one.span) for one in stands):
            return False
        work = [Shift.of("x", worker.person, one.unit, one.starts, one.ends, one.duty) for one in (*stands, post)]
        return not breaches(worker.person, worker.agreement, work, [], self.problem.zone)
