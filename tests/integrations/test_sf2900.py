"""Fordelingskomponenten: what is sent is what its schema takes, in every practice; and what its receipts say."""

import base64
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import xmlschema
from click.testing import CliRunner

from hub.cases.comparing import PROFILE, compared, variants
from hub.cases.example import CASE, example
from hub.cases.practice import Practice
from hub.cases.recording import Record
from hub.casesystems import UNKNOWN_WORDS, verdicts
from hub.cli import main
from hub.cli.casecompare import tables
from hub.errors import Invalid
from hub.kle import klefile
from hub.kle.kle import Kle
from hub.ports import Answer, Form
from hub.web.render import catalogue
from integrations import sf1470, sf2900
from integrations.sf1470.roles import Words
from integrations.sf2900 import Attached, Sender
from tests.cases.editions import DAY_2025, FACETS, both

STANDARDS = Path(__file__).parents[3] / "shared/standards"
AT = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
UUID = "ba537e12-8b0c-44b1-9de7-f75803a4e091"
SENDER = Sender("29189999", UUID)
FILE = Attached("haendelse.pdf", "application/pdf", b"%PDF-1.7 \x00\xff")
WORDS = Words({name: f"00000000-0000-4000-8000-{n:012d}" for n, name in enumerate(UNKNOWN_WORDS)})
INDEX = sf1470.Sender(UUID, "Tryghedshub", WORDS)


def records() -> list[tuple[str, Record]]:
    say = catalogue("da")
    facts = example(AT, "29189999", "Solgården", ZoneInfo("Europe/Copenhagen"), say)
    facets = Kle.of([klefile.read(FACETS, "f", DAY_2025)[1]])
    return [(one.name, record) for one, made in compared(facts, both(), facets, say) for record in made]


def schema(path: str) -> xmlschema.XMLSchema | None:
    return xmlschema.XMLSchema(STANDARDS / path) if (STANDARDS / path).exists() else None


def test_one_incident_under_every_practice_is_valid_for_both_interfaces() -> None:
    made = records()
    names = {name for name, _ in made}
    tried = list(variants([one.published for one in both().editions]))
    assert names == {one.name for one in tried if one.practice is not None}
    assert {one.key for one in tried} >= {*(one.name for one in fields(Practice)), PROFILE}, "each key is tried"
    way = schema("sf2900-fordelingskomponent/DistributionServiceMsg.xsd")
    index = schema("sf1470-sagdokumentindeks/xsd/6.0.STS-0/SagDokumentIndeksOperationer.xsd")
    seen: set[bytes] = set()
    for name, record in made:
        out = record.out
        requests = sf2900.journal_post(out, SENDER, UUID, AT), sf2900.document(out, SENDER, UUID, AT, FILE)
        sent = [(way, sf2900.told(one)) for one in requests]
        if out.form is not Form.NO_CASE:
            sent += [(index, sf1470.imported(out, INDEX, AT)), (index, sf1470.updated(out, INDEX, AT, AT))]
        for held_to, content in sent:
            if held_to is not None and content not in seen:
                assert held_to.is_valid(content.decode().partition("\n")[2]), name
            seen.add(content)
        assert set(verdicts(out, AT).values()) <= {"ok", "–"}, name


def test_what_a_journal_post_says() -> None:
    found = dict(records())
    held = found["social_long"]
    text = sf2900.told(sf2900.journal_post(held.out, SENDER, UUID, AT)).decode()
    for part in ("<ObjektType>JOURNALPOST<", "<RoutingKLEEmne>27.66.08<", "<RoutingHandlingFacet>G01<"):
        assert part in text
    assert f"<SagForslag>{CASE}<" in text
    assert "urn:oio:cpr-nr:0101010000" in text
    assert "<PartAngivelse><ObjektType>Person<" in text
    named = sf2900.told(sf2900.journal_post(held.out, Sender("29189999", UUID, UUID), UUID, AT)).decode()
    assert "RoutingModtagerAktoer" in named
    assert "RoutingKLEEmne" not in named
    work = next(record for name, record in records() if name == "social_long" and record.area.value == "arbejdsmiljoe")
    bare = sf2900.told(sf2900.journal_post(work.out, SENDER, UUID, AT)).decode()
    assert "PartAngivelse" not in bare
    assert "SagForslag" not in bare
    primary = next(record for name, record in records() if name == "cross_kle=primary_plus_related")
    assert "KLE: 81.29.01" in sf2900.told(sf2900.journal_post(primary.out, SENDER, UUID, AT)).decode()
    kept = sf2900.told(sf2900.document(held.out, SENDER, UUID, AT, FILE)).decode()
    assert base64.b64encode(FILE.content).decode() in kept
    assert "<DokumentFilNavn>haendelse.pdf<" in kept


