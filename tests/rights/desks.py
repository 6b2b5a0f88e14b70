"""What people keep for themselves or make at a desk: one of each in each place, so that it is there to be asked for."""

import re
from collections.abc import Mapping
from functools import partial
from struct import pack

from hub.people import planstore
from hub.people.plans import plan_of
from hub.planning import runstore
from hub.planning.runstore import Run
from hub.storage.database import Transaction
from tests.scenarios.world import House


async def kept(house: House, there: Mapping[str, str], of: str, browsers: Mapping[str, str]) -> dict[str, str]:
    """A search, a calendar's address, a code to sign in with, a plan that is looked for, and a floor's picture."""

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
    return {
        "view": re.sub(r"^.*view=([^&]+).*$", r"\1", view),
        "token": address[1],
        "asked_code": code.rpartition("/")[2],
        **await house.database.write(partial(_drawn, house=house, there=there, of=of), of=of),
    }


async def _drawn(tx: Transaction, house: House, there: Mapping[str, str], of: str) -> dict[str, str]:
    unit, now = there["unit"], house.clock.now()
    await runstore.add(tx, Run(of, there["uuid"], unit, there["person"], now, {}, "", False, now))
    picture = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + pack(">II", 1, 1) + unit.encode()
    plan = plan_of(unit, "", picture)
    await planstore.put(tx, of, plan, picture)
    return {"run": there["uuid"], "digest": plan.digest}
