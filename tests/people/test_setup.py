from datetime import UTC, datetime

import pytest

from hub.errors import FileProblem
from hub.people.setup import SiteShift, parse
from hub.people.site import Device, DeviceKind, DutyState, Institution, Person, Place, Role, Unit
from tests.people.solgaarden import (
    CONTACTS,
    DEVICES,
    INSTITUTION,
    PASSWORD,
    PEOPLE,
    PLACES,
    SHIFTS,
    SITE,
    UNITS,
    site_file,
)


def test_a_whole_site_is_read_as_it_is_written() -> None:
    site = site_file()

    assert site.institution == Institution("solgaarden", "Botilbud Solgården", "29189999", "Europe/Copenhagen")
    assert (site.rules, site.rules_line) == ("botilbud", 6)
    assert site.units == (Unit("nord", "Afdeling Nord", ("syd",)), Unit("syd", "Afdeling Syd"))
    assert site.places == (Place("nord-3", "nord", "Værelse 3", "stuen", 0.25, 1.0),)
    assert site.people[0] == Person(
        "jette", "Jette Holm", Role.STAFF, ("nord", "syd"), "+4512345678", "jette@solgaarden.example"
    )
    assert [person.role for person in site.people] == [Role.STAFF, Role.SHIFT_LEAD, Role.MANAGER]
    assert site.languages == {"jette": "da"}
    assert site.devices[:2] == (
        Device("jettes-telefon", DeviceKind.PHONE, "jette"),
        Device("panel-nord", DeviceKind.PANEL, None, "nord-3"),
    )
    assert site.shifts == (
        SiteShift("jette", "nord", at(22, 6), at(22, 14), DutyState.ACTIVE),
        SiteShift("omar", "nord", at(22, 22), at(23, 6), DutyState.SLEEPING),
    )
    assert site.contacts[0].phone == "+4587654321"
    assert not site.remarks


def test_secrets_are_kept_out_of_what_is_printed() -> None:
    site = site_file()
    assert site.secrets["jette"].password == PASSWORD
    assert PASSWORD not in repr(site)
    assert "4711" not in repr(site)
    assert "4712" not in repr(site)


def test_a_site_may_be_little_more_than_an_institution() -> None:
    assert parse(INSTITUTION).units == ()


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    assert parse("\ufeff" + SITE.replace("\n", "\r\n")) == parse(SITE)
    with pytest.raises(FileProblem) as refusal:
        parse("\ufeff" + SITE.replace('role = "manager"', 'role = "boss"').replace("\n", "\r\n"), "site.toml")
    line = line_of(SITE, 'role = "manager"')
    assert refusal.value.problems[0].startswith(f"site.toml:{line}: person 3, role: ")


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


def line_of(text: str, words: str) -> int:
    return text[: text.index(words)].count("\n") + 1


