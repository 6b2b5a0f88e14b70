"""Words that are written wherever a hub takes them: through its pages and its API, as people and other houses do."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from uuid_utils import uuid7

from hub.web.link import COOKIE
from integrations.medcom.care import Citizen, Said, new
from integrations.medcom.envelope import Kind, to_xml, wrap
from integrations.medcom.writing import to_bundle, to_json
from loadtests.phases import until
from tests.contracts.boxes import FolderProvider
from tests.contracts.standins import TOKEN, Gateway
from tests.integrations.medcom_messages import KIM, OURS, THEIRS, ids
from tests.web.served import Served

CPR, NAME = "010170-1234", "Bent Plantorius"
DIGITS, ADDRESS = CPR.replace("-", ""), "plantorius@udenfor.example"
NOTE = "FORM"
# Where the mailbox and the text messages go, which are no part of the hub.
VANS = "vans"
# What stands in links; the hub is asked where it listens.
URL = "http://hub.example"


def settings(folder: Path, gateway: Gateway) -> dict[str, str]:
    """A hub with a mailbox and text messages."""
    return {
        "HUB_VANS_FOLDER": str(folder / VANS),
        "HUB_PUBLIC_URL": URL,
        "HUB_OUTBOUND_LOOPBACK": "yes",
        "HUB_SMS_URL": f"{gateway.url}/rest/mtsms",
        "HUB_SMS_TOKEN": TOKEN,
        "HUB_SMS_SENDER": "Tryghedshub",
    }


def planted(place: str) -> str:
    """A text that says where it was put."""
    return f"{CPR} {NAME}: {NOTE} {place.replace(' ', '-')} skrevet her"


async def done(asked: Any) -> httpx.Response:
    answer: httpx.Response = await asked
    refused = answer.text[answer.text.find("fault") :][:600]
    assert answer.status_code < 400, (answer.request.url, answer.status_code, refused)
    return answer


def where(answer: httpx.Response) -> str:
    """The address of what was made."""
    return answer.headers["location"].partition("?")[0].partition("#")[0]


class Planting:
    """Writes everywhere, through a hub that is served."""

    def __init__(self, hub: Served, gateway: Gateway) -> None:
        self.hub = hub
        self.gateway = gateway
        self.vans = FolderProvider(hub.folder / VANS)
        self.places: list[str] = []
        self.secrets: dict[str, str] = {}
        """What opens something, by what it is."""

    def word(self, place: str) -> str:
        self.places.append(place)
        return planted(place)

    async def everywhere(self) -> None:
        async with self.hub.signed_in("anna") as anna, self.hub.signed_in("leif") as leif:
            await self.mailbox(leif)
            await self.alarms()
            await self.incidents(anna, leif)
            await self.citizens(anna, leif)
            await self.conversations(anna, leif)
            await self.link(anna, leif)
            await self.house(leif)
            await self.mail(anna, leif)

    async def alarms(self) -> None:
        self.alarm = alarm = await self.hub.raised("telefon-anna", note=self.word("alarm note"))
        async with self.hub.http("telefon-anna") as anna:
            what = {"as_of": alarm["version"], "outcome": "real", "note": self.word("all clear")}
            await done(anna.post(f"/api/alarms/{alarm['id']}/resolve", json=what))
            alone = {
                "id": str(uuid7()),
                "minutes": 30,
                "place": self.word("lone session"),
                "purpose": planted("lone session"),
            }
            await done(anna.post("/api/lone", json=alone))
            starts = datetime.now(UTC) + timedelta(days=9)
            wish = {"starts": starts.isoformat(), "ends": (starts + timedelta(hours=8)).isoformat(), "want": "free"}
            await done(anna.post("/api/wishes", json={**wish, "strength": 2, "note": self.word("wish")}))

    async def incidents(self, anna: httpx.AsyncClient, leif: httpx.AsyncClient) -> None:
        first = {"alarm": self.alarm["id"], "happened": self.word("work record"), "outcome": "real"}
        first |= {"asked-kinds": "1", "kinds": "physical"}
        await done(anna.post("/incidents/draft", data={"about": "new", "happened": self.word("draft")}))
        record = where(await done(anna.post("/incidents/new", data=first)))
        await done(anna.post(f"{record}/case", data={"course": self.word("case note"), "last": "9"}))
        await done(leif.post("/incidents", data={"q": self.word("search")}))
        await done(leif.post(f"{record}/hold", data={"form": "h", "ground": "claim", "why": self.word("hold")}))
        task = {"form": "x", "how": "waived", "why": self.word("task")}
        await done(leif.post(f"{record}/tasks/1", data=task))
        case = {"area": "arbejdsmiljoe", "title": self.word("case title"), "basis": self.word("case basis")}
        opened = where(await done(leif.post("/cases/register", data=case)))
        await done(leif.post(f"{opened}/facts", data={"what": "note", "words": self.word("case journal")}))

    async def house(self, leif: httpx.AsyncClient) -> None:
        later = (datetime.now(UTC).astimezone(ZoneInfo("Europe/Copenhagen")) + timedelta(hours=2)).strftime("%H:%M")
        cover = {"unit": "syd", "person": "carl", "duty": "active", "until": later, "why": self.word("roster comment")}
        await done(leif.post("/roster/covers", data=cover))
        why = {"name": "Nord", "why": self.word("reason for a change")}
        await done(leif.post("/admin/units/nord", data=why))

    async def citizens(self, anna: httpx.AsyncClient, leif: httpx.AsyncClient) -> None:
        who = {"name": self.word("citizen"), "number": CPR, "home": "nord/stue-nord"}
        who |= {"helps": self.word("what helps"), "guardian": self.word("guardian"), "plan": self.word("plan")}
        citizen = where(await done(leif.post("/citizens/new", data=who)))
        await done(leif.post(f"{citizen}/hold", data={"form": "h", "why": self.word("held citizen")}))
        which = citizen.rpartition("/")[2]
        await done(anna.post("/citizens", data={"q": CPR}))
        risk = {"about": f"citizen:{which}", "text": self.word("risk"), "todo": self.word("what one does")}
        await done(anna.post("/citizens/risks", data=risk))
        (noted,) = re.findall(r"/citizens/risks/([\w-]+)/end", (await leif.get("/citizens/risks")).text)
        alarm = await self.hub.raised("telefon-bo", place="stue-nord")
        async with self.hub.http("telefon-anna") as phone:
            coming = {"answer": "coming", "as_of": alarm["version"]}
            await done(phone.post(f"/api/alarms/{alarm['id']}/answers", json=coming))
        card = {"citizen": which, "reason": "other", "why": self.word("behind glass")}
        opened = where(await done(anna.post(f"/alarms/{alarm['id']}/citizens", data=card)))
        await done(anna.get(opened))
        verdict = {"verdict": "no", "words": self.word("verdict")}
        await done(leif.post(f"/citizens/reviews/{opened.rpartition('/')[2]}", data=verdict))
        await done(leif.post(f"/citizens/risks/{noted}/end", data={"why": self.word("ended risk")}))
        async with self.hub.http("telefon-bo") as phone:
            clear = {"as_of": alarm["version"] + 1, "outcome": "test"}
            await done(phone.post(f"/api/alarms/{alarm['id']}/resolve", json=clear))

    async def conversations(self, anna: httpx.AsyncClient, leif: httpx.AsyncClient) -> None:
        begun = {"to": "person:leif", "text": self.word("message"), "cpr": "1", "about": "citizen"}
        begun |= {"title": self.word("conversation's title"), "citizen": self.word("conversation's citizen")}
        file = (f"{self.word('name of a file')}.txt", self.word("content of a file").encode(), "text/plain")
        talk = where(await done(anna.post("/messages/new", data=begun, files={"files": file})))
        await done(leif.post(talk, data={"text": self.word("answer"), "reply": "1", "cpr": "1"}))
        await done(anna.post(talk, data={"text": self.word("addition"), "amend": "1", "cpr": "1"}))
        await done(anna.post("/messages", data={"q": self.word("search in messages")}))
        draft = {"about-draft": talk.rpartition("/")[2], "text": self.word("draft of a message")}
        await done(anna.post("/messages/draft", data=draft))
        text = {"title": self.word("template's title"), "text": self.word("template")}
        await done(leif.post("/messages/templates", data=text))
        hold = {"form": "h", "ground": "complaint", "why": self.word("held conversation")}
        await done(leif.post(f"{talk}/hold", data=hold))

    async def link(self, anna: httpx.AsyncClient, leif: httpx.AsyncClient) -> None:
        """Somebody outside who opens a link with a code, and answers."""
        party = {"role": "guardian", "way": "link", "phone": "30 00 00 01", "email": ADDRESS}
        talk = await self.shared(anna, leif, party | {"name": self.word("party outside")}, "by link")
        sent = await self.texted(1)
        link = sent[0].rpartition("/")[2].split()[0]
        async with self.hub.http(None, Origin=self.hub.hub.url) as outside:
            await done(outside.post(f"/l/{link}/code", data={"form": "x"}))
            (code,) = re.findall(r"\d{6}", (await self.texted(2))[1])
            await done(outside.post(f"/l/{link}/enter", data={"digits": code}))
            await done(outside.post(f"/l/{link}", data={"text": self.word("answer over a link"), "cpr": "1"}))
            session = outside.cookies[COOKIE]
        self.secrets = {
            "link": link,
            "code of a link": code,
            "session over a link": session,
            "address outside": ADDRESS,
        }
        assert planted("answer over a link") in (await anna.get(talk)).text

    async def texted(self, count: int) -> list[str]:
        await until(lambda: len(self.gateway.taken) >= count, "a text message")
        return [one["message"] for one in self.gateway.taken]

    async def shared(
        self, anna: httpx.AsyncClient, leif: httpx.AsyncClient, party: Mapping[str, str], word: str
    ) -> str:
        """A conversation about a citizen in which a new party outside takes part, with consent; its address."""
        await done(leif.post("/messages/outside", data=party))
        begun = {"to": "person:leif", "text": "Internt", "about": "citizen", "citizen": "B"}
        talk = where(await done(anna.post("/messages/new", data=begun)))
        page = (await done(anna.get(f"{talk}/sharing"))).text
        known = re.findall(r'<option value="([^"]{30,})"[^>]*>([^<]*)', page)
        (outside,) = [which for which, name in known if party["name"] in name]
        share = {"outside": outside, "ground": "consent", "given_by": self.word(f"{word} consent of"), "lasts": "week"}
        share |= {"covers": self.word(f"{word} what"), "citizen": CPR}
        await done(anna.post(f"{talk}/sharing", data=share))
        await done(anna.post(talk, data={"text": self.word(f"{word} message"), "cpr": "1"}))
        return talk

    async def mailbox(self, leif: httpx.AsyncClient) -> None:
        """An address of the house's, and a letter that comes to it."""
        place = {"way": "medcom", "name": "Solgården", "number": OURS.gln, "sor": OURS.sor, "phone": "12345678"}
        await done(leif.post("/admin/mailboxes", data=place | {"to": "person:leif"}))
        citizen, now, new_id = Citizen(DIGITS, "Plantorius", ("Bent",)), datetime.now(UTC), ids(7)
        said = Said(KIM, self.word("letter that came"))
        letter = new(said, sender=THEIRS, receiver=OURS, citizen=citizen, now=now, new_id=new_id, topic="Søvn")
        key, document = new_id(), to_json(to_bundle(letter))
        envelope = wrap(Kind.CARE, document, sender=THEIRS.gln, receiver=OURS.gln, key=key, now=now)
        self.vans.deliver(key, to_xml(envelope))

    async def mail(self, anna: httpx.AsyncClient, leif: httpx.AsyncClient) -> None:
        """A letter that goes; by then the other has come."""
        party = {"role": "gp", "way": "medcom", "gln": "5790000121526", "sor": "276051000016005"}
        await self.shared(anna, leif, party | {"name": self.word("practice outside")}, "by letter")

        def gone() -> bool:
            return any(b"5790000121526" in one.read_bytes() for one in (self.vans.folder / "out").glob("[!.]*.xml"))

        await until(gone, "a letter in the mailbox")
        await until(lambda: bool(self.vans.settled()), "the letter that came")
        assert all(self.vans.settled().values()), "the letter was taken"
