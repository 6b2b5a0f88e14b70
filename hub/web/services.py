"""What the endpoints may call: filled by `hub.join`, the only place where parts are joined."""

from dataclasses import dataclass

from hub.alarms.actions import Alarms
from hub.alarms.positions import Positions
from hub.alarms.replies import Replies
from hub.cases.handover import HandOver
from hub.chores import Chores
from hub.citizens.queries import Citizens
from hub.clock import Clock
from hub.cluster.node import Node, Single
from hub.delivery.sockets import Sockets
from hub.drills.actions import Drills
from hub.health.vigil import Vigil
from hub.incidents.actions import Incidents
from hub.lone.actions import Lone
from hub.messaging.actions import Messages
from hub.messaging.onward import Onward
from hub.people.cache import SiteCache
from hub.people.desk import Desk
from hub.people.enrolments import Enrolments
from hub.people.push import PushBook
from hub.people.signin import SignIns
from hub.planning.planner import Planner
from hub.reach.actions import Proofs
from hub.reach.board import ReachBoard
from hub.roster.cache import DutyCache
from hub.roster.restcache import RestCache
from hub.roster.substitutes import Substitutes
from hub.settings import Settings
from hub.storage.database import Database
from hub.telemetry.opening import Telemetry


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    clock: Clock
    database: Database
    sites: SiteCache
    duties: DutyCache
    rests: RestCache
    sockets: Sockets
    alarms: Alarms
    positions: Positions
    lone: Lone
    reach: ReachBoard
    proofs: Proofs
    drills: Drills
    incidents: Incidents
    citizens: Citizens
    messages: Messages
    onward: Onward
    cases: HandOver
    sign_ins: SignIns
    desk: Desk
    enrolments: Enrolments
    substitutes: Substitutes
    planner: Planner
    chores: Chores
    vigil: Vigil
    push: PushBook
    push_key: str | None
    replies: Replies
    others: Node | Single
    telemetry: Telemetry