# What stands in the file, what is written instead, where the fault is found, and words of what it says.
FAULTS = [
    # the institution
    ('id = "solgaarden"', 'id = "Solgården Syd"', "institution, id", "write", '"solgaarden-syd"'),
    ('id = "solgaarden"', 'id = "sol/gaarden"', "institution, id", "slug", '"sol-gaarden"'),
    ('municipality = "29189999"', 'municipality = "2918999"', "institution, municipality", "CVR", "8 digits"),
    ('municipality = "29189999"', "municipality = 29189999", "institution, municipality", "text", "quotes"),
    ('timezone = "Europe/Copenhagen"', 'timezone = "Danmark"', "institution, timezone", '"Europe/Copenhagen"'),
    ('timezone = "Europe/Copenhagen"', 'timezone = "../etc/x"', "institution, timezone", "not a time zone"),
    ('name = "Botilbud Solgården"', 'name = ""', "institution, name", "empty"),
    ('rules = "botilbud"', 'rule = "botilbud"', "institution, rule", 'did you mean "rules"?'),
    ('rules = "botilbud"', "", "institution, rules", "is missing", "add rules"),
    ("[institution]", "[[institution]]", "institution", "single brackets"),
    ("[institution]", "[institutoin]", "institutoin", 'did you mean "institution"?'),
    # units and places
    ('neighbours = ["syd"]', 'neighbours = ["sud"]', "unit 1, neighbours", '"sud"', 'did you mean "syd"?', "[[unit]]"),
    ('neighbours = ["syd"]', 'neighbours = ["nord"]', "unit 1, neighbours", "its own neighbour"),
    ('neighbours = ["syd"]', 'neighbours = ["syd", "syd"]', "unit 1, neighbours", "twice"),
    ('neighbours = ["syd"]', 'neighbours = "syd"', "unit 1, neighbours", "a list"),
    ('neighbours = ["syd"]', "neighbours = [1]", "unit 1, neighbours", "a list"),
    ('neighbours = ["syd"]', 'approves_swaps = "ja"', "unit 1, approves_swaps", "true or false"),
    ('neighbours = ["syd"]', "minimum_reach = -1", "unit 1, minimum_reach", "a whole number from 0 to 1000"),
    ('neighbours = ["syd"]', 'minimum_within = "1 min"', "unit 1, minimum_within", "a whole number"),
    ('id = "syd"', 'id = "nord"', "unit 2, id", "line 8", "an id of its own"),
    ('id = "syd"\n', "", "unit 2, id", "is missing"),
    ('id = "syd"', 'id = "af deling"', "unit 2, id", "without spaces"),
    ('unit = "nord"\nname', 'unit = "nrod"\nname', "place 1, unit", 'did you mean "nord"?'),
    ('unit = "nord"\nname', "name", "place 1, unit", "is missing"),
    ("x = 0.25", "x = 25", "place 1, x", "from 0 to 1"),
    ("x = 0.25", "x = nan", "place 1, x", "from 0 to 1"),
    ("x = 0.25", "x = true", "place 1, x", "from 0 to 1"),
    ("x = 0.25\n", "", "place 1, y", "both x and y"),
    # people
    ('role = "staff"', 'role = "stuff"', "person 1, role", 'did you mean "staff"?'),
    ('role = "staff"', 'role = "boss"', "person 1, role", "write one of staff, shift_lead, manager, admin"),
    ('role = "staff"\n', "", "person 1, role", "is missing"),
    ('units = ["nord", "syd"]', 'units = ["nord", "øst"]', "person 1, units", '"øst" is no unit here'),
    ('phone = "12 34 56 78"', 'phone = "ring til mig"', "person 1, phone", '"+45 12 34 56 78"'),
    ('email = "Jette@solgaarden.example"', 'email = "jette"', "person 1, email", "one address"),
    (
        'role = "shift_lead"',
        'role = "shift_lead"\nemail = "jette@Solgaarden.example"',
        "person 2, email",
        "jette has the same",
    ),
    ('language = "da"', 'language = "de"', "person 1, language", '"da" or "en"'),
    (f'password = "{PASSWORD}"\npin', 'password = "kort"\npin', "person 1, password", "at least 8"),
    (f'password = "{PASSWORD}"\npin', "password = 123456789\npin", "person 1, password", "in quotes"),
    ('pin = "4711"', "pin = 4711", "person 1, pin", "in quotes"),
    ('pin = "4711"', 'pin = "471"', "person 1, pin", "4 to 8 digits"),
    ('pin = "4711"', 'pin = "١٢٣٤"', "person 1, pin", "4 to 8 digits"),
    ('duress_pin = "4712"', 'duress_pin = "4711"', "person 1, duress_pin", "same as pin"),
    ('pin = "4711"\n', "", "person 1, duress_pin", "without a pin"),
    ('id = "omar"', 'id = "jette"', "person 2, id", "an id of its own"),
    ('id = "omar"', 'id = "omar@syd"', "person 2, id", "letters, digits"),
    # devices
    ('kind = "phone"', 'kind = "telephone"', "device 1, kind", 'did you mean "phone"?'),
    (
        'kind = "phone"\nperson = "jette"',
        'kind = "phone"\nperson = "jete"',
        "device 1, person",
        'did you mean "jette"?',
    ),
    ('place = "nord-3"', 'place = "nord-33"', "device 2, place", 'did you mean "nord-3"?'),
    ('id = "anlaeg"', 'id = "panel-nord"', "device 3, id", "an id of its own"),
    # shifts
    ('person = "jette"\nunit', 'person = "jesper"\nunit', "shift 1, person", '"jesper" is no person here'),
    ('duty = "active"', 'duty = "aktiv"', "shift 1, duty", 'did you mean "active"?'),
    ("from = 2026-11-22T07:00:00\n", "", "shift 1, from", "is missing"),
    ("from = 2026-11-22T07:00:00", "from = 2026-11-22", "shift 1, from", "no date with a time"),
    ("from = 2026-11-22T07:00:00", "from = 07:00:00", "shift 1, from", "no date with a time"),
    ("from = 2026-11-22T07:00:00", 'from = "i morgen"', "shift 1, from", "2026-11-22T07:00"),
    ("from = 2026-11-22T07:00:00", "from = 1026-11-22T07:00:00", "shift 1, from", "the year 1026"),
    ("from = 2026-11-22T07:00:00", "from = 2026-11-22T15:00:00", "shift 1, to", "ends before it begins"),
    ("from = 2026-11-22T07:00:00", "from = 2026-03-29T02:30:00", "shift 1, from", "never comes", "03:30"),
    ("from = 2026-11-22T07:00:00", "from = 2026-11-22T07:00", "", "with seconds"),
    # contacts
    ('phone = "+4587654321"', "", "contact 1, phone", "nobody could reach"),
    ('phone = "+4587654321"', 'webhook = "http://example.dk/x"', "contact 1, webhook", "https://"),
    # the file as a whole
    ("[[contact]]", "[[kontakt]]", "kontakt", 'did you mean "contact"?'),
    ("[[contact]]", "[contact]", "contact", "[[contact]] with double brackets"),
    ('name = "Vagtcentralen"', "name = Vagtcentralen", "", "in quotes"),
    ('name = "Vagtcentralen"', 'name = "Vagtcentralen', "", "close the quote"),
    ('name = "Vagtcentralen"', 'name = "A"\nname = "B"', "", "stands twice"),
]


