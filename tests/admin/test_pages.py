"""Every administration page: who may open it and change what, and that nothing typed is ever more than text."""

from typing import Any

from hub.people import store
from tests.admin.desk import Browser, code_in, signed_in
from tests.scenarios.conftest import Begin
from tests.scenarios.world import RULES, House

LEADING = ["/admin", "/admin/devices", "/admin/drills", "/holes", "/rest"]
MANAGING = [
    "/admin/units", "/admin/units/nord", "/admin/people", "/admin/people/anna", "/admin/contacts",
    "/admin/contacts/guard", "/admin/rules", "/admin/rules/1", "/admin/rules/trial?from=",
    "/admin/rules/trial?from=herberg", "/admin/rules/in-force.toml", "/admin/changes", "/admin/institution",
    "/admin/site.toml", "/admin/units.csv", "/admin/people.csv", "/admin/contacts.csv", "/admin/devices.csv",
    "/admin/rules.csv", "/admin/changes.csv",
]  # fmt: skip
Form = tuple[str, dict[str, Any]]
CHANGES: list[Form] = [
    ("/admin/units", {"name": "Øst"}),
    ("/admin/units/nord", {"name": "Nord", "why": "x"}),
    ("/admin/units/vest/retire", {"why": "x"}),
    ("/admin/people", {"name": "Ny", "role": "staff", "units": "nord"}),
    ("/admin/people/bo", {"name": "Bo", "role": "staff", "units": "nord"}),
    ("/admin/people/bo/leave", {"why": "x"}),
    ("/admin/people/bo/invite", {}),
    ("/admin/contacts", {"name": "Vagt", "phone": "12345678"}),
    ("/admin/contacts/guard", {"name": "Vagt", "phone": "12345678"}),
    ("/admin/contacts/guard/retire", {"why": "x"}),
    ("/admin/devices", {"kind": "phone", "person": "bo"}),
    ("/admin/institution", {"name": "X", "timezone": "Europe/Oslo"}),
    ("/admin/rules", {"name": "X", "text": "", "why": "x"}),
]
LEADERS: list[Form] = [
    ("/admin/devices/substitute", {"name": "Vik", "unit": "nord", "until": "23:00"}),
    ("/admin/devices/phone-bo/revoke", {"reason": "lost"}),
    ("/admin/drills", {"unit": "nord", "kind": "alarm", "when": "planned", "at": "2026-03-10 20:00"}),
]


async def opens(browser: Browser, paths: list[str]) -> dict[str, int]:
    return {path: (await browser.get(path)).status_code for path in paths}


async def sends(browser: Browser, forms: list[Form]) -> dict[str, int]:
    return {path: (await browser.post(path, fields)).status_code for path, fields in forms}


async def version(house: House) -> int:
    async with house.database.read() as tx:
        found = await store.versions(tx, "house")
    assert found is not None
    return found[0]


async def test_each_role_opens_its_own_pages(begin: Begin) -> None:
    house = await begin("anna nord")
    everything = LEADING + MANAGING
    roles: dict[str | None, list[str]] = {None: [], "anna": [], "lone": LEADING, "leif": everything, "ada": everything}
    for who, mine in roles.items():
        browser = await signed_in(house, who)
        answers = await opens(browser, everything)
        assert [path for path, status in answers.items() if status == 200] == mine, who
        refused = {status for status in answers.values() if status != 200}
        assert refused <= {303 if who is None else 403}, who


async def test_nobody_changes_what_is_not_theirs_to_change(begin: Begin) -> None:
    house = await begin("anna nord")
    before = await version(house)
    assert set((await sends(await signed_in(house, None), CHANGES + LEADERS)).values()) == {303}
    assert set((await sends(await signed_in(house, "anna"), CHANGES + LEADERS)).values()) == {403}
    assert set((await sends(await signed_in(house, "lone"), CHANGES)).values()) == {403}
    phone = Browser(house)
    phone.cookies.set("hub_device", house.tokens["phone-ada"])
    answers = await sends(phone, CHANGES)
    assert set(answers.values()) == {303}, "a phone without a password changes no institution"
    elsewhere = await signed_in(house, "ada")
    elsewhere.origin = "https://ond.example"
    assert set((await sends(elsewhere, CHANGES + LEADERS)).values()) == {403}
    assert await version(house) == before
    assert set((await sends(await signed_in(house, "lone"), LEADERS)).values()) == {303}


