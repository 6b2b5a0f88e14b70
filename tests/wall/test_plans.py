"""Floor plans and cards are changed by those who manage the unit, shown to those of the house, and written down."""

from typing import Any

import pytest

from hub.people import cardstore, planstore
from hub.people.plans import lies_on
from hub.storage import journal
from tests.databases import on_both
from tests.lone.outings import asks
from tests.scenarios.conftest import Begin
from tests.scenarios.world import House
from tests.wall.pictures import at_a_desk, png, sends

NORD = {"unit": "nord", "floor": ""}
DRAW = NORD | {"do": "draw"}
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.fixture
async def house(begin: Begin) -> House:
    return await begin("anna nord", "bo nord")


async def changes(house: House) -> list[tuple[str, str | None, str | None, dict[str, Any]]]:
    """What the journal says was done by hand."""
    async with house.database.read() as tx:
        entries = await journal.after(tx, "house", 0, 1_000)
    return [(one.event, one.actor, one.subject, dict(one.facts)) for one in entries if one.actor in ("leif", "ada")]


@on_both
async def test_a_plan_hangs_with_its_rooms_on_every_screen_of_the_house(house: House) -> None:
    leif = await at_a_desk(house, "leif")
    hung = await sends(house, leif, "/admin/plans", DRAW, picture=png(40, 30))
    assert (hung.status_code, hung.headers["location"]) == (303, "/admin/plans?unit=nord&floor=&done=1")
    placed = await sends(
        house, leif, "/admin/plans", NORD | {"do": "place", "x-room-nord": "25,5", "y-room-nord": "40"}
    )
    assert placed.status_code == 303

    board = (await asks(house, "board-nord", "GET", "/api/wall")).json()
    (plan,) = board["plans"]
    assert plan["rooms"] == [{"place": "room-nord", "name": "Rum i nord", "x": 0.255, "y": 0.4}]
    assert (plan["unit"], plan["width"], plan["height"]) == ("nord", 40, 30)
    assert [(one["unit"], one["on_duty"]) for one in board["units"]] == [("nord", 2)], "its own unit, and no other"

    picture = await asks(house, "board-nord", "GET", plan["picture"])
    assert picture.content == png(40, 30)
    headers = {name: picture.headers[name] for name in ("content-type", "x-content-type-options", "cache-control")}
    assert headers == {
        "content-type": "image/png",
        "x-content-type-options": "nosniff",
        "cache-control": "private, max-age=31536000, immutable",
    }
    assert "sandbox" in picture.headers["content-security-policy"]
    page = await house.http.get("/admin/plans?unit=nord", headers=leif)
    assert plan["picture"] in page.text
    assert 'value="25.5"' in page.text

    again = await sends(house, leif, "/admin/plans", DRAW, picture=png(40, 30, shade=0))
    assert again.status_code == 303
    newer = (await asks(house, "board-nord", "GET", "/api/wall")).json()["plans"][0]
    assert newer["picture"] != plan["picture"]
    assert newer["rooms"] == plan["rooms"], "the rooms stay where they lie"
    assert (await asks(house, "board-nord", "GET", plan["picture"])).status_code == 404

    gone = await sends(house, leif, "/admin/plans", NORD | {"do": "remove"})
    assert gone.status_code == 303
    assert (await asks(house, "board-nord", "GET", "/api/wall")).json()["plans"] == []
    told = [(event, who, about, facts.get("rooms")) for event, who, about, facts in await changes(house)]
    assert told == [
        ("plan_drawn", "leif", "unit:nord", None),
        ("rooms_placed", "leif", "unit:nord", ["room-nord"]),
        ("plan_drawn", "leif", "unit:nord", None),
        ("plan_removed", "leif", "unit:nord", None),
    ]


async def test_what_cannot_hang_comes_back_with_the_reason(house: House) -> None:
    leif = await at_a_desk(house, "leif")
    await sends(house, leif, "/admin/plans", DRAW, picture=png())
    for picture, why in (
        (SVG, "En SVG kan indeholde et program"),
        (b"", "Vælg først et billede"),
        (b"GIF89a", "ikke et billede, som hubben viser"),
    ):
        refused = await sends(house, leif, "/admin/plans", DRAW, picture=picture)
        assert refused.status_code == 422
        assert why in refused.text
    large = await sends(house, leif, "/admin/plans", DRAW, picture=png() + b"\0" * 2**21)
    assert large.status_code == 422
    assert "fylder under 2 MiB" in large.text
    # More than the edge takes at all.
    assert (await sends(house, leif, "/admin/plans", DRAW, picture=b"\0" * 2**22)).status_code == 413
    for x, y in (("101", "5"), ("-1", "5"), ("5", ""), ("five", "5"), ("nan", "5"), ("inf", "5")):
        typed = NORD | {"do": "place", "x-room-nord": x, "y-room-nord": y}
        refused = await sends(house, leif, "/admin/plans", typed)
        assert refused.status_code == 422, (x, y)
        assert "Skriv tal fra 0 til 100" in refused.text
        assert f'value="{x}"' in refused.text, "what was typed comes back"
    elsewhere = await sends(house, leif, "/admin/plans", NORD | {"do": "place", "x-room-syd": "5", "y-room-syd": "5"})
    assert elsewhere.status_code == 404
    assert (await sends(house, leif, "/admin/plans", DRAW | {"floor": "kælder"}, picture=png())).status_code == 404
    assert (await sends(house, leif, "/admin/plans", DRAW | {"unit": "øst"}, picture=png())).status_code == 404
    assert [event for event, *_ in await changes(house)] == ["plan_drawn"]


