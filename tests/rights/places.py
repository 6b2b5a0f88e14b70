"""Two institutions with everybody who may ask, and one of each thing that they may ask about, near and far."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from hub.cases import casestore, practicestore, registerstore
from hub.cases.case import Case
from hub.cases.practice import Area
from hub.citizens import riskstore
from hub.messaging import outsideactions, outsidestore, placestore
from hub.messaging.conversation import Address, Kind
from hub.messaging.mailbox import Place
from hub.messaging.outside import Outside, OutsideRole, Way
from hub.messaging.sharing import CONSENT, Basis
from hub.people import store
from hub.people.credentials import fingerprint, session_token
from hub.people.setup import parse
from hub.people.signin import SESSION_LASTS
from hub.people.store import Session
from hub.ports import Correspondent
from hub.roster import store as roster
from hub.roster.actions import setup_site
from hub.storage.database import Transaction
from tests.rights.desks import kept
from tests.scenarios.world import RULES, House

# Where it is, as seen by those who ask: all of them are of nord, but the admin, who is of the whole house.
HERE, NEXT_DOOR, ELSEWHERE = "nord", "syd", "fjern"
PLACES = (HERE, NEXT_DOOR, ELSEWHERE)
HOUSE_OF = {HERE: "house", NEXT_DOOR: "house", ELSEWHERE: "other"}
# Whose things are asked about.
OWNERS = {HERE: "bo", NEXT_DOOR: "erik", ELSEWHERE: "vera"}

PEOPLE = {
    "house": {
        "anna": "staff nord",
        "nora": "staff nord",
        "lone": "shift_lead nord",
        "leif": "manager nord",
        "ada": "admin",
        "bo": "staff nord",
        "erik": "staff syd",
        "dina": "staff syd",
    },
    "other": {"vera": "staff fjern", "una": "manager fjern", "alma": "admin"},
}
# Who comes to the alarms there.
COMES = {HERE: "lone", NEXT_DOOR: "dina", ELSEWHERE: "una"}
ADMINS = {"house": "ada", "other": "alma"}
LEADERS = {HERE: "lone", NEXT_DOOR: "ada", ELSEWHERE: "una"}


def site_text(house: str) -> str:
    """An institution's site file; its first people are on duty."""
    lines = [f'[institution]\nid = "{house}"\nname = "{house}"\nmunicipality = "29189999"']
    lines += ['timezone = "Europe/Copenhagen"\nrules = "here"']
    for unit in (one for one in PLACES if HOUSE_OF[one] == house):
        lines.append(f'[[unit]]\nid = "{unit}"\nname = "{unit}"')
        lines.append(f'[[place]]\nid = "room-{unit}"\nunit = "{unit}"\nname = "Rum i {unit}"')
        lines.append(f'[[device]]\nid = "board-{unit}"\nkind = "wallboard"\nplace = "room-{unit}"')
        lines.append(f'[[contact]]\nid = "guard-{unit}"\nname = "Vagt"\nphone = "+4520000000"')
        owner = OWNERS[unit]
        lines.append(f'[[shift]]\nperson = "{owner}"\nunit = "{unit}"\nduty = "active"')
        lines.append("from = 2026-03-10T08:00:00+01:00\nto = 2026-03-10T20:00:00+01:00")
        lines.append(f'[[shift]]\nperson = "{owner}"\nunit = "{unit}"\nduty = "active"')
        lines.append("from = 2026-03-12T08:00:00+01:00\nto = 2026-03-12T20:00:00+01:00")
    if house == "house":
        # Somebody hears a press next door, so that no leader of another unit must be told.
        lines.append('[[shift]]\nperson = "dina"\nunit = "syd"\nduty = "active"')
        lines.append("from = 2026-03-10T08:00:00+01:00\nto = 2026-03-10T20:00:00+01:00")
    for person, belongs in PEOPLE[house].items():
        role, *units = belongs.split()
        lines.append(f'[[person]]\nid = "{person}"\nname = "{person.title()}"\nrole = "{role}"\nunits = {units}')
        lines.append(f'[[device]]\nid = "phone-{person}"\nkind = "phone"\nperson = "{person}"')
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Site:
    """The hub, the tokens of devices, and what the addresses name in each place."""

    house: House
    things: Mapping[str, Mapping[str, str]]


async def sessions(
    house: House, person: str, count: int = 1, of: str = "house", *, over: bool = False, ended: bool = False
) -> list[str]:
    """So many browsers in which the person has signed in; `over` long ago, or `ended` by signing out."""
    tokens = [session_token() for _ in range(count)]
    now = house.clock.now()
    expires = now if over else now + SESSION_LASTS

    async def begin(tx: Transaction) -> None:
        for token in tokens:
            new = Session(fingerprint(token), of, person, now, now, expires, "Firefox", None)
            await store.start_session(tx, new)
            if ended:
                assert await store.end_session(tx, of, person, new.id, now)

    await house.database.write(begin, of=of)
    return tokens


