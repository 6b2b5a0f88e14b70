"""What the hub asks of the world outside, as small interfaces that `integrations` fill."""

from hub.ports.cases import (
    EMPLOYEE,
    Answer,
    CaseParty,
    CaseRecord,
    CaseStep,
    CaseSystem,
    Classed,
    Form,
    Handed,
    Progress,
    Sensitivity,
    sent_as,
)
from hub.ports.channels import Channel, Never, Notice, NotNow, Trouble
from hub.ports.identity import Identity
from hub.ports.letters import Attached, Carrier, Correspondent, Letter, Mailbox, Scanner, Waiting
from hub.ports.rosters import OutsidePerson, OutsideUnit, PeopleTold, RosterRow, RosterSource, RosterTold

__all__ = [
    "EMPLOYEE",
    "Answer",
    "Attached",
    "Carrier",
    "CaseParty",
    "CaseRecord",
    "CaseStep",
    "CaseSystem",
    "Channel",
    "Classed",
    "Correspondent",
    "Form",
    "Handed",
    "Identity",
    "Letter",
    "Mailbox",
    "Never",
    "NotNow",
    "Notice",
    "OutsidePerson",
    "OutsideUnit",
    "PeopleTold",
    "Progress",
    "RosterRow",
    "RosterSource",
    "RosterTold",
    "Scanner",
    "Sensitivity",
    "Trouble",
    "Waiting",
    "sent_as",
]
