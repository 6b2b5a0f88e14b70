"""Locust beside an event loop: its users are greenlets in a thread, and what they do with the hub runs on the loop.

Locust decides who begins when, what each does next and for how long, and hears of every request; the hub's own client
is asynchronous, so it must not be patched by gevent.
"""

import asyncio
import os
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from time import monotonic, perf_counter_ns
from typing import Any, ClassVar, TypeVar

os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "yes"  # read when Locust is imported

import gevent
from gevent.event import Event
from locust import User, between, task
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import STATE_INIT, STATE_SPAWNING

from clients.python import AnswerWord

from .people import TROUBLE, Crowd, Person
from .rounds import LONGEST

T = TypeVar("T")

__all__ = ["Heard", "PersonUser", "StopUser", "between", "swarm", "task"]


@dataclass(slots=True)
class Heard:
    """What Locust was told of: nanoseconds by name, and what failed."""

    laps: dict[str, list[int]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def request(self, name: str, response_time: float, exception: Exception | None, **_more: Any) -> None:
        """Takes one of Locust's requests."""
        if exception is not None:
            self.failures.append(f"{name}: {exception}")
        else:
            self.laps.setdefault(name, []).append(round(response_time * 1e6))


class PersonUser(User):
    """One person of the crowd as Locust plays them."""

    abstract = True
    crowd: ClassVar[Crowd]
    loop: ClassVar[asyncio.AbstractEventLoop]
    free: ClassVar[list[Person]]

    def on_start(self) -> None:
        """Comes on duty, and waits for everybody."""
        self.person = self.free.pop()
        self.does("device → connected", self.person.connects())
        self.meets()

    def does(self, name: str, deed: Coroutine[Any, Any, int]) -> None:
        """Does something that says how many nanoseconds it took, and tells Locust; a user who fails is done."""
        try:
            took = self.waits_for(deed)
        except TROUBLE as trouble:
            self._request(name, 0, trouble)
            raise StopUser from trouble
        self._request(name, took / 1e6, None)

    def raises(self, *, drill: bool = False) -> str:
        """Presses, and waits until everybody else knows; the alarm."""
        alarm = self.crowd.new_alarm(self.person)
        began = perf_counter_ns()
        self.does("press → accepted", self.person.presses(alarm, drill=drill))
        self.does("press → last told", self.crowd.told(self.person, alarm, 1, began))
        return alarm

    def says(self, person: Person, alarm: str, word: AnswerWord) -> None:
        """Has somebody answer, and waits until everybody else knows."""
        began = perf_counter_ns()
        self.does("answer → on one's own screen", person.says(alarm, word))
        self.does("answer → last told", self.crowd.told(person, alarm, person.said[alarm], began))

    def pauses(self, seconds: float) -> None:
        gevent.sleep(seconds)

    def clears(self, alarm: str) -> None:
        """Gives the all clear, and waits until everybody knows."""
        self.does("all clear → last told", self.crowd.clears(self.person, alarm))

    def meets(self) -> bool:
        """Waits for everybody to come this far; true for one of them."""
        try:
            return self.waits_for(self.crowd.meets()) == 0
        except TROUBLE as trouble:
            self._request("everybody together", 0, trouble)
            raise StopUser from trouble

    def _request(self, name: str, milliseconds: float, exception: Exception | None) -> None:
        self.environment.events.request.fire(
            request_type="hub",
            name=name,
            response_time=milliseconds,
            response_length=0,
            exception=exception,
            context={},
        )

    def waits_for(self, work: Coroutine[Any, Any, T]) -> T:
        """The work's result, while the other greenlets go on."""
        done = Event()
        wake = gevent.get_hub().loop.async_()
        wake.start(done.set)
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        future.add_done_callback(lambda _: wake.send())
        try:
            done.wait()
            return future.result()
        finally:
            future.cancel()
            wake.close()


async def swarm(crowd: Crowd, users: Sequence[type[PersonUser]], seconds: float) -> Heard:
    """Lets Locust play everybody in the crowd until they are done, for `seconds` at most."""
    heard = Heard()
    PersonUser.crowd, PersonUser.loop = crowd, asyncio.get_running_loop()
    PersonUser.free = list(crowd.people)
    await asyncio.to_thread(_play, heard, list(users), len(crowd.people), seconds)
    return heard


def _play(heard: Heard, users: list[type[User]], count: int, seconds: float) -> None:
    # Whoever is in the middle of something when the time is up finishes it.
    environment = Environment(user_classes=users, stop_timeout=2 * LONGEST)
    requests: Any = environment.events.request
    requests.add_listener(heard.request)
    runner = environment.create_local_runner()
    runner.start(count, spawn_rate=min(count, 100))
    over = monotonic() + seconds
    while (runner.user_count or runner.state in {STATE_INIT, STATE_SPAWNING}) and monotonic() < over:
        gevent.sleep(0.05)
    runner.quit()
    for problem in runner.exceptions.values():
        heard.failures.append(problem["msg"])
