import pytest

from hub.people import access
from hub.people.access import Principal
from hub.people.site import DeviceKind, Role

HOUSE = "solgaarden"
STAFF = Principal(HOUSE, "jette", Role.STAFF, ("nord",))
FLOATER = Principal(HOUSE, "omar", Role.STAFF)
LEAD = Principal(HOUSE, "karen", Role.SHIFT_LEAD, ("nord",))
MANAGER = Principal(HOUSE, "lis", Role.MANAGER)
PHONE = Principal(HOUSE, "jette", Role.STAFF, ("nord",), "telefon", DeviceKind.PHONE)
PANEL = Principal(HOUSE, units=("nord",), device="panel", device_kind=DeviceKind.PANEL)
SERVICE = Principal(HOUSE, device="anlaeg", device_kind=DeviceKind.SERVICE)
EVERYBODY = (STAFF, FLOATER, LEAD, MANAGER, PHONE, PANEL, SERVICE)


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.name)
def test_nobody_is_kept_from_raising(who: Principal) -> None:
    assert access.may_raise(who)


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.name)
def test_only_a_person_can_be_coming(who: Principal) -> None:
    assert access.may_answer(who) is (who not in {PANEL, SERVICE})


@pytest.mark.parametrize(
    ("who", "unit", "told", "sees"),
    [
        (STAFF, "nord", (), True),
        (STAFF, "syd", (), False),
        (STAFF, "syd", ("jette",), True),
        (STAFF, None, (), True),
        (FLOATER, "syd", (), True),
        (LEAD, "syd", (), False),
        (MANAGER, "syd", (), True),
        (PANEL, "nord", (), True),
        (PANEL, "syd", (), False),
        (SERVICE, "syd", (), True),
    ],
)
def test_an_alarm_is_seen_by_its_unit_and_those_who_were_told(
    who: Principal, unit: str | None, told: tuple[str, ...], sees: bool
) -> None:
    assert access.may_see_alarm(who, unit, "someone", told) is sees


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.name)
def test_whoever_raised_it_sees_it_ends_it_and_alone_takes_it_back(who: Principal) -> None:
    assert access.may_see_alarm(who, "elsewhere", who.name, ())
    assert access.may_resolve(who, "elsewhere", who.name, ())
    assert access.may_withdraw(who, who.name)
    assert not access.may_withdraw(who, "someone")


@pytest.mark.parametrize(
    ("who", "unit", "told", "may"),
    [
        (STAFF, "nord", (), False),
        (STAFF, "nord", ("jette",), True),
        (LEAD, "nord", (), True),
        (LEAD, "syd", (), False),
        (LEAD, None, (), True),
        (MANAGER, "syd", (), True),
        (PANEL, "nord", (), False),
    ],
)
def test_the_all_clear_is_never_a_bystanders(who: Principal, unit: str, told: tuple[str, ...], may: bool) -> None:
    assert access.may_resolve(who, unit, "someone", told) is may


def test_leading_and_managing() -> None:
    assert [access.leads(who) for who in EVERYBODY] == [False, False, True, True, False, False, False]
    assert [access.manages(who) for who in EVERYBODY] == [False, False, False, True, False, False, False]


@pytest.mark.parametrize(
    ("person", "role", "device"), [(None, None, None), ("jette", None, None), (None, Role.STAFF, "x")]
)
def test_a_principal_that_is_nobody_is_not_born(person: str | None, role: Role | None, device: str | None) -> None:
    with pytest.raises(ValueError, match="a person"):
        Principal(HOUSE, person, role, device=device)
