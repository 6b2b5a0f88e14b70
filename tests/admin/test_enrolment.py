"""One-time codes: a phone, a button, a password, a substitute for one shift, and what takes them back."""

import httpx

from tests.admin.desk import Browser, code_in, signed_in
from tests.databases import on_both
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House

pytestmark = on_both


async def code_for(browser: Browser, path: str, fields: dict[str, str]) -> str:
    made = await browser.post(path, fields)
    assert made.status_code == 303, made.text
    return code_in(await browser.get(made.headers["location"]))


async def duty(browser: Browser) -> list[str]:
    return [one["person"] for one in (await browser.get("/api/duty")).json()["people"]]


async def test_a_phone_is_somebodys_from_one_scan_until_it_is_revoked(begin: Begin) -> None:
    house = await begin("anna nord")
    ada, phone = await signed_in(house, "ada"), Browser(house)
    made = await ada.post("/admin/devices", {"kind": "phone", "person": "carl"})
    page = await ada.get(made.headers["location"])
    picture = await ada.get(f"{made.headers['location']}.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert "<script" not in picture.text
    door = code_in(page)
    for _ in range(2):
        looked = await Browser(house).get(door)
        assert "Denne bliver tilknyttet Carl." in looked.text, "looking uses nothing up"
    taken = await phone.post(door)
    assert (taken.status_code, taken.headers["location"]) == (303, "/")
    assert "HttpOnly" in taken.headers["set-cookie"]
    who = (await phone.get("/api/session")).json()
    assert (who["person"], who["device"], who["role"]) == ("carl", "carl-phone", "staff")
    press = {"id": "018f0000-0000-7000-8000-00000000000a", "kind": "alarm"}
    raised = await phone.call("POST", "/api/alarms", press)
    assert (raised.status_code, raised.json()["raised_by"]) == (201, "carl")
    second = await Browser(house).post(door)
    assert (second.status_code, "Koden er brugt" in second.text) == (410, True)
    assert "Det virker" in (await ada.get(made.headers["location"])).text

    listed = await ada.get("/admin/devices?q=carl")
    assert 'action="/admin/devices/carl-phone/revoke"' in listed.text
    await ada.post("/admin/devices/carl-phone/revoke", {"reason": "lost"})
    assert (await phone.get("/api/session")).status_code == 401
    assert (await phone.get("/")).headers["location"].startswith("/login")
    async with house.database.read() as tx:
        assert (await house.services.sites.get(tx, "house")).devices["carl-phone"].revoked
    assert "Mistet" in (await ada.get("/admin/changes")).text


async def test_a_code_is_soon_too_old_and_a_made_up_one_is_none(begin: Begin) -> None:
    house = await begin("anna nord")
    ada = await signed_in(house, "ada")
    door = await code_for(ada, "/admin/devices", {"kind": "pc", "person": "bo"})
    changed = door[:-1] + ("A" if door[-1] != "A" else "B")
    for wrong in (changed, "/enrol/x", "/enrol/" + "å" * 40):
        assert (await Browser(house).get(wrong)).status_code == 410, wrong
    await house.is_asleep_until("2026-03-10T14:30")
    late = await Browser(house).post(door)
    assert (late.status_code, "Koden er for gammel" in late.text) == (410, True)


async def test_a_button_learns_its_token_from_a_program_or_a_page(begin: Begin) -> None:
    house = await begin("anna nord")
    ada = await signed_in(house, "ada")
    door = await code_for(ada, "/admin/devices", {"form": "g", "kind": "button", "place": "room-nord"})
    answer = await house.http.post("/api/enrol", json={"code": door.removeprefix("/enrol/")})
    assert answer.status_code == 201
    button = answer.json()
    assert (button["device"], button["kind"]) == ("room-nord-button", "button")
    headers = {"Authorization": f"Bearer {button['token']}"}
    press = {"id": "018f0000-0000-7000-8000-00000000000b", "kind": "assist"}
    alarm = (await house.http.post("/api/alarms", json=press, headers=headers)).json()
    assert (alarm["place"], alarm["raised_by"]) == ("room-nord", "room-nord-button")
    assert (await house.http.post("/api/enrol", json={"code": door.removeprefix("/enrol/")})).status_code == 410
    on_page = await code_for(ada, "/admin/devices", {"form": "g", "kind": "button", "place": "room-syd"})
    assert 'value="dev_' in (await Browser(house).post(on_page)).text
    house.phones.clear()


async def test_a_person_chooses_a_password_and_the_link_is_gone(begin: Begin) -> None:
    house = await begin("anna nord")
    ada, bo = await signed_in(house, "ada"), Browser(house)
    first = await code_for(ada, "/admin/people/bo/invite", {})
    door = await code_for(ada, "/admin/people/bo/invite", {})
    assert (await bo.get(first)).status_code == 410, "only the newest link of a person's can be used"
    weak = await bo.post(door, {"password": "kort"})
    assert (weak.status_code, "mindst 8 tegn" in weak.text) == (422, True)
    done = await bo.post(door, {"password": "otte-hvide-svaner"})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    assert (await bo.get("/api/session")).json()["person"] == "bo"
    assert (await bo.post(door, {"password": "noget-helt-andet"})).status_code == 410
    without_a_script = Browser(house)
    wrong = await without_a_script.post("/login", {"username": "bo", "password": "forkert-kode"})
    assert (wrong.status_code, "forkert" in wrong.text) == (401, True)
    fields = {"username": "house/bo", "password": "otte-hvide-svaner"}
    right = await without_a_script.post("/login?next=//ond.example", fields)
    assert (right.status_code, right.headers["location"]) == (303, "/")


async def test_nobody_becomes_more_than_they_are_by_the_code_of_somebody_else(begin: Begin) -> None:
    house = await begin("anna nord")
    ada, leif = await signed_in(house, "ada"), await signed_in(house, "leif")
    made = (await ada.post("/admin/people/ada/invite", {})).headers["location"]
    door = code_in(await ada.get(made))
    assert [(await leif.get(path)).status_code for path in (made, f"{made}.svg")] == [404, 404]
    assert made not in (await leif.get("/admin/devices")).text
    assert (await Browser(house).get(door)).status_code == 200

    kept = await code_for(leif, "/admin/people/bo/invite", {})
    await ada.post("/admin/people/bo", {"name": "Bo", "role": "admin", "units": "nord", "why": "x"})
    gone = await Browser(house).post(kept, {"password": "otte-hvide-svaner"})
    assert gone.status_code == 410, "whoever gave it gives nothing to an administrator"


async def test_a_substitute_is_there_for_one_shift_and_gone_by_themselves(begin: Begin) -> None:
    house = await begin("anna nord", "lone nord")
    (anna,) = await house.connect("anna")
    lead = Browser(house)
    lead.cookies.set("hub_device", house.tokens["phone-lone"])
    elsewhere = await lead.post("/admin/devices/substitute", {"name": "Vik", "unit": "syd", "until": "15:00"})
    assert elsewhere.status_code == 403, "lone leads nord"
    door = await code_for(lead, "/admin/devices/substitute", {"name": "Vik Ar", "unit": "nord", "until": "15:00"})
    assert "vikar-vik-ar" not in await duty(lead), "nobody is on duty who has not come"
    phone = Browser(house)
    assert (await phone.post(door)).status_code == 303
    assert (await Browser(house).post(door)).status_code == 410
    assert "vikar-vik-ar" in await duty(phone)
    press = {"id": "018f0000-0000-7000-8000-00000000000c", "kind": "alarm"}
    anna.hears_nothing()
    alarm = (await _as(house, "phone-lone", press)).json()
    house.hear("raised", anna)
    assert alarm["told"] == 2
    resolve = {"as_of": alarm["version"], "outcome": "test"}
    await _as(house, "phone-lone", resolve, f"/api/alarms/{alarm['id']}/resolve")
    house.hear("resolved", anna)

    await house.is_asleep_until("2026-03-10T14:59:59")
    assert (await phone.get("/api/session")).status_code == 200
    await house.passes(1)
    assert (await phone.get("/api/session")).status_code == 401
    await house.passes(10)
    async with house.database.read() as tx:
        site = await house.services.sites.get(tx, "house")
    assert "vikar-vik-ar" not in site.people
    assert site.devices["vikar-vik-ar-phone"].revoked
    ada = await signed_in(house, "ada")
    changes = (await ada.get("/admin/changes")).text
    assert "Vikar begyndt" in changes
    assert "Vikarens vagt er slut" in changes


async def _as(house: House, device: str, body: object, path: str = "/api/alarms") -> httpx.Response:
    answer = await house.http.post(path, json=body, headers={"Authorization": f"Bearer {house.tokens[device]}"})
    await house.settle()
    return answer


async def test_a_lost_phone_is_revoked_by_the_lead_and_signed_out_by_its_owner(begin: Begin) -> None:
    house = await begin("anna nord")
    lead = Browser(house)
    lead.cookies.set("hub_device", house.tokens["phone-lone"])
    page = (await lead.get("/admin/devices")).text
    assert "phone-bo/revoke" in page
    assert "phone-dina/revoke" not in page, "dina is of another unit"
    assert "phone-leif/revoke" not in page, "leif leads lone"
    assert (await lead.post("/admin/devices/phone-dina/revoke", {"reason": "lost"})).status_code == 403
    (bo,) = await house.connect("bo")
    await lead.post("/admin/devices/phone-bo/revoke", {"reason": "lost"})
    await house.passes(2)
    assert bo.closed_with == 4401

    carl = await signed_in(house, "carl")
    session = (await carl.get("/api/session")).json()["session"]
    assert (await lead.post(f"/admin/devices/sessions/carl/{session}", {"reason": "lost"})).status_code == 303
    assert (await carl.get("/api/session")).status_code == 401

    ada, phone = await signed_in(house, "ada"), Browser(house)
    await phone.post(await code_for(ada, "/admin/devices", {"kind": "phone", "person": "carl"}))
    phone.cookies.set("hub_session", "ses_who-signed-in-here-yesterday")
    again = await phone.get("/login?next=/")
    assert again.status_code == 303
    assert (await phone.get("/api/session")).json()["device"] == "carl-phone"
    assert (await phone.call("DELETE", "/api/session")).status_code == 204
    assert (await phone.get("/api/session")).status_code == 401