async def test_a_manager_makes_nobody_an_administrator_and_touches_none(begin: Begin) -> None:
    house = await begin("anna nord")
    leif = await signed_in(house, "leif")
    promoted = await leif.post("/admin/people/bo", {"name": "Bo", "role": "admin", "units": "nord", "why": "x"})
    assert (promoted.status_code, "Kun en administrator gør" in promoted.text) == (422, True)
    for path, fields in (
        ("/admin/people/ada", {"name": "Ada", "role": "staff", "units": "nord", "why": "x"}),
        ("/admin/people/ada/leave", {"why": "x"}),
        ("/admin/people/ada/invite", {}),
        ("/admin/institution", {"name": "Mit", "timezone": "Europe/Copenhagen"}),
    ):
        assert (await leif.post(path, fields)).status_code == 403, path
    assert (await leif.post("/admin/devices", {"kind": "phone", "person": "ada"})).status_code == 422
    ada = await signed_in(house, "ada")
    alone = await ada.post("/admin/people/ada/leave", {"form": "g", "why": "x"})
    assert (alone.status_code, "Du kan ikke fjerne dig selv" in alone.text) == (409, True)


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_done(begin: Begin) -> None:
    house = await begin("anna nord")
    ada, before = await signed_in(house, "ada"), await version(house)
    typed = {"name": "Åse", "role": "staff", "units": "nord", "phone": "abc", "email": "åse"}
    page = await ada.post("/admin/people", typed)
    assert page.status_code == 422
    assert 'id="f-phone-e"' in page.text
    assert "Der kan ikke ringes til det" in page.text
    assert 'value="Åse"' in page.text
    assert 'value="abc"' in page.text
    assert 'aria-invalid="true"' in page.text
    ada.cookies.set("hub_language", "en")
    assert "This cannot be called" in (await ada.post("/admin/people", typed)).text
    for path, fields, fault in (
        ("/admin/units", {"name": "nord"}, "Another unit is called this"),
        ("/admin/units", {"name": "Øst", "rooms": "Bad\nbad"}, "bad stands twice"),
        ("/admin/units/nord", {"name": "Nord", "neighbours": "hest"}, "not there any more"),
        ("/admin/units/nord/retire", {"form": "g", "why": "x"}, "have no other unit"),
        ("/admin/people", {"name": "", "role": "boss"}, "Choose one from the list"),
        ("/admin/people", {"name": "X\u202e", "role": "manager"}, "cannot be shown"),
        ("/admin/people/bo/leave", {"form": "g", "why": ""}, "Write why"),
        ("/admin/contacts", {"name": "Vagt"}, "nobody could be reached"),
        ("/admin/contacts", {"name": "Vagt", "webhook": "javascript:alert(1)"}, "begins with https://"),
        ("/admin/devices", {"kind": "phone"}, "Choose whose it is"),
        ("/admin/devices", {"form": "g", "kind": "button"}, "Choose the room"),
        ("/admin/devices/substitute", {"form": "s", "name": "V", "unit": "nord", "until": "25"}, "when the shift"),
        ("/admin/institution", {"name": "X", "timezone": "Mars/Nord"}, "time zone"),
        ("/admin/drills", {"unit": "nord", "kind": "alarm", "when": "planned", "at": "2020-01-01 10:00"}, "is over"),
    ):  # fmt: skip
        page = await ada.post(path, fields)
        assert page.status_code in (409, 422), (path, page.status_code)
        assert fault in page.text, (path, fault)
    assert await version(house) == before


NASTY = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"


