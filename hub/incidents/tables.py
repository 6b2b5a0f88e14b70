"""How incidents lie in the database: what can be listed in the clear, what people wrote sealed."""

from sqlalchemy import BigInteger, Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from hub.incidents.sealing import COARSE, WORDS
from hub.storage.both import partial_index
from hub.storage.database import metadata

incident = Table(
    "incident",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("unit", Text),
    Column("place", Text),
    Column("happened_at", BigInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("outcome", Text),
    Column("kinds", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("leader_by", Text),
    Column("leader_at", BigInteger),
    Column("safety_by", Text),
    Column("safety_at", BigInteger),
    Column("joined_to", Text),
    Column("false_because", Text),
    PrimaryKeyConstraint("institution", "id"),
    Index("incident_by_time", "institution", "happened_at", "id"),
    Index("incident_listed", "institution", "happened_at", "id", "unit", "state", "outcome", "kinds"),
)
incident_alarm = Table(
    "incident_alarm",
    metadata,
    Column("institution", Text, nullable=False),
    Column("alarm", Text, nullable=False),
    Column("incident", Text, nullable=False),
    PrimaryKeyConstraint("institution", "alarm"),
    Index("incident_alarm_by_incident", "institution", "incident"),
)
incident_person = Table(
    "incident_person",
    metadata,
    Column("institution", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("part", Text, nullable=False),
    PrimaryKeyConstraint("institution", "incident", "person"),
    Index("incident_person_by_person", "institution", "person", "incident"),
)
incident_said = Table(
    "incident_said",
    metadata,
    Column("institution", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("paper", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("said_by", Text, nullable=False),
    Column("said_at", BigInteger, nullable=False),
    Column("sealed", Text, nullable=False, info={"bound": "incident-said/{institution}/{incident}/{number}"}),
    PrimaryKeyConstraint("institution", "incident", "number"),
)
# The bits that a search finds a paper by (sealing.py).
incident_trace = Table(
    "incident_trace",
    metadata,
    Column("institution", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("paper", Text, nullable=False),
    *(Column(f"w{n}", BigInteger, nullable=n >= COARSE) for n in range(WORDS)),
    PrimaryKeyConstraint("institution", "incident", "paper"),
)
incident_draft = Table(
    "incident_draft",
    metadata,
    Column("institution", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sealed", Text, nullable=False, info={"bound": "incident-draft/{institution}/{person}/{what}"}),
    PrimaryKeyConstraint("institution", "person", "what"),
)
# What a row of the journal may not hold: the words that were searched for, why somebody broke the glass.
incident_remark = Table(
    "incident_remark",
    metadata,
    Column("institution", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("sealed", Text, nullable=False, info={"bound": "incident-remark/{institution}/{seq}"}),
    PrimaryKeyConstraint("institution", "seq"),
)
# How far the journal has been read for alarms that are over.
incident_cursor = Table(
    "incident_cursor",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)
safety_representative = Table(
    "safety_representative",
    metadata,
    Column("institution", Text, nullable=False),
    Column("person", Text, nullable=False),
    PrimaryKeyConstraint("institution", "person"),
)
# What must be done for it, and the clocks of the law.
incident_task = Table(
    "incident_task",
    metadata,
    Column("institution", Text, nullable=False),
    Column("incident", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("what", Text, nullable=False),
    Column("paper", Text, nullable=False),
    Column("owner", Text),
    Column("due_at", BigInteger, nullable=False),
    Column("tell_at", BigInteger),
    Column("told", Integer, nullable=False),
    Column("how", Text),
    Column("closed_at", BigInteger),
    Column("closed_by", Text),
    Column("sealed", Text, info={"bound": "incident-task/{institution}/{incident}/{number}"}),
    Column("words", Text, info={"bound": "incident-task-words/{institution}/{what}"}),
    PrimaryKeyConstraint("institution", "incident", "number"),
    partial_index("incident_task_due", "tell_at", where="tell_at IS NOT NULL"),
    partial_index("incident_task_open", "institution", "due_at", where="how IS NULL"),
)
# A search that somebody keeps: its name and what it asks are sealed, for they may hold anybody's name.
incident_view = Table(
    "incident_view",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("unit", Text),
    Column("shared", Integer, nullable=False),
    Column("sealed", Text, nullable=False, info={"bound": "incident-view/{institution}/{id}"}),
    PrimaryKeyConstraint("institution", "id"),
)
