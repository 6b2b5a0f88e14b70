"""The mailboxes that this hub has: adapters made from its settings, with the standard that is spoken over each."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from hub.citizens import store as citizens
from hub.citizens.number import read_number
from hub.citizens.sealing import Seals
from hub.clock import Clock
from hub.errors import Invalid
from hub.foreign.medcom import MedCom
from hub.foreign.post import DigitalPost
from hub.health.faults import BoxFault, BoxTrouble
from hub.messaging import rhythmstore
from hub.messaging.mailbox import WAYS, Standard, silence
from hub.messaging.mailboxin import Incoming
from hub.messaging.mailboxout import Outgoing
from hub.messaging.outside import Way
from hub.ports import Mailbox
from hub.settings import Outside
from hub.storage.database import Reader
from hub.web.mailboxes import NAMES
from hub.web.render import LANGUAGES, catalogue
from hub.web.services import Services
from integrations.digitalpost.sf1601 import PostMailbox
from integrations.endpoints import OutboundRules
from integrations.outbound import Courier
from integrations.vans import FolderMailbox, RestMailbox, RestSettings

# Nothing that an alarm waits for goes this way, and an envelope may hold pictures.
PATIENCE, LARGEST = 20.0, 64 * 1024 * 1024
# It is looked into every ten seconds; a provider may be away for a moment.
LONGEST_AWAY = timedelta(minutes=5)
# So many arrivals tell how often something comes, nights and weekends included.
MOST_TIMES = 200


def mailboxes(outside: Outside, clock: Clock) -> dict[Way, Mailbox]:
    """Every mailbox that is set up; Invalid names the setting that is wrong."""
    made: dict[Way, Mailbox] = {}
    if (vans := _box(outside, "VANS", outside.vans_folder, outside.vans_url, outside.vans_token, clock)) is not None:
        made[Way.MEDCOM] = vans
    if (post := _box(outside, "POST", outside.post_folder, outside.post_url, outside.post_token, clock)) is not None:
        made[Way.POST] = PostMailbox(post, clock) if isinstance(post, RestMailbox) else post
    return made


def _box(
    outside: Outside, name: str, folder: str | None, url: str | None, token: str | None, clock: Clock
) -> FolderMailbox | RestMailbox | None:
    if folder is not None:
        return FolderMailbox(Path(folder), clock)
    if url is None or token is None:
        return None
    rules = OutboundRules(PATIENCE, allow_loopback=outside.allow_loopback, longest_answer=LARGEST, for_rosters=True)
    try:
        return RestMailbox(RestSettings(url, token), Courier(rules), clock)
    except ValueError as fault:
        raise Invalid(f"HUB_{name}_URL or HUB_{name}_TOKEN: {fault}") from fault


def open_mailboxes(services: Services) -> None:
    """Lets conversations go out by the mailboxes that are set up, and starts the chores that look into them."""
    say = catalogue(LANGUAGES[0])
    standards: dict[Way, Standard] = {Way.MEDCOM: MedCom(say), Way.POST: DigitalPost(say)}
    opened = {}
    for way, box in mailboxes(services.settings.outside, services.clock).items():
        opened[way] = incoming = joined(services, standards[way], box)
        services.chores.start(f"mailbox {way.value}", incoming.run)
    services.vigil.mailboxes = partial(troubles, opened)


async def troubles(boxes: Mapping[Way, Incoming], tx: Reader, now: datetime) -> list[BoxTrouble]:
    """What is wrong with the mailboxes, each held against its own rhythm."""
    found = []
    for way, box in boxes.items():
        name = NAMES[way].msgid
        if box.failing is not None and now - box.failing[0] > LONGEST_AWAY:
            since, why = box.failing
            found.append(BoxTrouble(name, BoxFault.UNREACHABLE, (now - since) // timedelta(minutes=1), why))
        elif (quiet := silence(await rhythmstore.times(tx, way, MOST_TIMES), now)) is not None:
            found.append(BoxTrouble(name, BoxFault.SILENT, quiet // timedelta(hours=1)))
        if (count := await rhythmstore.gone_again(tx, way)) > 0:
            found.append(BoxTrouble(name, BoxFault.UNANSWERED, count))
    return found


async def close_mailboxes(services: Services) -> None:
    """Lets go of what is open to them."""
    for way in WAYS:
        if way in services.messages.passings.carriers:
            await services.messages.passings.carriers[way].close()


def joined(services: Services, standard: Standard, box: Mailbox) -> Incoming:
    """One mailbox, joined to the conversations of this hub."""
    database, clock, messages = services.database, services.clock, services.messages
    outgoing = Outgoing(database, clock, messages, services.onward, standard, box)
    messages.passings.carriers[standard.way] = outgoing
    seals = services.citizens.seals
    return Incoming(
        database, clock, messages, outgoing, standard, box, catalogue(LANGUAGES[0]),
        lambda tx, of, number: _knows(tx, seals, of, number),
    )  # fmt: skip


async def _knows(tx: Reader, seals: Seals, of: str, text: str) -> bool | None:
    """Whether a citizen of this number is known; None where the house keeps no register."""
    number, seal = read_number(text), await seals.to_read(tx, of)
    if number is not None and await citizens.by_number(tx, seal, number) is not None:
        return True
    return False if await citizens.everybody(tx, seal) else None