async def test_whatever_is_typed_is_shown_as_text(begin: Begin) -> None:
    house = await begin("anna nord")
    ada = await signed_in(house, "ada")
    forms: list[Form] = [
        ("/admin/institution", {"name": NASTY, "timezone": "Europe/Copenhagen", "why": NASTY}),
        ("/admin/units", {"name": NASTY, "rooms": NASTY}),
        ("/admin/people", {"name": NASTY, "role": "staff", "units": "nord"}),
        ("/admin/people/anna", {"name": NASTY, "role": "manager", "units": "nord", "why": NASTY}),
        ("/admin/contacts", {"name": NASTY, "phone": "112", "webhook": "https://x.dk/" + NASTY.replace(" ", "")}),
        (
            "/admin/rules",
            {"name": NASTY[:80], "text": RULES, "why": NASTY},
        ),
        ("/admin/devices/substitute", {"name": NASTY[:80], "unit": "nord", "until": "23:00"}),
        ("/admin/devices", {"form": "g", "kind": "button", "place": "room-nord", "name": NASTY[:80]}),
    ]
    pages = []
    for path, fields in forms:
        done = await ada.post(path, fields)
        assert done.status_code == 303, (path, done.text)
        pages.append(done.headers["location"])
        pages.append((await ada.post(path, fields | {"name": "", "why": NASTY, "until": NASTY, "q": NASTY})).text)
    substitute = await ada.get(pages[-4])
    door = code_in(substitute)
    await Browser(house).post(door)
    for path in [*LEADING, *MANAGING, *(page for page in pages if page.startswith("/")), door, "/admin/rules/2"]:
        page = await ada.get(path + ("" if "?" in path else f"?q={NASTY}"))
        if page.headers.get("content-type", "").startswith("text/html"):
            pages.append(page.text)
    written = [page for page in pages if not page.startswith("/")]
    assert len(written) > 20
    assert not [page for page in written if "<script>alert" in page or "<img src=x" in page or ">49<" in page]
    assert [page for page in written if "&lt;script&gt;" in page]


async def test_lists_are_searched_sorted_and_taken_along(begin: Begin) -> None:
    house = await begin("anna nord")
    ada = await signed_in(house, "ada")
    await ada.post("/admin/people", {"name": "=HYPERLINK(1)", "role": "staff", "units": "nord", "phone": "11223344"})
    await ada.post("/admin/people", {"name": "Åse", "role": "staff", "units": "syd"})
    page = await ada.get("/admin/people?sort=0&down=1")
    assert page.text.index(">Åse<") < page.text.index(">Vera<") < page.text.index(">Ada<")
    assert 'aria-sort="descending"' in page.text
    found = await ada.get("/admin/people?q=åse+syd")
    assert ">Åse<" in found.text
    assert ">Vera<" not in found.text
    file = await ada.get("/admin/people.csv?q=hyperlink")
    assert file.content.startswith(b"\xef\xbb\xbf")
    assert "'=HYPERLINK(1);" in file.text
    assert ";'+4511223344;" in file.text
    assert "Vera" not in file.text
    assert "Liste hentet</" in (await ada.get("/admin/changes")).text


async def test_another_institution_is_not_there(begin: Begin) -> None:
    house = await begin("anna nord")
    other = await _other_institution(house)
    assert ">Anna<" not in (await other.get("/admin/people")).text
    for path in ("/admin/people/anna", "/admin/units/nord", "/admin/contacts/guard"):
        assert (await other.get(path)).status_code == 404, path
    for path, fields in (
        ("/admin/people/anna/leave", {"why": "x"}),
        ("/admin/units/nord", {"name": "Mit"}),
        ("/admin/devices/phone-anna/revoke", {"reason": "lost"}),
        ("/admin/contacts/guard/retire", {"why": "x"}),
    ):
        assert (await other.post(path, fields)).status_code == 404, path
    ada = await signed_in(house, "ada")
    code = (await ada.post("/admin/devices", {"kind": "phone", "person": "bo"})).headers["location"]
    assert (await ada.get(code)).status_code == 200
    assert (await other.get(code)).status_code == 404
    assert (await other.get(f"{code}.svg")).status_code == 404


async def _other_institution(house: House) -> Browser:
    link = await house.services.enrolments.for_institution()
    browser = Browser(house)
    fields = {"name": "Månehuset", "municipality": "29189999", "rules": "herberg", "person": "Mona"}
    fields["password"] = "otte-hvide-svaner"
    done = await browser.post(f"/enrol/{link}", fields)
    assert (done.status_code, done.headers["location"]) == (303, "/admin"), done.text
    return browser
