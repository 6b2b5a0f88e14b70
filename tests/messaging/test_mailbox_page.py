"""The page of our addresses in mailboxes: what is missing is said beside its field, and whose post goes where."""

from hub.messaging import placestore
from tests.admin.desk import signed_in
from tests.databases import on_both
from tests.scenarios.conftest import Begin

pytestmark = on_both
VALID = {"way": "medcom", "name": "Solgården", "number": "5790 0000 00012", "sor": "123456", "phone": "12345678"}


async def test_an_address_is_added_with_all_that_its_way_needs(begin: Begin) -> None:
    house = await begin("anna nord")
    leif, anna = await signed_in(house, "leif"), await signed_in(house, "anna")
    assert (await anna.get("/admin/mailboxes")).status_code == 403
    page = (await leif.get("/admin/mailboxes")).text
    assert "MedCom (VANS): der er endnu ingen postkasse på denne hub." in page
    for left_out, says in (
        ("number", "Skriv lokationsnummeret"),
        ("sor", "Skriv SOR-nummeret"),
        ("phone", "Skriv, hvor den, der skriver, kan ringes op"),
        ("name", "Skriv, hvad stedet hedder"),
        ("to", "Vælg"),
    ):
        answer = await leif.post("/admin/mailboxes", {**VALID, "to": "duty:nord", left_out: ""})
        assert answer.status_code == 422, left_out
        assert says in answer.text, left_out
    post = {"way": "post", "name": "Solgården", "number": "12345678", "to": "person:lone"}
    assert (await leif.post("/admin/mailboxes", {**post, "kle": "27.66"})).status_code == 422
    for fields in ({**VALID, "to": "duty:nord"}, {**post, "kle": "27.66.08", "kle_label": "Magtanvendelse"}):
        assert (await leif.post("/admin/mailboxes", fields)).status_code == 303
    again = await leif.post("/admin/mailboxes", {**VALID, "to": "duty:syd"})
    assert "allerede i brug" in again.text
    page = (await leif.get("/admin/mailboxes")).text
    assert "5790000000012" in page
    assert "Går til: Lone" in page
    async with house.database.read() as tx:
        medcom, _ = sorted(await placestore.places(tx, "house"), key=lambda one: one.way.value)
    assert (await leif.post(f"/admin/mailboxes/{medcom.id}/drop", {})).status_code == 303
    assert "5790000000012" not in (await leif.get("/admin/mailboxes")).text
