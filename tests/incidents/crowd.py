"""Houses with years of incidents behind them, written in bulk in the shapes that the hub itself writes."""

import random
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Table

import hub.app  # noqa: F401 - every room declares its tables when it is imported
from hub.alarms.store import alarm, answer
from hub.clock import micros
from hub.incidents.followup import FOLLOW_UPS
from hub.incidents.paper import Kind, Paper
from hub.incidents.sealing import Seal, bound_to
from hub.incidents.store import mask
from hub.incidents.tables import (
    incident,
    incident_alarm,
    incident_cursor,
    incident_person,
    incident_said,
    incident_task,
    incident_trace,
    safety_representative,
)
from hub.storage import journal

YEARS = 6
STEMS = re.findall(
    r"\w+",
    "angreb bord stol køkken kniv gang dør nat vagt beboer kollega hånd arm hoved slag spark trussel råb medicin "
    "aften morgen have trappe værelse stue glas kop tallerken telefon besøg søster bror mor far læge politi bil "
    "kontor samtale uro angst vrede søvn mad kaffe rygning penge tøj bad toilet vindue gardin lampe skab seng",
)
SMALL = re.findall(
    r"\w+",
    "og så at den det han hun jeg vi de ikke med på i til fra efter før over under var blev kom gik tog sagde",
)
NAMES = re.findall(
    r"\w+", "Åse Ørn Ægil Bent Ali Mette Jonas Karen Søren Ditte Malthe Frej Signe Otto Ida Villads Aksel Birk"
)
QUESTIONS = ("happened", "led_to", "injuries", "helped", "learnt")
CASE = ("resident", "course", "care")
# So many words stand in few papers each; nobody would find them by leafing.
RARE = 400


@dataclass(frozen=True, slots=True)
class Home:
    """One institution of the crowd."""

    id: str
    incidents: int
    units: int
    staff: int

    @property
    def toml(self) -> str:
        lines = [f'[institution]\nid = "{self.id}"\nname = "Hus {self.id}"\nmunicipality = "29189999"']
        lines.append('timezone = "Europe/Copenhagen"\nrules = "botilbud"')
        for n in range(self.units):
            lines.append(f'[[unit]]\nid = "u{n}"\nname = "Afdeling {n}"\nneighbours = []')
            lines.append(f'[[place]]\nid = "rum-u{n}"\nunit = "u{n}"\nname = "Rum {n}"')
            lines.append(_person(f"leder-u{n}", f"Leder {n}", "manager", [f"u{n}"]))
        lines += [_person("leder", "Lis Leder", "manager", []), _person("amr", "Anker Amr", "staff", [])]
        lines += [
            _person(f"p{n}", f"{NAMES[n % len(NAMES)]} Nr {n}", "staff", [f"u{n % self.units}"])
            for n in range(self.staff)
        ]
        return "\n".join(lines)


def homes(incidents: int) -> list[Home]:
    """Half of all incidents in one large house, the rest in five."""
    rest = incidents // 10
    small = [Home(f"hus-{n}", rest, 6, 60) for n in range(1, 6)]
    return [Home("hus-0", incidents - 5 * rest, 20, 300), *small]


def _person(which: str, name: str, role: str, units: Sequence[str]) -> str:
    return f'[[person]]\nid = "{which}"\nname = "{name}"\nrole = "{role}"\nunits = {list(units)}'


class Talk:
    """What people write: sentences of Danish words and compounds, with their traces at hand."""

    def __init__(self, rng: random.Random, seal: Seal) -> None:
        compounds = [first + second for first in STEMS for second in STEMS]
        self._rng = rng
        self.sentences = []
        for _ in range(6_000):
            some = [rng.choice(SMALL if rng.random() < 0.5 else STEMS) for _ in range(8)]
            some += [*rng.sample(compounds, 2), rng.choice(NAMES)]
            rng.shuffle(some)
            self.sentences.append(" ".join(some).capitalize() + ".")
        self.traces = {one: seal.traces(one) for one in self.sentences}
        self.rare = [f"{rng.choice(compounds)}{rng.choice(STEMS)}" for _ in range(RARE)]
        self.traces |= {one: seal.traces(one) for one in self.rare}

    def said(self) -> list[str]:
        found = self._rng.sample(self.sentences, self._rng.randint(2, 4))
        return [*found, self._rng.choice(self.rare)] if self._rng.random() < 0.02 else found

    def traced(self, sentences: Sequence[str]) -> dict[str, int]:
        columns = zip(*(self.traces[one] for one in sentences), strict=True)
        return {f"w{n}": reduce(or_, column) for n, column in enumerate(columns)}


