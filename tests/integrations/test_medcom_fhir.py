"""What is no FHIR bundle is refused with the field and the mend, and never with what stands in it."""

import copy
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

from integrations.medcom.fhir import LARGEST, NotFhir, read_bundle

ROOT = Path(__file__).resolve().parents[2]
BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "id": "0d5b3c18-fab6-4d93-9d88-c9c8abf1f18c",
    "type": "message",
    "timestamp": "2026-05-04T13:55:00+02:00",
    "entry": [{"resource": {"resourceType": "Patient", "name": [{"family": "Hansen"}]}}],
}


def test_a_bundle_is_read_as_it_stands() -> None:
    assert read_bundle(orjson.dumps(BUNDLE)) == BUNDLE


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("timestamp",), "Hansen", "timestamp"),
        (("entry", 0, "resource", "nme"), "Hansen", "leave it out"),
        (("entry", 0, "fullUrl"), 7, "mend it"),
        (("entry", 0, "resource", "resourceType"), "os.path", "mend it"),
        (("resourceType",), "Patient", "one Bundle"),
    ],
)
def test_a_fault_names_its_field_and_not_its_value(path: tuple[str | int, ...], value: object, says: str) -> None:
    bundle = copy.deepcopy(BUNDLE)
    place: Any = bundle
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(NotFhir) as refused:
        read_bundle(orjson.dumps(bundle))
    assert says in str(refused.value)
    assert "Hansen" not in str(refused.value)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"<Emessage/>",
        b'<Emessage xmlns="http://hl7.org/fhir"/>',
        b'{"a":' * 2000,
        b" " * (LARGEST + 1),
    ],
)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    with pytest.raises(NotFhir):
        read_bundle(content)


def test_the_library_waits_for_the_first_document() -> None:
    loaded = "import sys, integrations.medcom.reading; sys.exit('fhir.resources' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, env=os.environ, check=False).returncode == 0
