"""A party outside the house: who they are, by which way they are written to, and until when. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from hub.errors import Invalid
from hub.messaging.conversation import HUB, Address, Kind
from hub.ports import Correspondent

LONGEST_NAME = 120


class OutsideRole(StrEnum):
    """What somebody outside has to do with a citizen."""

    MUNICIPALITY = "municipality"
    GP = "gp"
    REGION = "region"
    PROVIDER = "provider"
    CITIZEN = "citizen"
    GUARDIAN = "guardian"
    OTHER = "other"


class Way(StrEnum):
    """How somebody outside is written to: a link of their own, MedCom's messages, or Digital Post."""

    LINK = "link"
    MEDCOM = "medcom"
    POST = "post"


@dataclass(frozen=True, slots=True)
class Outside:
    """Somebody outside the house whom a manager has registered, with the addresses that were checked then."""

    institution: str
    role: OutsideRole
    way: Way
    to: Correspondent
    registered_by: str
    registered_at: datetime
    ends_at: datetime | None = None
    """From then on they are written to no more, and read nothing over their link."""
    removed_at: datetime | None = None

    def __post_init__(self) -> None:
        if not self.to.id or not self.to.name.strip():
            raise Invalid("name: write who it is")
        if self.to.role != self.role.value:
            raise ValueError("a correspondent has the role that they are registered with")
        if self.way is Way.LINK and not (self.to.phone or self.to.email):
            raise Invalid("phone: a link needs the phone number or the e-mail address that it is sent to")
        # Whoever has only written to us, and by the older mail, may have no more than a location number.
        needed = self.to.sor or self.registered_by == HUB
        if self.way is Way.MEDCOM and not (self.to.gln and needed):
            raise Invalid("gln: MedCom's messages need both the GLN and the SOR number of the receiver")
        if self.way is Way.POST and not (self.to.cpr or self.to.cvr):
            raise Invalid("cpr: Digital Post needs the receiver's CPR or CVR number")

    @property
    def id(self) -> str:
        return self.to.id

    @property
    def reader(self) -> str:
        """Under which name they write and read."""
        return Address(Kind.OUTSIDE, self.id).reader

    @property
    def name(self) -> str:
        return self.to.name

    def there(self, now: datetime) -> bool:
        """Whether anything may be sent to them now."""
        return self.removed_at is None and (self.ends_at is None or now < self.ends_at)