class Writer:
    """Collects the rows of one house, and keeps its journal's chain."""

    def __init__(self, file: sqlite3.Connection, home: str) -> None:
        self._file, self.home = file, home
        self._rows: dict[Table, list[dict[str, Any]]] = {}
        head = file.execute("SELECT seq, hash FROM journal_head WHERE institution = ?", (home,)).fetchone()
        self.seq, self._link = head

    def put(self, table: Table, **values: Any) -> None:
        self._rows.setdefault(table, []).append({"institution": self.home, **values})

    def tell(self, at: datetime, event: str, subject: str, actor: str | None, **facts: Any) -> None:
        self.seq += 1
        text = orjson.dumps(facts, option=orjson.OPT_SORT_KEYS).decode()
        moment = micros(at)
        self._link = journal._chain(self._link, self.seq, moment, event, subject, actor, text)
        row = {"seq": self.seq, "at": moment, "event": event, "subject": subject, "actor": actor, "facts": text}
        self.put(journal.journal, **row, hash=self._link)

    def flush(self) -> None:
        for table, rows in self._rows.items():
            names = [column.name for column in table.columns]
            marks = ", ".join("?" * len(names))
            self._file.executemany(
                f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})",
                [[row.get(name) for name in names] for row in rows],
            )
        self._rows.clear()
        head = (self.seq, self._link, self.home)
        self._file.execute("UPDATE journal_head SET seq = ?, hash = ? WHERE institution = ?", head)


