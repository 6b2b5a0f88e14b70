"""Two editions of KLE as KL publishes them, small: what was one thing in 2015 and another in 2025."""

from datetime import date

from hub.kle import klefile
from hub.kle.kle import Kle

KEPT = "<BevaringJaevnfoerArkivloven>{}</BevaringJaevnfoerArkivloven>"
PERIOD = "<SletningJaevnfoerPersondataloven>{}</SletningJaevnfoerPersondataloven>"


def subject(number: str, title: str, keep: str = "K", period: str = "P1800D", more: str = "") -> str:
    return (
        f"<Emne><EmneNr>{number}</EmneNr><EmneTitel>{title}</EmneTitel>\n<EmneAdministrativInfo>"
        f"<OprettetDato>2009-05-01</OprettetDato>{more}</EmneAdministrativInfo>\n"
        f"{KEPT.format(keep)}{PERIOD.format(period)}</Emne>\n"
    )


def group(number: str, title: str, *subjects: str) -> str:
    info = "<GruppeAdministrativInfo><OprettetDato>2009-05-01</OprettetDato></GruppeAdministrativInfo>"
    return (
        f"<Gruppe><GruppeNr>{number}</GruppeNr><GruppeTitel>{title}</GruppeTitel>{info}{''.join(subjects)}</Gruppe>\n"
    )


def main_group(number: str, title: str, *groups: str) -> str:
    text = "<HovedgruppeVejledning><VejledningTekst><p>Om <b>det</b></p></VejledningTekst></HovedgruppeVejledning>"
    info = "<HovedgruppeAdministrativInfo><OprettetDato>2009-05-01</OprettetDato></HovedgruppeAdministrativInfo>"
    head = f"<HovedgruppeNr>{number}</HovedgruppeNr><HovedgruppeTitel>{title}</HovedgruppeTitel>{text}{info}"
    return f"<Hovedgruppe>{head}{''.join(groups)}</Hovedgruppe>\n"


MOVED = (
    "<Historisk><Flyttet><FlyttetDato>2013-11-01</FlyttetDato>"
    "<AfloestAf><EmneNr>81.29.01</EmneNr></AfloestAf></Flyttet></Historisk>"
)
GONE = "<Historisk><UdgaaetDato>2014-02-01</UdgaaetDato></Historisk>"


def plan(*groups: str, published: str = "2015-08-01") -> bytes:
    day = f"<UdgivelsesDato>{published}</UdgivelsesDato>\n" if published else ""
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return f"{head}<KLE-Emneplan>\n{day}{''.join(groups)}</KLE-Emneplan>\n".encode()


XML_2015 = plan(
    main_group("00", "Styrelse", group("00.01", "Styrelse", subject("00.01.10", "Flere hovedgrupper"))),
    main_group(
        "81",
        "Personale",
        group(
            "81.29",
            "Arbejdsskader",
            subject("81.29.00", "Arbejdsskader i almindelighed"),
            subject("81.29.01", "Arbejdsulykker"),
            subject("81.29.05", "Fald", more=MOVED),
        ),
    ),
    main_group(
        "87",
        "Arbejdsmiljø",
        group("87.15", "Psykisk arbejdsmiljø", subject("87.15.00", "I almindelighed"), subject("87.15.05", "Mobning")),
        group("87.16", "Andet", subject("87.16.01", "Støj", more=GONE)),
    ),
)
CSV_2025 = """\
uuid;emnenr;titel;bevaring;slet
cb1f77d6-cb0b-4f39-a79e-e58f5d50b3e0;00.01.10;Flere hovedgrupper;B;P1825D
daca4fc2-24d1-4776-99a2-da6d5b8ed553;81.00.00;Personale i almindelighed;;
24a6b121-3fec-4437-8874-848d16269a52;81.29;Arbejdsskader;;
4d4a459d-848d-4d04-9aef-a0cd3bd52e09;81.29.00;Arbejdsskader i almindelighed;K;P12775D
90f60b98-aeeb-468b-a1a2-4a51223aae80;81.29.01;Arbejdsulykker;K;P12775D
906a3e7c-bce6-11e9-a820-0050c2490048;81.29.08;Nærved-ulykker;;
dbb1b318-3c85-11e3-9b76-0050c2490048;87;Arbejdsmiljø;;
050f7573-2936-4d2f-a566-cdb215785a6a;87.00.00;Arbejdsmiljø i almindelighed;K;P1825D
5be73983-1890-4e59-9d1a-637079fc03f0;87.15;Psykisk arbejdsmiljø;;
d46a2b37-132e-4033-a79b-b66ba016d749;87.15.00;Psykisk arbejdsmiljø i almindelighed;B;P1825D
bc5e0d49-5833-4d60-aa14-fbc856f8ba83;27.00.00;Social service i almindelighed;;
21f06f4e-9cce-4dfd-bef4-06a9a170a7cd;27.66.00;Magtanvendelse i almindelighed;B;P1825D
a230f74d-95f6-4507-a679-985d56a301d1;27.66.04;Magtanvendelse, børn og unge;B;P1825D
fb6e147f-ef41-4017-98a1-36e145aafc8b;27.66.08;Magtanvendelse, voksne;B;P1825D
""".encode()
FACETS = b"uuid,facet,titel\n22222222-2222-4222-8222-222222222222,G01,Generelle sager\n"
DAY_2025 = date(2025, 5, 1)


def both() -> Kle:
    found = (klefile.read(XML_2015, "2015.xml", None)[1], klefile.read(CSV_2025, "2025.csv", DAY_2025)[1])
    return Kle.of(found)