@pytest.mark.parametrize(("written", "instead", "where", "says"), [(a, b, c, says) for a, b, c, *says in FAULTS])
def test_a_fault_names_its_line_its_key_and_the_mend(written: str, instead: str, where: str, says: list[str]) -> None:
    assert written in SITE
    text = SITE.replace(written, instead, 1)

    with pytest.raises(FileProblem) as refusal:
        parse(text, "site.toml")

    problem = next((one for one in refusal.value.problems if f": {where}: " in one or not where), "")
    assert problem, refusal.value.problems
    for words in says:
        assert words in problem
    row = text.splitlines()[int(problem.split(":")[1]) - 1]
    table, _, key = where.partition(", ")
    if not key:
        assert row in instead or row.strip("[]") == table
    elif "is missing" in problem or "nobody could reach" in problem:  # it is missed where its table begins
        assert row.strip("[]") == table.split(" ")[0]
    else:
        assert row.startswith(f"{key} = ")


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    text = SITE.replace('"29189999"', '"1"').replace("x = 0.25", "x = 7").replace('"active"', '"vågen"')
    with pytest.raises(FileProblem) as refusal:
        parse(text, "site.toml")
    lines = [int(problem.split(":")[1]) for problem in refusal.value.problems]
    assert lines == [line_of(text, '"1"'), line_of(text, "x = 7"), line_of(text, '"vågen"')]
    assert str(refusal.value).startswith("site.toml: ")


def test_the_line_is_the_faults_own_also_within_a_list_over_several_lines() -> None:
    text = SITE.replace('units = ["nord", "syd"]', 'units = [\n  "nord",  # ["no"]\n  "vest",\n]')
    with pytest.raises(FileProblem) as refusal:
        parse(text, "site.toml")
    line = line_of(text, '"vest"')
    assert refusal.value.problems[0].startswith(f"site.toml:{line}: person 1, units: ")


def test_a_shift_told_twice_names_both_lines() -> None:
    shift = SHIFTS.split("\n\n")[0]
    text = f"{INSTITUTION}\n{UNITS}\n{PEOPLE}\n{shift}\n{shift}"
    with pytest.raises(FileProblem) as refusal:
        parse(text, "site.toml")
    first = line_of(text, "[[shift]]")
    assert f"line {first} already" in refusal.value.problems[0]


def test_an_hour_that_comes_twice_means_the_first() -> None:
    night = SHIFTS.replace("2026-11-22T07:00:00", "2026-10-25T02:30:00").replace("2026-11-22T15", "2026-10-25T15")
    site = parse(f"{INSTITUTION}\n{UNITS}\n{PEOPLE}\n{night}")
    assert site.shifts[0].starts == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_an_offset_says_which_hour_is_meant() -> None:
    night = SHIFTS.replace("2026-11-22T07:00:00", "2026-10-25T02:30:00+01:00").replace("2026-11-22T15", "2026-10-25T15")
    site = parse(f"{INSTITUTION}\n{UNITS}\n{PEOPLE}\n{night}")
    assert site.shifts[0].starts == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_what_may_not_be_meant_is_remarked_and_not_refused() -> None:
    text = SITE.replace("to = 2026-11-22T15", "to = 2026-12-22T15").replace('kind = "service"', 'kind = "button"')
    device, shift = sorted(parse(text, "site.toml").remarks)
    line = line_of(text, '[[device]]\nid = "anlaeg"')
    assert device.startswith(f"site.toml:{line}: ")
    assert "neither person nor place" in device
    assert "728 hours" in shift


@pytest.mark.parametrize("part", [UNITS, PLACES, PEOPLE, DEVICES, SHIFTS, CONTACTS])
def test_every_key_of_every_table_is_known_by_name(part: str) -> None:
    table = part.split("]]", maxsplit=1)[0].removeprefix("[[")
    text = SITE.replace(f"[[{table}]]", f"[[{table}]]\nnmae = 1", 1)
    with pytest.raises(FileProblem) as refusal:
        parse(text, "site.toml")
    assert f": {table} 1, nmae: there is no such key; " in refusal.value.problems[0]
