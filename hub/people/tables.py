"""How institutions, their people, devices and sessions lie in the database."""

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Float,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from hub.storage.both import partial_index
from hub.storage.database import metadata

institution = Table(
    "institution",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("municipality", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("rules_name", Text, nullable=False),
    Column("rules_text", Text, nullable=False),
    Column("site_version", Integer, nullable=False),
    Column("roster_version", Integer, nullable=False),
    Column("edited_at", BigInteger),
)

unit = Table(
    "unit",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    Column("retired_at", BigInteger),
    Column("quiet", Integer),
    Column("approves_swaps", Integer),
    Column("minimum_reach", Integer),
    Column("minimum_within", Integer),
    PrimaryKeyConstraint("institution", "id"),
)

neighbour = Table(
    "neighbour",
    metadata,
    Column("institution", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("neighbour", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    PrimaryKeyConstraint("institution", "unit", "neighbour"),
)

place = Table(
    "place",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("floor", Text),
    Column("x", Float),
    Column("y", Float),
    Column("retired_at", BigInteger),
    PrimaryKeyConstraint("institution", "id"),
)

person = Table(
    "person",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("phone", Text),
    Column("email", Text),
    Column("language", Text),
    Column("password_hash", Text),
    Column("pin_hash", Text),
    Column("duress_pin_hash", Text),
    Column("retired_at", BigInteger),
    Column("leaves_at", BigInteger),
    Column("weekly_minutes", Integer),
    PrimaryKeyConstraint("institution", "id"),
    # Sign-in looks across institutions, by either name.
    Index("person_by_id", "id"),
    Index("person_by_email", "email"),
    partial_index("person_leaving", "leaves_at", where="leaves_at IS NOT NULL AND retired_at IS NULL"),
)

person_unit = Table(
    "person_unit",
    metadata,
    Column("institution", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("rank", Integer, nullable=False),
    PrimaryKeyConstraint("institution", "person", "unit"),
)

device = Table(
    "device",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("person", Text),
    Column("place", Text),
    Column("token_hash", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("name", Text),
    Column("enrolled", Integer),
    Column("ends_at", BigInteger),
    PrimaryKeyConstraint("institution", "id"),
    UniqueConstraint("token_hash", name="device_by_token"),
)

contact = Table(
    "contact",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("phone", Text),
    Column("email", Text),
    Column("webhook", Text),
    Column("retired_at", BigInteger),
    PrimaryKeyConstraint("institution", "id"),
)

session = Table(
    "session",
    metadata,
    Column("token_hash", Text, primary_key=True),
    Column("institution", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("last_seen_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("user_agent", Text, nullable=False),
    Column("address", Text),
    Index("session_by_person", "institution", "person"),
)


class Kept:
    """The statements that keep one of an institution's lists as its file says; what leaves the list stays as a row."""

    def __init__(self, table: Table, ended: str, apart: str | None = None) -> None:
        key = (table.c.institution == bindparam("of"), table.c.id == bindparam("which"))
        self.columns = tuple(column.name for column in table.columns if column.name not in {"institution", "id"})
        self.ended = ended
        self.apart = apart
        """The column that says that a row never came from a file, and so does not leave with one."""
        self.all = select(table).where(table.c.institution == bindparam("institution"))
        self.add = insert(table)
        self.change = update(table).where(*key).values({name: bindparam(name) for name in self.columns})
        self.end = update(table).where(*key).values({ended: bindparam("at")})


class Linked:
    """The statements that write one of an institution's many-to-many lists anew."""

    def __init__(self, table: Table, *sparing: ColumnElement[bool]) -> None:
        self.clear = delete(table).where(table.c.institution == bindparam("institution"), *sparing)
        self.add = insert(table)


UNITS = Kept(unit, "retired_at")
PLACES = Kept(place, "retired_at")
PEOPLE = Kept(person, "retired_at", "leaves_at")
DEVICES = Kept(device, "revoked_at", "enrolled")
CONTACTS = Kept(contact, "retired_at")
NEIGHBOURS = Linked(neighbour)
# A substitute came by a code and is in no file.
_SUBSTITUTES = select(person.c.id).where(
    person.c.institution == person_unit.c.institution, person.c.leaves_at.is_not(None)
)
PERSON_UNITS = Linked(person_unit, person_unit.c.person.not_in(_SUBSTITUTES))

INSTITUTION = select(institution).where(institution.c.id == bindparam("institution"))
ADD_INSTITUTION = insert(institution)
CHANGE_INSTITUTION = (
    update(institution)
    .where(institution.c.id == bindparam("which"))
    .values({name: bindparam(name) for name in ("name", "timezone", "rules_name", "rules_text", "edited_at")})
    .values(site_version=institution.c.site_version + 1, roster_version=institution.c.roster_version + 1)
)
END_SESSIONS = (
    update(session)
    .where(
        session.c.institution == bindparam("of"),
        session.c.person == bindparam("who"),
        session.c.ended_at.is_(None),
    )
    .values(ended_at=bindparam("at"))
)

push_subscription = Table(
    "push_subscription",
    metadata,
    Column("institution", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("agent", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("proven_at", BigInteger),
    Column("dead_at", BigInteger),
    Column("why", Text),
    Column("holder", Text),
    Index("push_by_person", "institution", "person"),
)
