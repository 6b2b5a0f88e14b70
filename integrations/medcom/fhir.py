"""FHIR documents as plain data: read within limits, and of the shape that R4 gives them."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import orjson
from pydantic import BaseModel, ValidationError

from integrations.medcom import fhirxml
from integrations.strangexml import NoXml, parse

LARGEST = 32 * 1024 * 1024
MOST_FAULTS = 20
# A message of three hundred texts holds no more values, each within a few others.
MOST_VALUES = 20_000
DEEPEST = 40

Resource = dict[str, Any]

# A byte order mark and spaces.
_BEFORE_XML = b"\xef\xbb\xbf \t\r\n"
# What the library stumbles over while it looks at a value of a wrong type.
_ALSO_RAISED = (ArithmeticError, AttributeError, ImportError, LookupError, RecursionError, TypeError, ValueError)


class NotFhir(Exception):
    """The document is no FHIR bundle; each fault names the field and the mend."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def read_bundle(content: bytes) -> Resource:
    """The document as a bundle whose every field has the type that R4 gives it. Raises NotFhir."""
    if len(content) > LARGEST:
        raise NotFhir(f"The document is larger than {LARGEST >> 20} MiB: divide it")
    bundle = _from_xml(content) if content.lstrip(_BEFORE_XML)[:1] == b"<" else _from_json(content)
    check_shape(bundle)
    return dict(bundle)


def _from_json(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError as fault:
        raise NotFhir(f"line {fault.lineno}: is no JSON: send it whole, in UTF-8") from None


def _from_xml(content: bytes) -> Resource:
    try:
        return fhirxml.resource(parse(content, LARGEST))
    except (NoXml, fhirxml.NotThatShape) as fault:
        raise NotFhir(str(fault)) from None


def check_shape(bundle: object) -> None:
    """Raises NotFhir with every field that R4 does not know, or knows with another type."""
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise NotFhir("resourceType: is not Bundle: send the message as one Bundle")
    _measure(bundle)
    try:
        _bundle_model().model_validate(bundle)
    except ValidationError as found:
        # The library's own words would repeat the value, which may be a citizen's.
        faults = [f"{'.'.join(map(str, one['loc']))}: {_mend(one['type'])}" for one in found.errors()[:MOST_FAULTS]]
        raise NotFhir(*faults) from None
    except _ALSO_RAISED:
        raise NotFhir("Bundle: holds a value of another type than FHIR R4 gives its field: mend it") from None


def _measure(bundle: object) -> None:
    level, count = [bundle], 0
    for _ in range(DEEPEST):
        level = [inner for one in level for inner in _inside(one)]
        count += len(level)
        if count > MOST_VALUES:
            raise NotFhir(f"Bundle: holds more than {MOST_VALUES} values: divide it")
        if not level:
            return
    raise NotFhir(f"Bundle: holds elements within elements, more than {DEEPEST} deep: send it as MedCom's profiles say")


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _mend(kind: str) -> str:
    if kind == "extra_forbidden":
        return "is no field of FHIR R4: leave it out"
    if "missing" in kind:
        return "is missing: fill it"
    return "is not of the type that FHIR R4 gives it: mend it"


@cache
def _bundle_model() -> type[BaseModel]:
    # Half a second and 30 MiB that only a hub that receives FHIR pays. R4B is R4 with mends that MedCom does not meet.
    from fhir.resources.R4B.bundle import Bundle  # noqa: PLC0415

    return Bundle
