"""Care communications to test with: houses, people and texts that exist nowhere."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from integrations.medcom.care import Attachment, Author, CareMessage, Citizen, House, Said, new

STANDARDS = Path(__file__).parents[3] / "shared/standards"
MEDCOM = STANDARDS / "medcom"
WHEN = datetime(2026, 5, 4, 12, tzinfo=UTC)
OURS = House("Bosted Solgården", "1234567890123", "5790000000012")
THEIRS = House("Lægerne Havnegade", "9876543210987", "5790000000029")
OTHERS = House("Distriktspsykiatrien", "5555555550123", "5790000000036")
CITIZEN = Citizen("2509479989", "Elmer", ("Bruno",))
JETTE = Author("Jette", "Holm", "socialpædagog", "+4512345678")
KIM = Author("Kim", "Jensen", "sygeplejerske", "87875455", coded=True)
TEXT = "Kære læge\n\nBruno sov ikke i nat.\n  • 2 × Panodil & intet <andet>\nHilsen Jette"


def ids(first: int = 1) -> Callable[[], str]:
    """UUIDs of version 4, one after the other."""
    count = first - 1

    def next_id() -> str:
        nonlocal count
        count += 1
        return str(UUID(int=count * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128, version=4))

    return next_id


def pdf(key: str, content: bytes = b"%PDF-1.7 ...") -> Attachment:
    return Attachment(key, "Døgnrytme.pdf", "application/pdf", content, at=WHEN)


def first(
    new_id: Callable[[], str], text: str = TEXT, *attachments: Attachment, category: str = "nursing"
) -> CareMessage:
    said = Said(JETTE, text, attachments)
    topic = "Søvn" if category == "other" else ""
    return new(
        said, sender=OURS, receiver=THEIRS, citizen=CITIZEN, now=WHEN, new_id=new_id, category=category, topic=topic
    )


def examples(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((MEDCOM / "examples" / folder).glob("*.json"))]
