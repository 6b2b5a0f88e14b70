"""A botilbud of two units, as its site file and in a database of its own."""

import re
from datetime import UTC, datetime

from hub.clock import ManualClock
from hub.people.setup import SiteFile, parse
from hub.roster.actions import SiteAndRoster, setup_site
from hub.storage.database import Database

MORNING = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)  # 10:00 in Copenhagen
PASSWORD = "solsikkefrø-12"

INSTITUTION = """\
[institution]
id = "solgaarden"
name = "Botilbud Solgården"
municipality = "29189999"
timezone = "Europe/Copenhagen"
rules = "botilbud"
"""
UNITS = """\
[[unit]]
id = "nord"
name = "Afdeling Nord"
neighbours = ["syd"]

[[unit]]
id = "syd"
name = "Afdeling Syd"
"""
PLACES = """\
[[place]]
id = "nord-3"
unit = "nord"
name = "Værelse 3"
floor = "stuen"
x = 0.25
y = 1
"""
PEOPLE = f"""\
[[person]]
id = "jette"
name = "Jette Holm"
role = "staff"
units = ["nord", "syd"]
phone = "12 34 56 78"
email = "Jette@solgaarden.example"
language = "da"
password = "{PASSWORD}"
pin = "4711"
duress_pin = "4712"

[[person]]
id = "omar"
name = "Omar Said"
role = "shift_lead"
units = ["nord"]

[[person]]
id = "karen"
name = "Karen Bro"
role = "manager"
password = "{PASSWORD}-leder"
"""
DEVICES = """\
[[device]]
id = "jettes-telefon"
kind = "phone"
person = "jette"

[[device]]
id = "panel-nord"
kind = "panel"
place = "nord-3"

[[device]]
id = "anlaeg"
kind = "service"
"""
SHIFTS = """\
[[shift]]
person = "jette"
unit = "nord"
from = 2026-11-22T07:00:00
to = 2026-11-22T15:00:00
duty = "active"

[[shift]]
person = "omar"
unit = "nord"
from = 2026-11-22T22:00:00Z
to = "2026-11-23 07:00"
duty = "sleeping"
"""
CONTACTS = """\
[[contact]]
id = "vagtcentral"
name = "Vagtcentralen"
phone = "+4587654321"
"""
SITE = f"{INSTITUTION}\n{UNITS}\n{PLACES}\n{PEOPLE}\n{DEVICES}\n{SHIFTS}\n{CONTACTS}"
# The same without passwords and PINs, whose hashing is slow by design.
OPEN_SITE = re.sub(r'(password|pin|duress_pin) = ".*"\n', "", SITE)
RULES = 'name = "to be tried"'


def site_file(text: str = SITE) -> SiteFile:
    return parse(text, "site.toml")


async def set_up(database: Database, clock: ManualClock, text: str = OPEN_SITE) -> SiteAndRoster:
    return await setup_site(database, site_file(text), RULES, clock)