async def sent_file(house: House, owner: str, conversation: str) -> str:
    """A file that somebody sends to a conversation, and then a message that carries it."""
    headers = {"Authorization": f"Bearer {house.tokens[f'phone-{owner}']}", "Content-Type": "application/octet-stream"}
    where = f"/api/conversations/{conversation}"
    sent = await house.http.post(f"{where}/attachments?name=x.txt", content=b"x", headers=headers)
    assert sent.status_code == 201, sent.text
    which: str = sent.json()["id"]
    said = {"id": f"with {which}", "text": "x", "attachments": [which]}
    answer = await house.http.post(f"{where}/messages", json=said, headers={"Authorization": headers["Authorization"]})
    assert answer.status_code == 201, answer.text
    return which


async def furnished(house: House) -> Site:
    """Both institutions set up, and in each place one of everything."""
    for name in PEOPLE:
        done = await setup_site(house.database, parse(site_text(name)), RULES, house.clock)
        house.tokens |= done.tokens
    await house.settle()
    things = {}
    for number, place in enumerate(PLACES, 1):
        things[place] = await _of(house, place, f"00000000-0000-4000-8000-00000000000{number}")
    (manager,) = await sessions(house, "leif")
    browser = {"Cookie": f"hub_session={manager}", "Origin": "http://hub.example"}
    answer = await house.http.post("/incidents/safety", data={"form": "s", "people": "nora"}, headers=browser)
    assert answer.status_code == 303, answer.text
    return Site(house, things)


async def _of(house: House, place: str, uuid: str) -> dict[str, str]:
    owner, lead = OWNERS[place], LEADERS[place]

    async def asks(who: str, method: str, path: str, body: Any = None) -> Any:
        token = house.tokens[f"phone-{who}"]
        answer = await house.http.request(method, path, json=body, headers={"Authorization": f"Bearer {token}"})
        assert answer.is_success, (path, answer.text)
        await house.settle()
        return answer.json()

    found = {"unit": place, "person": owner, "device": f"phone-{owner}", "contact": f"guard-{place}", "uuid": uuid}
    alarm = await asks(owner, "POST", "/api/alarms", {"id": uuid, "kind": "alarm", "place": f"room-{place}"})
    found["alarm"] = alarm["id"]
    ended = await asks(owner, "POST", "/api/alarms", {"id": uuid[:-2] + "e" + uuid[-1], "kind": "assist"})
    done = {"as_of": ended["version"], "outcome": "real"}
    await asks(owner, "POST", f"/api/alarms/{ended['id']}/resolve", done)
    said = {"id": uuid[:-2] + "d" + uuid[-1], "text": "x", "to": [{"duty": place}], "conversation": uuid}
    await asks(owner, "POST", "/api/conversations", said)
    found["conversation"] = uuid
    found["attachment"] = await sent_file(house, owner, uuid)
    later = "2026-03-10T19:00:00Z"
    drill = {"unit": place, "kind": "alarm", "at": later}
    found["drill"] = (await asks(lead, "POST", "/api/drills", drill))["id"]
    found["lone"] = (await asks(owner, "POST", "/api/lone", {"id": uuid[:-2] + "f" + uuid[-1], "minutes": 45}))["id"]
    wish = {"starts": "2026-03-20T08:00:00Z", "ends": "2026-03-20T16:00:00Z", "want": "free", "strength": 1}
    found["wish"] = (await asks(owner, "POST", "/api/wishes", wish))["id"]
    cover = {"unit": place, "person": lead, "until": later}
    found["cover"] = (await asks(lead, "POST", "/api/covers", cover))["id"]
    (session,) = await sessions(house, owner, of=HOUSE_OF[place])
    note = {"alarm": ended["id"], "happened": "x", "outcome": "real", "asked-kinds": "1", "kinds": "threat"}
    browser = {"Cookie": f"hub_session={session}", "Origin": "http://hub.example"}
    answer = await house.http.post("/incidents/new", data=note, headers=browser)
    assert answer.status_code == 303, answer.text
    found["incident"] = answer.headers["location"].partition("?")[0].rpartition("/")[2]
    lives = {"name": "x", "home": f"{place}/room-{place}"}
    answer = await house.http.post("/citizens/new", data=lives, headers=browser)
    assert answer.status_code == 303, answer.text
    found["citizen"] = answer.headers["location"].partition("?")[0].rpartition("/")[2]
    arrived = {"answer": "arrived", "as_of": alarm["version"]}
    await asks(COMES[place], "POST", f"/api/alarms/{alarm['id']}/answers", arrived)
    found |= await _acute(house, place, found, browser)
    (admin,) = await sessions(house, ADMINS[HOUSE_OF[place]], of=HOUSE_OF[place])
    found |= await kept(house, found, HOUSE_OF[place], {"owner": session, "admin": admin})
    found["session"] = fingerprint(session)
    async with house.database.read() as tx:
        ahead = await roster.shifts(tx, HOUSE_OF[place], house.clock.now(), house.clock.now() + timedelta(days=7))
    found["shift"] = max((one for one in ahead if one.person == owner), key=lambda one: one.starts).id
    found["swap"] = (await asks(owner, "POST", "/api/swaps", {"shift": found["shift"]}))["id"]
    await house.database.write(partial(_on_file, house=house, place=place, found=found), of=HOUSE_OF[place])
    await _outside(house, HOUSE_OF[place], session, found)
    await house.database.write(partial(_mailbox, place=place, found=found), of=HOUSE_OF[place])
    return found


