"""The tables of conversations; what people write lies in them sealed only."""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, PrimaryKeyConstraint, Table, Text

from hub.storage.both import partial_index
from hub.storage.database import metadata

conversation = Table(
    "conversation",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("opened_by", Text, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("about", Text, nullable=False),
    Column("about_id", Text),
    Column("last", Integer, nullable=False),
    Column("last_at", BigInteger),
    Column("version", Integer, nullable=False),
    Column("destroyed_at", BigInteger),
    # What it is called, and the citizen whom it is about. What the conversation's own key seals is called ciphertext:
    # a new master key passes it by.
    Column("ciphertext", Text, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
)
# One data key for each conversation, wrapped by the master key: without its row nothing in the conversation opens.
conversation_key = Table(
    "conversation_key",
    metadata,
    Column("institution", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("sealed", Text, nullable=False),
    PrimaryKeyConstraint("institution", "conversation"),
)
conversation_party = Table(
    "conversation_party",
    metadata,
    Column("institution", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("first", Integer, nullable=False),
    Column("joined_at", BigInteger, nullable=False),
    Column("added_by", Text, nullable=False),
    Column("last", Integer),
    Column("left_at", BigInteger),
    PrimaryKeyConstraint("institution", "conversation", "number"),
    Index("conversation_party_by_who", "institution", "kind", "who", "conversation"),
)
message = Table(
    "message",
    metadata,
    Column("institution", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("id", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("replies_to", Integer),
    Column("amends", Integer),
    Column("urgent", Integer, nullable=False),
    Column("mentions", Text, nullable=False),
    Column("ciphertext", Text, nullable=False),
    PrimaryKeyConstraint("institution", "conversation", "number"),
    Index("message_by_id", "institution", "conversation", "id", unique=True),
)
# A file on its way has no conversation, one that waits for its message no number, and one whose conversation is
# destroyed neither again. Its content lies beside it, in pieces that a key of its own seals.
attachment = Table(
    "attachment",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("conversation", Text),
    Column("number", Integer),
    Column("ciphertext", Text, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
    Index("attachment_by_message", "institution", "conversation", "number"),
    partial_index("attachment_loose", "at", where="number IS NULL"),
)
attachment_piece = Table(
    "attachment_piece",
    metadata,
    Column("institution", Text, nullable=False),
    Column("attachment", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("ciphertext", LargeBinary, nullable=False),
    PrimaryKeyConstraint("institution", "attachment", "number"),
)
# How far each has read; those on duty in a unit together under a name of their own.
message_read = Table(
    "message_read",
    metadata,
    Column("institution", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("reader", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("institution", "conversation", "reader"),
)
urgent_message = Table(
    "urgent_message",
    metadata,
    Column("institution", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("author", Text, nullable=False),
    Column("round", Integer, nullable=False),
    Column("due_at", BigInteger),
    Column("closed_at", BigInteger),
    PrimaryKeyConstraint("institution", "conversation", "number"),
    partial_index("urgent_message_open", "institution", where="closed_at IS NULL"),
)
urgent_call = Table(
    "urgent_call",
    metadata,
    Column("institution", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("person", Text, nullable=False),
    Column("unit", Text),
    Column("round", Integer, nullable=False),
    Column("answered_at", BigInteger),
    PrimaryKeyConstraint("institution", "conversation", "number", "person"),
)
# What somebody has begun to write, theirs alone.
message_draft = Table(
    "message_draft",
    metadata,
    Column("institution", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("what", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("sealed", Text, nullable=False),
    PrimaryKeyConstraint("institution", "person", "what"),
)
message_template = Table(
    "message_template",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("sealed", Text, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
)
# Somebody outside the house; their name and addresses lie sealed.
outside_party = Table(
    "outside_party",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("registered_by", Text, nullable=False),
    Column("registered_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),
    Column("removed_at", BigInteger),
    Column("sealed", Text, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
)
sharing_basis = Table(
    "sharing_basis",
    metadata,
    Column("institution", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("ground", Text, nullable=False),
    Column("parties", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),
    Column("noted_by", Text, nullable=False),
    Column("noted_at", BigInteger, nullable=False),
    Column("withdrawn_at", BigInteger),
    Column("withdrawn_by", Text),
    Column("ciphertext", Text, nullable=False),
    PrimaryKeyConstraint("institution", "conversation", "id"),
)
# How far each message has come to each outside party.
message_onward = Table(
    "message_onward",
    metadata,
    Column("institution", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("outside", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("why", Text),
    Column("basis", Text),
    Column("reference", Text, nullable=False),
    Column("ciphertext", Text, nullable=False),
    PrimaryKeyConstraint("institution", "conversation", "number", "outside"),
    Index("message_onward_by_reference", "institution", "reference"),
)
# A link of their own for each party outside and each conversation; what lies here opens nothing.
outside_link = Table(
    "outside_link",
    metadata,
    Column("id", Text, primary_key=True),
    Column("institution", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("outside", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("code", Text),
    Column("code_until", BigInteger),
    Column("tries", Integer, nullable=False),
    Column("wrong", Integer),
    Index("outside_link_by_whom", "institution", "conversation", "outside", unique=True),
)
outside_session = Table(
    "outside_session",
    metadata,
    Column("id", Text, primary_key=True),
    Column("link", Text, nullable=False),
    Column("began_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Index("outside_session_by_link", "link"),
)
# Addresses of ours that other houses write to, and who has what comes there.
mailbox_place = Table(
    "mailbox_place",
    metadata,
    Column("institution", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("number", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("sor", Text, nullable=False),
    Column("phone", Text, nullable=False),
    Column("kle", Text, nullable=False),
    Column("kle_label", Text, nullable=False),
    Column("kle_version", Text, nullable=False),
    PrimaryKeyConstraint("institution", "id"),
    Index("mailbox_place_by_number", "way", "number"),
)
# What each message of ours was sent as; the document goes with its conversation's key.
mailbox_sent = Table(
    "mailbox_sent",
    metadata,
    Column("institution", Text, nullable=False),
    Column("header", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("conversation", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("outside", Text, nullable=False),
    Column("thread", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("sends", Integer, nullable=False),
    Column("sent_at", BigInteger, nullable=False),
    Column("due_at", BigInteger),
    Column("handed", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("ciphertext", Text, nullable=False),
    PrimaryKeyConstraint("institution", "header"),
    Index("mailbox_sent_by_message", "institution", "conversation", "number", "outside", unique=True),
    Index("mailbox_sent_by_header", "header"),
    Index("mailbox_sent_by_thread", "thread"),
    partial_index("mailbox_sent_due", "due_at", where="due_at IS NOT NULL"),
)
# What has come under which ids, so that a copy is answered alike and shown once.
mailbox_came = Table(
    "mailbox_came",
    metadata,
    Column("institution", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("header", Text, nullable=False),
    Column("bundle", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("issues", Text, nullable=False),
    Column("answered", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("conversation", Text),
    Column("outside", Text),
    Column("thread", Text, nullable=False),
    Column("place", Text),
    Column("ciphertext", Text),
    PrimaryKeyConstraint("institution", "way", "header"),
    Index("mailbox_came_by_bundle", "institution", "way", "bundle"),
    Index("mailbox_came_by_conversation", "institution", "conversation", "outside"),
    Index("mailbox_came_by_thread", "institution", "thread"),
    Index("mailbox_came_by_time", "way", "at"),
)
