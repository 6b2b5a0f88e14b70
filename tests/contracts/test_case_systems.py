"""What the hub relies on in every case system, whatever stands behind it; and what only some of them do."""

import asyncio
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from clients.standins import lora, sagindeks
from clients.standins.fordeling import Fordeling, brought
from clients.standins.said import Answered, Asked, Object, enveloped
from hub.cases.practice import Target
from hub.casesystems import waying
from hub.clock import SystemClock
from hub.errors import FileProblem, HubError, Invalid
from hub.ports import Answer, CaseStep, Form, Never, NotNow, Progress, sent_as
from hub.settings import Outside
from integrations import credentials, oiorest, paper, sf2900, soap
from integrations.sf2900.service import ACTION, read
from tests.contracts import casebenches
from tests.contracts.authority import Authority
from tests.contracts.casebenches import (
    BENCHES,
    MUNICIPALITY,
    OTHER,
    OVER_HTTP,
    TOKEN,
    Bench,
    BenchMaker,
    CaseService,
    Judge,
    in_own_register,
    opened,
    way,
)
from tests.contracts.serving import RETRY_AFTER, Mood
from tests.contracts.serving import SECRET as BODY
from tests.databases import Kind, on_both
from tests.integrations.test_sf1470 import AT, RECORD, WORDS, uuid

NEWER = replace(RECORD, kle=replace(RECORD.kle, number="27.66.04", uuid=uuid(950)), party=None, case=None)


@pytest.fixture(params=BENCHES, ids=lambda bench: bench.__name__)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    make: BenchMaker = request.param
    async with make(tmp_path) as made:
        yield made


