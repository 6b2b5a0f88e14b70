"""`hub check-message` says what a message is, or all that is wrong with it, and never what it says."""

from pathlib import Path

from click.testing import CliRunner

from hub.cli import main
from integrations.digitalpost.memoxml import to_xml as memo_xml
from integrations.medcom import codes as c
from integrations.medcom.acknowledging import answer, heading
from integrations.medcom.acknowledging import to_bundle as acknowledgement_bundle
from integrations.medcom.envelope import Kind, to_xml, wrap
from integrations.medcom.writing import to_bundle, to_json
from tests.integrations.medcom_messages import OURS, THEIRS, WHEN, first, ids, pdf
from tests.integrations.test_digitalpost import LETTER_OUT
from tests.integrations.test_medcom_reliable import OLD_MAIL


def test_each_kind_is_told_apart_and_every_fault_is_named(tmp_path: Path) -> None:
    new_id = ids()
    bundle = to_bundle(first(new_id, "Bruno sover", pdf(new_id())))
    care = to_json(bundle)
    ack = to_json(acknowledgement_bundle(answer(heading(bundle), c.FATAL, ["Patient"], now=WHEN, new_id=new_id)))
    spoiled = care.replace(b'"nursing"', b'"besked"').replace(b'"status":"unknown"', b'"status":"completed"')
    kinds = {
        "envelope.xml": to_xml(wrap(Kind.CARE, care, sender=OURS.gln, receiver=THEIRS.gln, key="e1", now=WHEN)),
        "ack.json": ack,
        "letter.xml": memo_xml(LETTER_OUT),
        "old.xml": OLD_MAIL.encode("iso-8859-1"),
    }
    for name, content in {**kinds, "spoiled.json": spoiled, "short.xml": kinds["letter.xml"][:700]}.items():
        (tmp_path / name).write_bytes(content)

    good = CliRunner().invoke(main, ["check-message", *(str(tmp_path / name) for name in kinds)])
    assert good.exit_code == 0, good.output
    for says in (
        "VANS envelope (care 5.0) around: MedCom care communication, new-message: 1 text, 1 attachment; nothing wrong",
        "MedCom acknowledgement: fatal-error, 1 issue; nothing wrong",
        "Digital Post, DIGITALPOST: 2 documents, KLE 27.66.08; nothing wrong",
        "XDIS91: 4 lines, 0 attachments; nothing wrong",
    ):
        assert says in good.output
    bad = CliRunner().invoke(main, ["check-message", str(tmp_path / "spoiled.json"), str(tmp_path / "short.xml")])
    assert bad.exit_code == 1
    assert "spoiled.json: Communication.category.coding.code: is none of the values" in bad.output
    assert "spoiled.json: Communication.status: is none of the values that may stand there: write unknown" in bad.output
    assert "short.xml: line " in bad.output
    assert "Bruno" not in good.output + bad.output