@dataclass(frozen=True, slots=True)
class Past:
    """What makes one incident of many."""

    rng: random.Random
    talk: Talk
    seal: Seal
    now: datetime
    rows: int
    """How many rows of the journal each incident has."""

    def fill(self, path: Path, home: Home) -> None:
        with closing(sqlite3.connect(path)) as file, file:
            writer, start = Writer(file, home.id), self.now - timedelta(days=365 * YEARS)
            step = (self.now - start) / home.incidents
            for n in range(home.incidents):
                self._one(writer, home, start + step * n)
                if n % 2_000 == 0:
                    writer.flush()
            writer.put(incident_cursor, seq=writer.seq)
            writer.put(safety_representative, person="amr")
            writer.flush()

    def _one(self, writer: Writer, home: Home, at: datetime) -> None:
        rng, which = self.rng, self._id(at)
        unit = f"u{rng.randrange(home.units)}"
        raiser, *came = (f"p{n}" for n in rng.sample(range(home.staff), 3))
        outcome = rng.choices(("real", "false", "precaution", "test"), (70, 15, 12, 3))[0]
        begun = writer.seq
        if rng.random() < 0.85:
            self._alarm(writer, self._id(at), unit, raiser, came, outcome, at, which)
        age = self.now - at
        state = "waiting" if age < timedelta(days=7) else "noted" if rng.random() < 0.1 else "signed"
        kinds = rng.sample(list(Kind), rng.randint(1, 2))
        signer = {"leader_by": "leder", "leader_at": micros(at), "safety_by": "amr", "safety_at": micros(at)}
        writer.put(
            incident, id=which, unit=unit, place=f"rum-{unit}", happened_at=micros(at), opened_at=micros(at),
            outcome=outcome, kinds=mask(kinds), state=state, version=4, **(signer if state == "signed" else {}),
        )  # fmt: skip
        for who in (raiser, *came):
            writer.put(incident_person, incident=which, person=who, part="own" if who == raiser else "helper")
        if state != "waiting":
            self._papers(writer, which, raiser, came[0], " ".join(kinds), at)
            self._tasks(writer, which, at)
        while writer.seq - begun < self.rows:
            writer.tell(at, "incident_read", f"incident:{which}", "leder", papers=["case", "employee"])

    def _alarm(
        self,
        writer: Writer,
        which: str,
        unit: str,
        raiser: str,
        came: Sequence[str],
        outcome: str,
        at: datetime,
        of: str,
    ) -> None:
        told = orjson.dumps(list(came)).decode()
        writer.put(
            alarm, id=which, kind="alarm", unit=unit, place=f"rum-{unit}", drill=0, raised_by=raiser,
            raised_at=micros(at), state="resolved", version=5, step=0, told=told, told_at=micros(at), under_duress=0,
            outcome="real" if outcome == "precaution" else outcome, resolved_by=came[0],
            resolved_at=micros(at + timedelta(minutes=9)), outside=0,
        )  # fmt: skip
        place = {"kind": "alarm", "unit": unit, "place": f"rum-{unit}"}
        writer.tell(at, "raised", which, raiser, **place, told=list(came))
        for n, (event, facts) in enumerate(_course(outcome)):
            for who in came:
                writer.tell(at + timedelta(seconds=2 + 9 * n), event, which, who, **facts)
        for who in came:
            writer.put(answer, alarm=which, person=who, said="arrived", at=micros(at + timedelta(minutes=2)))
        writer.tell(at + timedelta(minutes=9), "resolved", which, came[0], outcome=outcome)
        writer.put(incident_alarm, alarm=which, incident=of)
        opened = {"alarm": which, "unit": unit, "outcome": outcome, "rules": 1}
        on_duty = [[who, unit, "active"] for who in came]
        writer.tell(at + timedelta(minutes=10), "incident_opened", f"incident:{of}", None, **opened, on_duty=on_duty)

    def _papers(self, writer: Writer, which: str, raiser: str, helper: str, kinds: str, at: datetime) -> None:
        said: list[tuple[Paper, str, str, list[str]]] = [
            (Paper.WORK, question, raiser if question != "learnt" else "leder", self.talk.said())
            for question in QUESTIONS
        ]
        said.append((Paper.WORK, "happened", helper, self.talk.said()))
        if self.rng.random() < 0.4:
            said += [(Paper.CASE, question, helper, self.talk.said()) for question in CASE]
        rows = [(Paper.WORK, "kinds", raiser, kinds)] + [(paper, q, who, " ".join(t)) for paper, q, who, t in said]
        for number, (paper, question, who, text) in enumerate(rows, 1):
            sealed = self.seal.close(text, bound_to("said", writer.home, which, number))
            writer.put(
                incident_said, incident=which, number=number, paper=paper.value, question=question, said_by=who,
                said_at=micros(at), sealed=sealed.text,
            )  # fmt: skip
            if number in (1, len(QUESTIONS) + 2):
                facts = {"paper": paper.value, "said": [[number, question, sealed.fingerprint]]}
                writer.tell(at + timedelta(hours=1), "incident_written", f"incident:{which}", who, **facts)
        for paper in dict.fromkeys(paper for paper, *_ in said):
            sentences = [one for of, _, _, some in said if of is paper for one in some]
            writer.put(incident_trace, incident=which, paper=paper.value, **self.talk.traced(sentences))

    def _tasks(self, writer: Writer, which: str, at: datetime) -> None:
        for number, (what, after) in enumerate(FOLLOW_UPS.items(), 1):
            due = at + after
            over = due < self.now - timedelta(days=3)
            ended = {"how": "done", "closed_at": micros(due), "closed_by": "leder"} if over else {}
            writer.put(
                incident_task, incident=which, number=number, what=what, paper="employee", owner="leder",
                due_at=micros(due), tell_at=None if over else micros(self.now + timedelta(days=300)), told=1, **ended,
            )  # fmt: skip

    def _id(self, at: datetime) -> str:
        moment, more = micros(at) // 1_000, self.rng.getrandbits(72)
        return (
            f"{moment >> 16:08x}-{moment & 0xFFFF:04x}-7{more & 0xFFF:03x}-8{more >> 12 & 0xFFF:03x}-{more >> 24:012x}"
        )


def _course(outcome: str) -> Iterator[tuple[str, dict[str, str]]]:
    """What happens of an alarm for each of those who come."""
    yield "received", {}
    yield "shown", {}
    if outcome != "false":
        yield "answered", {"said": "coming"}
        yield "answered", {"said": "arrived"}