async def test_only_those_who_manage_the_unit_and_gave_their_password_change_it(house: House) -> None:
    async def tries(desk: dict[str, str]) -> list[int]:
        plan = await sends(house, desk, "/admin/plans", DRAW, picture=png())
        cards = await sends(house, desk, "/admin/cards", {"unit": "nord", "card-alarm": "Gå to sammen"})
        pages = [(await house.http.get(path, headers=desk)).status_code for path in ("/admin/plans", "/admin/cards")]
        return [plan.status_code, cards.status_code, *pages]

    assert await tries({}) == [303] * 4, "strangers sign in first"
    assert await tries(await at_a_desk(house, "anna")) == [403] * 4
    assert await tries(await at_a_desk(house, "lone")) == [403] * 4
    stolen = {"Cookie": f"hub_device={house.tokens['phone-leif']}"}
    assert await tries(stolen) == [303] * 4, "a manager's phone asks for the password first"
    assert await changes(house) == []
    theirs = {**await at_a_desk(house, "leif"), "Origin": "https://ond.example"}
    foreign = await house.http.post("/admin/cards", data={"unit": "nord", "card-alarm": "x"}, headers=theirs)
    assert foreign.status_code == 403
    assert (await house.http.get("/plans/" + "0" * 64)).status_code == 404
    assert (await house.http.get("/plans/" + "0" * 64, headers=await at_a_desk(house, "anna"))).status_code == 404


@on_both
async def test_a_card_comes_with_the_alarm_and_the_record_says_which_was_in_force(house: House) -> None:
    leif = await at_a_desk(house, "leif")
    anna, bo, board = await house.connect("anna", "bo", "board-nord")
    first = {"unit": "nord", "card-alarm": "Gå to sammen\r\nNøglen hænger i kontoret", "card-watch": "", "quiet": "1"}
    assert (await sends(house, leif, "/admin/cards", first)).status_code == 303

    which = await anna.presses()
    seen = house.hear("raised", anna, bo, board)
    assert seen["card"] == {"version": 1, "text": "Gå to sammen\nNøglen hænger i kontoret"}
    assert seen["quiet"] is True
    second = {"unit": "nord", "card-alarm": "Ring 112 først", "quiet": "1"}
    assert (await sends(house, leif, "/admin/cards", second)).status_code == 303
    assert (await sends(house, leif, "/admin/cards", second)).status_code == 303
    board.drops()
    await bo.says("coming", which)
    await board.comes_back()
    assert house.hear("answered", anna, bo, board)["card"] == {"version": 2, "text": "Ring 112 først"}
    timeline = (await asks(house, "bo", "GET", f"/api/alarms/{which}")).json()["timeline"]
    in_force = [line["facts"].get("card") for line in timeline if line["event"] in ("raised", "answered")]
    assert in_force == [1, 2]
    words = [line["facts"]["card_text"] for line in timeline if "card_text" in line["facts"]]
    assert words == ["Gå to sammen\nNøglen hænger i kontoret", "Ring 112 først"], "each once, where it was first shown"
    await bo.resolves(which)
    house.hear("resolved", anna, bo, board)

    assert (await sends(house, leif, "/admin/cards", {"unit": "nord", "card-alarm": " "})).status_code == 303
    which = await anna.presses()
    bare = house.hear("raised", anna, bo, board)
    assert not {"card", "quiet"} & set(bare)
    await bo.resolves(which)
    house.hear("resolved", anna, bo, board)
    async with house.database.read() as tx:
        kept = await cardstore.history(tx, "house", "nord")
    assert [(one.card.version, one.card.text, one.by) for one in kept] == [
        (3, "", "leif"),
        (2, "Ring 112 først", "leif"),
        (1, "Gå to sammen\nNøglen hænger i kontoret", "leif"),
    ]
    events = [(event, facts.get("card"), facts.get("quiet")) for event, _, _, facts in await changes(house)]
    assert events == [
        ("card_written", 1, None),
        ("unit_quietened", None, True),
        ("card_written", 2, None),
        ("card_written", 3, None),
        ("unit_quietened", None, False),
    ]
    page = await house.http.get("/admin/cards?unit=nord", headers=leif)
    assert "Ring 112 først" in page.text
    assert (await house.http.get("/admin/changes", headers=leif)).text.count("Instrukskort skrevet") == 3


async def test_a_card_that_is_too_long_or_for_nothing_is_refused(house: House) -> None:
    leif = await at_a_desk(house, "leif")
    long = await sends(house, leif, "/admin/cards", {"unit": "nord", "card-alarm": "æ" * 601})
    assert long.status_code == 422
    assert "højst 600 tegn" in long.text
    assert "æ" * 601 in long.text, "what was typed comes back"
    assert (await sends(house, leif, "/admin/cards", {"unit": "nord", "card-fire": "Løb"})).status_code == 404
    assert (await sends(house, leif, "/admin/cards", {"unit": "øst", "card-alarm": "Løb"})).status_code == 404
    assert await changes(house) == []


async def test_setting_the_site_up_anew_leaves_plans_and_cards_alone(house: House) -> None:
    leif = await at_a_desk(house, "leif")
    await sends(house, leif, "/admin/plans", DRAW, picture=png())
    await sends(house, leif, "/admin/cards", {"unit": "nord", "card-alarm": "Gå to sammen", "quiet": "1"})
    await house.set_up("anna nord", "bo nord")
    async with house.database.read() as tx:
        assert [plan.unit for plan in await planstore.plans(tx, "house")] == ["nord"]
        site = await house.services.sites.get(tx, "house")
    assert site.units["nord"].quiet
    assert site.units["nord"].cards["alarm"].text == "Gå to sammen"
    assert lies_on(site.places["room-nord"], "nord", "")
