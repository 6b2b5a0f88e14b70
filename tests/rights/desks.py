"""What people keep for themselves or make at a desk: one of each in each place, so that it is there to be asked for."""

import re
from collections.abc import Mapping
from functools import partial
from struct import pack

from hub.alarms.replies import Reply
from hub.people import enrolmentstore, planstore
from hub.people.access import Principal
from hub.people.plans import plan_of
from hub.people.site import Role
from hub.planning import runstore
from hub.planning.runstore import Run
from hub.reach.notice import proof_subject
from hub.storage.database import Transaction
from tests.scenarios.world import House


async def kept(house: House, there: Mapping[str, str], of: str, browsers: Mapping[str, str]) -> dict[str, str]:
    """A search, a calendar, codes to sign in and enrol with, a plan, a floor's picture, and ways to be reached."""

    async def sends(who: str, path: str, form: Mapping[str, str]) -> tuple[str, str]:
        headers = {"Cookie": f"hub_session={browsers[who]}", "Origin": "http://hub.example"}
        answer = await house.http.post(path, data=dict(form), headers=headers)
        assert answer.status_code in (200, 303), answer.text
        return answer.headers.get("location", ""), answer.text

    view, _ = await sends("owner", "/incidents/views", {"view_name": "x", "unit": there["unit"]})
    _, calendar = await sends("owner", "/roster/calendar", {"do": "make"})
    code, _ = await sends("admin", f"/admin/people/{there['person']}/invite", {"form": "x"})
    address = re.search(r"/calendar/([^\"<]+)\.ics", calendar)
    assert address is not None, calendar
    panel, button = [
        (await sends("admin", "/admin/devices", {"kind": kind, "place": f"room-{there['unit']}"}))[0]
        for kind in ("panel", "button")
    ]
    return {
        "view": re.sub(r"^.*view=([^&]+).*$", r"\1", view),
        "token": address[1],
        "asked_code": code.rpartition("/")[2],
        "code": await _code(house, panel),
        "code_of_button": await _code(house, button),
        **await _reached(house, there, of),
        **await house.database.write(partial(_drawn, house=house, there=there, of=of), of=of),
    }


async def _code(house: House, shown_at: str) -> str:
    async with house.database.read() as tx:
        made = await enrolmentstore.find(tx, shown_at.rpartition("/")[2])
    assert made is not None, shown_at
    return house.services.enrolments.code(made)


async def _reached(house: House, there: Mapping[str, str], of: str) -> dict[str, str]:
    """The owner's browser, a notification that was sent to it, and the test that they have asked for."""
    owner, token = there["person"], house.tokens[f"phone-{there['person']}"]
    browser = Principal(of, owner, Role.STAFF, device=there["device"])
    which = await house.services.push.subscribe(browser, owner, f"https://push.example/{owner}", "{}", "Firefox")
    proof = (await house.services.proofs.ask_me(token))["id"]
    reply = house.services.replies.token(Reply(of, proof_subject(proof), owner), house.clock.now())
    return {"which": which, "reply": reply, "proof": proof}


async def _drawn(tx: Transaction, house: House, there: Mapping[str, str], of: str) -> dict[str, str]:
    unit, now = there["unit"], house.clock.now()
    await runstore.add(tx, Run(of, there["uuid"], unit, there["person"], now, {}, "", False, now))
    picture = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + pack(">II", 1, 1) + unit.encode()
    plan = plan_of(unit, "", picture)
    await planstore.put(tx, of, plan, picture)
    return {"run": there["uuid"], "digest": plan.digest}
