"""Settings, a clock, a database and channels become the parts of a hub: for the web, and for a worker."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import uuid4

from hub.alarms.actions import Alarms
from hub.alarms.chores import Escalation, HeardNews
from hub.alarms.lost import push_lost
from hub.alarms.notice import Say, notice
from hub.alarms.parcels import WaysOut
from hub.alarms.positions import Positions
from hub.alarms.replies import Replies, Reply
from hub.alarms.rerouting import Rerouting
from hub.cases.ending import CaseRetention
from hub.cases.handover import HandOver
from hub.chores import Chores
from hub.citizens import notice as citizen_notice
from hub.citizens.chores import RiskClock
from hub.citizens.queries import Citizens
from hub.citizens.sealing import Seals as CitizenSeals
from hub.clock import Clock
from hub.cluster.node import Node, Single
from hub.cluster.presence import Presence
from hub.delivery.post import Carried, Post, Target
from hub.delivery.sockets import Envelope, Sockets
from hub.drills.actions import Drills
from hub.drills.chores import DrillClock
from hub.health.vigil import Vigil
from hub.incidents import notice as follow_up
from hub.incidents.actions import Incidents
from hub.incidents.chores import Recording
from hub.incidents.retaining import Retention
from hub.incidents.sealing import Seals
from hub.incidents.tasks import FollowUpClock
from hub.lone import notice as alone
from hub.lone.actions import Lone
from hub.lone.chores import LoneClock
from hub.messaging import frames as message_frames
from hub.messaging import notice as message_notice
from hub.messaging.actions import Messages
from hub.messaging.attaching import Attaching
from hub.messaging.chores import Tidying, Urgency
from hub.messaging.keystore import Keyring
from hub.messaging.linkcode import OneTimeCode
from hub.messaging.linking import Links
from hub.messaging.onward import Onward
from hub.messaging.outside import Way
from hub.messaging.queries import told_again
from hub.people.addresses import address
from hub.people.cache import SiteCache
from hub.people.desk import Desk
from hub.people.enrolment import Codes
from hub.people.enrolments import Enrolments
from hub.people.push import PushBook
from hub.people.signin import SignIns
from hub.planning.planner import Planner
from hub.ports import Channel, Notice
from hub.proof import carrying
from hub.proof.notary import Notary
from hub.reach import notice as reach_notice
from hub.reach.actions import Proofs
from hub.reach.board import ReachBoard
from hub.reach.chores import ProofClock, ReachNews
from hub.reach.night import NightWatch
from hub.roster import news as shift_news
from hub.roster import sourcestore
from hub.roster.cache import DutyCache
from hub.roster.leaving import LeavingClock
from hub.roster.restcache import RestCache
from hub.roster.substitutes import Substitutes
from hub.roster.swapping import Swaps
from hub.roster.telling import Telling
from hub.settings import Settings
from hub.storage import boundtexts
from hub.storage.database import Database, Reader
from hub.storage.journal import Entry
from hub.storage.outbox import Parcel
from hub.storage.vault import Vault, open_vault
from hub.telemetry.opening import open_telemetry
from hub.telemetry.watch import Watch
from hub.web.rights import Rights
from hub.web.services import Services

Channels = Mapping[str, Channel]


async def join(settings: Settings, clock: Clock, database: Database, channels: Channels, say: Say) -> Services:
    """Builds every part over one database and starts the chores."""
    sites, duties, sockets, chores = SiteCache(), DutyCache(), Sockets(), Chores(clock)
    sign_ins, presence = SignIns(database, clock), Presence(database, clock, sockets, name := uuid4().hex)
    ways_out = WaysOut(frozenset(channels), _connected(sockets, presence))
    notary = Notary(database, clock, vault := open_vault(settings.data))
    alarms = Alarms(database, clock, sites, duties, sign_ins, ways_out, partial(boundtexts.append, vault))
    course, positions = open_telemetry(settings, clock, database), Positions(database, clock, alarms)
    enrolments = Enrolments(database, clock, Codes(vault.derived("enrolment")))
    others = _others(settings, name, database, clock, alarms, sockets, presence, course.watch)
    messages = _messages(database, clock, sites, duties, vault, ways_out)
    services = Services(
        settings=settings,
        clock=clock,
        database=database,
        sites=sites,
        duties=duties,
        rests=RestCache(),
        sockets=sockets,
        alarms=alarms,
        positions=positions,
        lone=Lone(database, clock, alarms, positions, duties, ways_out),
        reach=ReachBoard(database, clock, alarms, duties, sockets, "push" in channels, presence.of_person),
        drills=Drills(database, clock, alarms),
        messages=messages,
        onward=_onward(settings, clock, database, messages, vault, channels, say),
        incidents=Incidents(database, clock, Seals(vault), sites),
        citizens=Citizens(database, clock, CitizenSeals(vault), sites),
        cases=HandOver(database, clock, vault, sites, say),
        proofs=Proofs(database, clock, alarms, ways_out),
        sign_ins=sign_ins,
        desk=Desk(database, clock),
        enrolments=enrolments,
        substitutes=Substitutes(database, clock, enrolments),
        planner=Planner(settings, database),
        chores=chores,
        vigil=_vigil(settings, clock, database, chores, sockets, say, others, notary),
        push=PushBook(database, vault, clock),
        push_key=getattr(channels.get("push"), "public_key", None),
        replies=Replies(vault.derived("replies")),
        others=others,
        telemetry=course,
    )
    _start_chores(services, notary, ways_out, say)
    return _start_post(services, channels, say)


def _start_post(services: Services, channels: Channels, say: Say) -> Services:
    settings, clock, others, watch = services.settings, services.clock, services.others, services.telemetry.watch
    tell, behind, carried = others.tell, others.behind, watch.carried
    post = join_post(settings, clock, services.database, services.sites, channels, say, tell, behind, carried)
    services.chores.start("post", post.run)
    return services


def _messages(
    database: Database, clock: Clock, sites: SiteCache, duties: DutyCache, vault: Vault, ways_out: WaysOut
) -> Messages:
    return Messages(database, clock, sites, duties, Keyring(vault), ways_out, Attaching(database, clock, None))


def _onward(
    settings: Settings, clock: Clock, database: Database, messages: Messages, vault: Vault, channels: Channels, say: Say
) -> Onward:
    code = OneTimeCode(database, clock, channels, vault.derived("outside-code"), say)
    names = Codes(vault.derived("outside-link"))
    links = Links(database, clock, messages, names, channels, code, settings.public_url, say)
    messages.passings.carriers[Way.LINK] = links
    return Onward(database, clock, messages, links)


def _vigil(
    settings: Settings,
    clock: Clock,
    database: Database,
    chores: Chores,
    sockets: Sockets,
    say: Say,
    others: Node | Single,
    notary: Notary,
) -> Vigil:
    ages, troubles = sourcestore.ages, carrying.troubles
    return Vigil(settings, database, clock, chores, sockets, say, others.workerless, ages, troubles, notary.failing)


def _connected(sockets: Sockets, presence: Presence) -> Callable[[str, str], bool]:
    """Whether a person has a device on the line, to this hub or another."""
    return lambda of, person: bool(sockets.of_person(of, person) or presence.of_person(of, person))


def _others(
    settings: Settings,
    name: str,
    database: Database,
    clock: Clock,
    alarms: Alarms,
    sockets: Sockets,
    presence: Presence,
    watch: Watch,
) -> Node | Single:
    others: Node | Single
    if settings.several:
        others = Node(name, settings.redis_url, database, clock, alarms, sockets, presence)
    else:
        others = Single(database, sockets)
    others.listen(watch.followed)
    others.delivered(watch.delivered)
    return others


def _start_chores(services: Services, notary: Notary, ways_out: WaysOut, say: Say) -> None:
    database, clock, alarms, chores = services.database, services.clock, services.alarms, services.chores
    chores.start("escalation", Escalation(database, clock, alarms).run)
    chores.start("rerouting", Rerouting(database, clock, alarms, services.duties).run)
    chores.start("lone", LoneClock(database, clock, services.lone).run)
    chores.start("health", services.vigil.run)
    chores.start("drills", DrillClock(database, clock, services.drills).run)
    chores.start("cases", services.cases.run)
    chores.start("follow-ups", FollowUpClock(database, clock, services.sites, ways_out).run)
    chores.start("risks", RiskClock(database, clock, services.citizens, ways_out.channels).run)
    chores.start("retention", Retention(database, clock, services.incidents.seals).run)
    chores.start("retention of cases", CaseRetention(database, clock, services.incidents.seals).run)
    chores.start("incidents", Recording(database, clock, services.incidents).run)
    chores.start("messages outside", services.onward.run)
    chores.start("urgent messages", Urgency(database, clock, services.messages).run)
    chores.start("loose attachments", Tidying(database, clock).run)
    chores.start("shifts", Telling(database, clock, Swaps(database, clock), ways_out.channels).run)
    chores.start("leaving", LeavingClock(database, clock, services.substitutes).run)
    chores.start("reach", ReachNews(database, clock, services.reach, services.sockets, ways_out, say).run)
    chores.start("planning", services.planner.run)
    chores.start("holes", NightWatch(database, clock, alarms, ways_out).run)
    chores.start("proof", ProofClock(database, clock, services.reach, services.proofs).run)
    chores.start("checkpoints", notary.run)
    heard, rights = HeardNews(database, clock, alarms, services.sockets), Rights(services)
    chores.start("heard", heard.run)
    chores.start("rights", rights.run)
    for listener in (heard.followed, rights.followed):
        services.others.listen(listener)

    async def told(tx: Reader, entry: Entry) -> list[Envelope]:
        # Alarms stand in line behind it: nothing is read for those who are at another hub.
        to = entry.facts["to"] if entry.event in message_frames.FRAME_EVENTS else ()
        if not any(services.sockets.of_person(entry.institution, who) for who in to):
            return []
        shown = await told_again(tx, services.messages, entry)
        return [message_frames.envelope(entry, shown, to)] if shown is not None else []

    services.others.tells(told)
    services.others.start(chores)


def join_post(
    settings: Settings,
    clock: Clock,
    database: Database,
    sites: SiteCache,
    channels: Mapping[str, Channel],
    say: Say,
    tell: Callable[[Sequence[Envelope]], None],
    behind: timedelta = timedelta(),
    carried: Callable[[Carried], None] = lambda _carried: None,
) -> Post:
    """The post, with what only the hub can tell it: a parcel's words, its addresses, and what a dead one means."""
    vault = open_vault(settings.data)
    push, replies = PushBook(database, vault, clock), Replies(vault.derived("replies"))

    def describe(parcel: Parcel) -> Notice:
        words = next(
            (
                room.notice
                for room in (alone, reach_notice, shift_news, follow_up, message_notice, citizen_notice)
                if room.is_ours(parcel.subject)
            ),
            notice,
        )
        made = words(parcel, say, settings.public_url)
        if parcel.channel != "push":
            return made
        about = Reply(parcel.institution, parcel.subject, parcel.recipient)
        return replace(made, reply=replies.token(about, clock.now()))

    async def targets(tx: Reader, parcel: Parcel) -> Sequence[Target]:
        if parcel.channel == "push":
            alive = await push.alive(tx, parcel.institution, parcel.recipient)
            return [Target(browser.address, browser.id) for browser in alive]
        found = address(await sites.get(tx, parcel.institution), parcel.recipient, parcel.channel)
        return [Target(found)] if found is not None else []

    async def bury(parcel: Parcel, which: str, why: str) -> None:
        if await push.bury(parcel.institution, parcel.recipient, which, why):
            async with database.read() as tx:
                site = await sites.get(tx, parcel.institution)
            tell([push_lost(site, parcel.recipient)])

    return Post(database, clock, channels, describe, targets, bury, behind, carried)