@pytest.fixture(params=OVER_HTTP, ids=lambda bench: bench.__name__)
async def outside(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    make: BenchMaker = request.param
    async with make(tmp_path) as made:
        yield made


def served(bench: Bench) -> CaseService:
    assert bench.service is not None
    return bench.service


async def test_a_version_is_there_once_however_often_it_is_handed_over(bench: Bench) -> None:
    await takes_each_version_once(bench)


@on_both
@pytest.mark.parametrize("copied", [False, True], ids=["own register", "manual queue"])
async def test_the_built_in_register_is_no_other_on_either_database(kind: Kind, tmp_path: Path, copied: bool) -> None:
    async with kind.opened() as database:
        await takes_each_version_once(in_own_register(database, tmp_path, copied=copied))


async def takes_each_version_once(bench: Bench) -> None:
    first = await bench.system.take(RECORD, 1)
    assert first.answer is bench.first
    assert first.system
    again = await bench.system.take(RECORD, 1)
    assert (again.answer, again.reference) == (first.answer, first.reference)
    assert bench.there() == [RECORD.id]
    assert (await bench.system.take(NEWER, 2)).answer is bench.first
    assert (await bench.system.take(NEWER, 2)).answer is bench.first
    assert bench.there() == [RECORD.id] * 2


async def test_what_it_would_never_take_is_refused_with_a_reason_and_is_not_there(outside: Bench) -> None:
    assert outside.refusable is not None
    with pytest.raises(Never) as caught:
        await outside.system.take(outside.refusable, 1)
    assert caught.value.detail
    assert len(caught.value.detail) < 2000
    assert caught.value.detail.isprintable()
    with pytest.raises(Never, match="authority"):
        await outside.system.take(replace(RECORD, authority="11111111"), 1)
    assert outside.there() == []


async def put_off(bench: Bench) -> NotNow:
    with pytest.raises(NotNow) as caught:
        await bench.system.take(RECORD, 1)
    assert BODY not in "".join(traceback.format_exception(caught.value))
    return caught.value


async def test_whatever_is_wrong_with_the_service_it_is_handed_over_later_and_is_there_once(outside: Bench) -> None:
    service = served(outside)
    await outside.system.take(replace(RECORD, id=uuid(960)), 1)
    service.mood = Mood.LATER
    for status in (429, 502, 503):
        service.later_with = status
        assert (await put_off(outside)).retry_after == RETRY_AFTER
    for mood in (Mood.DROPS, Mood.GARBAGE, Mood.NONSENSE):
        service.mood = mood
        await put_off(outside)
    service.mood = Mood.REFUSES
    for status in (401, 403, 404, 500):
        service.refuses_with = status
        if not (status == 404 and outside.updates):
            await put_off(outside)
    service.mood, service.location = Mood.HONEST, "http://127.0.0.1:1/elsewhere"
    await put_off(outside)
    service.location = None
    await outside.system.take(RECORD, 1)
    assert outside.there().count(RECORD.id) == 1
    await service.hang_up()
    await put_off(outside)


async def test_a_token_is_fetched_once_and_anew_when_it_is_over(outside: Bench) -> None:
    service = served(outside)
    records = [replace(RECORD, id=uuid(1000 + n), number=f"TH-{n}") for n in range(20)]
    await asyncio.gather(*(outside.system.take(one, 1) for one in records))
    assert service.tokens == 1
    assert sorted(outside.there()) == sorted(one.id for one in records)
    service.core, honest = refusing(service, 1), service.core
    await outside.system.take(RECORD, 1)
    assert (service.tokens, outside.there().count(RECORD.id)) == (2, 1)
    service.core = lambda _asked: (Answered(401), None)
    with pytest.raises(NotNow, match="credentials"):
        await outside.system.take(NEWER, 2)
    service.core = honest


def refusing(service: CaseService, times: int) -> Judge:
    """The same, but it knows the token no more so many times."""
    honest, left = service.core, [times]

    def judge(asked: Asked) -> tuple[Answered, Object | None]:
        if left[0]:
            left[0] -= 1
            return Answered(401), None
        return honest(asked)

    return judge


async def test_a_client_shows_a_certificate_whose_key_is_locked(authority: Authority) -> None:
    core = Fordeling([MUNICIPALITY])
    service = CaseService(core.judge)
    service._tls = authority.asking("127.0.0.1")
    shown = {"token_url": None, "client_id": None, "client_secret": None, "authority": str(authority.file)}
    async with service.listening():
        url = f"https://127.0.0.1:{service.port}/service"
        file = str(authority.client("kommune", "hemmelig"))
        one = way(Target.SF2900, service.port, **shown, url=url, certificate=file, passphrase="hemmelig")
        system = opened(one)
        assert (await system.take(RECORD, 1)).answer is Answer.RECEIVED
        await system.close()
        bare = {key: value for key, value in one.settings.items() if key != "passphrase"}
        for wrong in (bare, {**bare, "passphrase": "gættet"}):
            with pytest.raises(Invalid, match="certificate"):
                opened(replace(one, settings=wrong))
        plain = str(authority.client("ulaast", None))
        with pytest.raises(Invalid, match="not locked"):
            opened(replace(one, settings={**one.settings, "certificate": plain}))
        stranger = way(Target.SF2900, service.port, url=url, authority=str(authority.file))
        with pytest.raises(NotNow):
            await opened(stranger).take(RECORD, 1)


@asynccontextmanager
async def spoken_to(target: Target, core: Judge) -> AsyncIterator[Bench]:
    service = CaseService(core)
    async with service.listening():
        system = opened(way(target, service.port, words=dict(WORDS.more) if target is not Target.SF2900 else None))
        yield Bench(system, list, service=service)
        await system.close()


async def test_the_index_is_told_what_changed_and_what_has_an_end() -> None:
    core = sagindeks.Sagindeks([MUNICIPALITY], TOKEN)
    async with spoken_to(Target.SF1470, core.judge) as bench:
        await bench.system.take(RECORD, 1)
        assert len(core.cases[RECORD.id]) == 1, "all of its history came with the import"
        states = [one.text for one in core.cases[RECORD.id][0].iter(f"{{{sagindeks.SAG}}}FremdriftStatusKode")]
        assert states == [one.progress.value for one in RECORD.steps]
        await bench.system.take(replace(NEWER, steps=RECORD.steps[:2]), 2)
        newest = core.cases[RECORD.id][1].find(f"{{{sagindeks.SAG}}}RelationListe")
        assert newest is not None
        over = ".//{*}TilTidspunkt/{*}TidsstempelDatoTid"
        ended = [one.tag.rpartition("}")[2] for one in newest if one.find(over) is not None]
        assert sorted(ended) == ["Sagspart", "Sagsrelation"], "who was party and what it lay under has an end"
        since = {
            one.findtext(".//{*}ReferenceID/{*}UUIDIdentifikator"): one.findtext("{*}Virkning/{*}FraTidspunkt/*")
            for one in newest.findall(f"{{{sagindeks.SAG}}}Sagsklasse")
        }
        assert since[uuid(902)] == "2026-03-10T13:00:00.000Z", "the facet is what it was"
        assert since[uuid(950)] != since[uuid(902)], "the new number holds from now"


async def test_a_case_in_json_keeps_what_it_was() -> None:
    core = lora.Lora([MUNICIPALITY], TOKEN)
    async with spoken_to(Target.OIO, core.judge) as bench:
        await bench.system.take(RECORD, 1)
        await bench.system.take(replace(NEWER, title="Et andet navn"), 2)
        first, second = core.cases[RECORD.id]
        assert (first["note"], second["note"]) == (sent_as(RECORD.id, 1), sent_as(RECORD.id, 2))
        classes = second["relationer"]["primaerklasse"]
        assert [one["uuid"] for one in classes] == [uuid(901), uuid(950)]
        assert classes[0]["virkning"]["to"] == classes[1]["virkning"]["from"]
        assert second["relationer"]["oversag"][0]["virkning"]["to"] != "infinity", "it lies under nothing any more"
        assert second["relationer"]["handlingsklasse"] == first["relationer"]["handlingsklasse"]
        assert [one["titel"] for one in second["attributter"]["sagegenskaber"]] == [RECORD.title, "Et andet navn"]
        with pytest.raises(Never, match="only cases"):
            await bench.system.take(replace(RECORD, form=Form.NO_CASE, case=None), 3)


async def test_a_record_can_go_as_a_document_and_is_the_same_at_every_attempt() -> None:
    schema = casebenches.by_schema("sf2900-fordelingskomponent/DistributionServiceMsg.xsd")
    core = Fordeling([MUNICIPALITY], TOKEN, schema=schema)
    service = CaseService(core.judge)
    async with service.listening():
        for more in ({"object": "dokument"}, {"receiver": uuid(970)}):
            system = opened(way(Target.SF2900, service.port, **more))
            record = replace(RECORD, id=uuid(980 + len(core.taken)))
            for _ in range(2):
                assert (await system.take(record, 1)).answer is Answer.RECEIVED
            await system.close()
    assert [one.kind for one in core.taken.values()] == ["DOKUMENT", "JOURNALPOST"]


@pytest.mark.parametrize(
    ("part", "new", "says"),
    [
        ("<Indhold>", "<Indhold>!", "no base64"),
        ("<Indhold>", "<Indhold>AAAA", "no whole PDF"),
        ("<Filstoerrelse>", "<Filstoerrelse>1", "Filstoerrelse"),
        ("<MimeType>application/pdf", "<MimeType>text/plain", "MimeType"),
        ("<DokumentFilNavn>", "<DokumentFilNavn>x", "DokumentFilNavn"),
    ],
)
async def test_a_document_that_is_not_what_it_says_is_refused(part: str, new: str, says: str) -> None:
    file = sf2900.Attached("a.pdf", "application/pdf", await paper.printed(RECORD))
    made = sf2900.document(RECORD, sf2900.Sender(MUNICIPALITY, OTHER), sent_as(RECORD.id, 1), AT, file)
    content = soap.enveloped(made, sf2900.SPACES).decode()
    headers = {"soapaction": ACTION, "content-type": soap.TYPE}
    core = Fordeling([MUNICIPALITY])
    assert content.count(part) == 1
    refused, none = core.judge(Asked("POST", "/", headers, content.replace(part, new).encode()))
    assert (refused.status, none) == (500, None)
    assert says in refused.body.decode()
    assert core.judge(Asked("POST", "/", headers, content.encode()))[1] is not None


def test_a_receipt_is_read_with_what_it_is_of_and_only_if_it_is_one() -> None:
    one = Object(sent_as(RECORD.id, 1), MUNICIPALITY, RECORD.id, "JOURNALPOST", "x", "")
    name, told = read(brought(one, "AFVIST"))
    assert (name, told.answer) == (sent_as(RECORD.id, 1), Answer.REFUSED)
    assert told.reason == "Sagen er lukket for journalisering <script>", "whoever shows it escapes it"
    long = brought(one, "FEJLET").replace(b"Fejl i", b"Fejl\x01".replace(b"\x01", b"\n") * 500)
    assert len(read(long)[1].reason) <= 300
    assert read(long)[1].reason.isprintable()
    for wrong in (
        b"",
        b"<a/>",
        enveloped("<a/>"),
        brought(one, "TAK"),
        brought(replace(one, transaction="x"), "AFVIST"),
    ):
        with pytest.raises(Invalid):
            read(wrong)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"target": "esdh_file"}, "target"),
        ({"municipality": "1"}, "municipality"),
        ({"url": None}, "url"),
        ({"url": "ftp://x.example"}, "https"),
        ({"system": "x"}, "system"),
        ({"client_secret": None}, "token_url"),
        ({"token_url": None}, "stranger"),
        ({"certificate": "/nowhere.pem"}, "both, or neither"),
        ({"certificate": "/nowhere.pem", "passphrase": "x"}, "cannot be read"),
        ({"authority": "/nowhere.pem"}, "authority"),
        ({"object": "brev"}, "journalpost or dokument"),
        ({"asks_after_hours": 0}, "asks_after_hours"),
        ({"asks_after_hours": 90}, "before it is given up"),
        ({"colour": "red"}, "colour"),
        ({"client_id": ""}, "write a text"),
    ],
)
def test_a_way_that_nothing_can_go_by_is_refused_with_the_key_to_mend(changes: dict[str, object], says: str) -> None:
    settings: dict[str, object] = {
        "target": "sf2900", "municipality": MUNICIPALITY, "url": "https://exttest.example.dk/afsend",
        "system": uuid(1), "token_url": "https://sts.example.dk/token", "client_id": "hub", "client_secret": "x",
    }  # fmt: skip
    settings |= changes
    text = "\n".join(f"{key} = {value!r}" for key, value in settings.items() if value is not None)
    with pytest.raises(HubError, match=says):
        waying(text, "way.toml", SystemClock(), Outside())