@pytest.mark.parametrize(
    ("answer", "said", "reason"),
    [
        ("MODTAGET", Answer.RECEIVED, ""),
        ("AFLEVERET", Answer.DELIVERED, ""),
        ("ACCEPTERET", Answer.ACCEPTED, ""),
        ("AFVIST", Answer.REFUSED, "Ukendt sag 17 Findes ikke"),
        ("FEJLET", Answer.FAILED, "Ukendt sag 17 Findes ikke"),
    ],
)
def test_what_a_receipt_says(answer: str, said: Answer, reason: str) -> None:
    why = (
        "<Begrundelse>Ukendt sag</Begrundelse><FejlListe><Fejl><FejlKode>17</FejlKode>"
        "<FejlTekst>Findes ikke</FejlTekst></Fejl></FejlListe>"
        if reason
        else ""
    )
    head = f'<FordelingskvitteringModtagAnvenderRequest xmlns="{sf2900.NAMESPACE}"><Forretningskvittering>'
    code = f"<ForretningsValideringsKode>{answer}</ForretningsValideringsKode>"
    code += "<Kvitteringstype>Forretning</Kvitteringstype>"
    context = f"<DistributionContext><AnvenderTransaktionsID>{UUID}</AnvenderTransaktionsID></DistributionContext>"
    end = "</FordelingskvitteringModtagAnvenderRequest>"
    found = sf2900.receipt(f"{head}{code}{why}</Forretningskvittering>{context}{end}".encode())
    assert (found.answered, found.transaction, found.reason) == (said, UUID, reason)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"<a", "cannot be read"),
        (b"<a/>", "no answer"),
        (
            b"<a><Forretningskvittering><ForretningsValideringsKode>TAK</ForretningsValideringsKode></Forretningskvittering></a>",
            "TAK",
        ),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a/>', "DTD"),
        (b" " * (300 * 1024), "larger than"),
    ],
)
def test_what_is_no_receipt_is_not_read(content: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        sf2900.receipt(content)


def test_what_no_schema_takes_is_not_sent() -> None:
    out = records()[0][1].out
    for values, says in (
        ({"kle": replace(out.kle, number="87.15")}, "six digits"),
        ({"facet": replace(out.facet, number="G1")}, "action facet"),
        ({"authority": "123"}, "CVR"),
    ):
        with pytest.raises(Invalid, match=says):
            sf2900.journal_post(replace(out, **values), SENDER, UUID, AT)
    with pytest.raises(Invalid, match="transaction"):
        sf2900.journal_post(out, SENDER, "x", AT)
    for bad in (("1", UUID), ("29189999", "x"), ("29189999", UUID, "x")):
        with pytest.raises(Invalid):
            Sender(*bad)


def test_the_table_for_a_reviewer(tmp_path: Path) -> None:
    shown = CliRunner().invoke(main, ["cases", "compare"], env={"HUB_DATA": str(tmp_path)})
    assert shown.exit_code == 0, shown.output
    plain, *sections = shown.output.split("\n## ")
    assert "| checks | ok | ok | ok |" in plain
    kinds = {one.partition("\n")[0] for one in sections}
    assert kinds == {*(one.name for one in fields(Practice)), PROFILE, "Checked"}
    assert "| hold, case unknown | violence | journal_post_on_long_case | for the case |" in shown.output
    assert "The same for all: restraint_adult." in next(one for one in sections if one.startswith("cross_kle"))
    for line in sections[-1].splitlines()[4:]:
        assert line.endswith("| 0 |"), "nothing is refused"


def test_each_key_makes_a_difference_that_the_table_shows() -> None:
    facets = Kle.of([klefile.read(FACETS, "f", DAY_2025)[1]])
    *sections, _ = "\n".join(tables(both(), facets, AT)).split("\n## ")[1:]
    for one in sections:
        rows = [line for line in one.splitlines() if line.startswith("| ")]
        assert len({row.split("|", 3)[3] for row in rows[2:]}) > 1, one
    assert "K, 1800 days, edition 2015-08-01" in sections[-1]