async def _outside(house: House, of: str, session: str, found: dict[str, str]) -> None:
    """Somebody outside who takes part in the conversation, and their link to it."""
    messages, which = house.services.messages, f"outside-{found['unit']}"
    to = Correspondent(which, "x", "other", phone="+4520000000")
    party = Outside(of, OutsideRole.OTHER, Way.LINK, to, "x", house.clock.now())
    await house.database.write(lambda tx: outsidestore.register(tx, messages.keyring.vault, party), of=of)
    await outsideactions.invite(messages, session, of, found["conversation"], which, None, None)
    link = await house.services.onward.links.code_of(of, found["conversation"], which)
    now = house.clock.now()
    basis = Basis(f"basis-{which}", CONSENT, (which,), now, now + timedelta(days=9), "x", now, "x", "x")
    await outsideactions.note(messages, session, of, found["conversation"], basis)
    found |= {"outside": which, "link": link, "basis": basis.id}


async def _mailbox(tx: Transaction, place: str, found: dict[str, str]) -> None:
    """An address of the house's that others write to, whose post goes to the unit."""
    found["mailbox"] = f"mailbox-{place}"
    number = f"579000000000{PLACES.index(place)}"
    to = Address(Kind.DUTY, place)
    await placestore.add_place(
        tx, Place(HOUSE_OF[place], found["mailbox"], Way.MEDCOM, number, "x", to, "123456", "20304050")
    )


async def _on_file(tx: Transaction, house: House, place: str, found: dict[str, str]) -> None:
    """A case of the unit, the incident's record for the case system, and a paper that lies with it."""
    of, cases, now = HOUSE_OF[place], house.services.cases, house.clock.now()
    seal = await house.services.incidents.seals.to_write(tx)
    await cases.record(tx, of, found["incident"], None)
    (entry,) = await registerstore.of_incident(tx, seal, of, found["incident"])
    case = Case(of, found["uuid"], "TH-S-1", Area.ADULTS, place, None)
    await casestore.open_case(tx, case, now)
    paper = casestore.Document(
        found["uuid"], entry.record.id, found["incident"], entry.sort.value, "incident", "", "x", now
    )
    await casestore.keep_document(tx, seal, of, paper, "eA==")
    await practicestore.choose_keeper(tx, "29189999", "house")
    found |= {"case": case.id, "record": entry.record.id, "document": paper.id}


async def _acute(house: House, place: str, there: Mapping[str, str], browser: Mapping[str, str]) -> dict[str, str]:
    """A risk of the citizen's, and their card as whoever came to the alarm has opened it."""
    citizen = there["citizen"]
    noted = {"about": f"citizen:{citizen}", "text": "x", "todo": "x"}
    assert (await house.http.post("/citizens/risks", data=noted, headers=browser)).status_code == 303
    wanted = {"citizen": citizen, "reason": "calm"}
    (comes,) = await sessions(house, COMES[place], of=HOUSE_OF[place])
    theirs = {"Cookie": f"hub_session={comes}", "Origin": browser["Origin"]}
    answer = await house.http.post(f"/alarms/{there['alarm']}/citizens", data=wanted, headers=theirs)
    assert answer.status_code == 303, answer.text
    async with house.database.read() as tx:
        (risk,) = await riskstore.of_citizen(tx, house.services.citizens.seals.vault, HOUSE_OF[place], citizen)
    return {"risk": risk.id, "opening": answer.headers["location"].rpartition("/")[2]}