def test_a_way_that_is_whole_comes_with_a_credential_for_its_receipts() -> None:
    text = (
        f'target = "sf2900"\nmunicipality = "{MUNICIPALITY}"\nurl = "https://exttest.example.dk/afsend"\n'
        f'system = "{uuid(1)}"\ntoken_url = "https://sts.example.dk/token"\nclient_id = "hub"\nclient_secret = "x"\n'
    )
    one, credential = waying(text, "way.toml", SystemClock(), Outside())
    assert credential is not None
    assert len(credential) > 40
    assert credential not in str(one.settings)
    assert "client_secret" not in repr(one)
    other, none = waying(text.replace("sf2900", "sf1470"), "way.toml", SystemClock(), Outside())
    assert (other.receipts, none) == (None, None)
    with pytest.raises(FileProblem, match="cannot be read"):
        waying("target", "way.toml", SystemClock(), Outside())
    assert timedelta(seconds=30) == credentials.SOONER


def test_a_step_that_never_held_is_not_told() -> None:
    steps = [CaseStep(one, AT) for one in (Progress.ARISEN, Progress.INFORMED)]
    record = replace(RECORD, steps=(*steps, CaseStep(Progress.CLOSED, AT + timedelta(1))))
    made = oiorest.case(record, oiorest.Sender(uuid(1), WORDS), "")
    assert [one["fremdrift"] for one in made["tilstande"]["sagfremdrift"]] == ["Oplyst", "Afsluttet"]
