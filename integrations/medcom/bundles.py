"""What stands where in a bundle: its resources, and what a reference leads to."""

from collections.abc import Iterator
from typing import Any

from integrations.medcom.fhir import Resource


def resources(bundle: Resource, kind: str | None = None) -> list[Resource]:
    """The bundle's resources, all or those of one type, in its order."""
    entries = _things(bundle.get("entry"))
    found = [one for one in (entry.get("resource") for entry in entries) if isinstance(one, dict)]
    return [one for one in found if kind is None or one.get("resourceType") == kind]


def resolve(bundle: Resource, reference: object) -> Resource | None:
    """The resource that a Reference, or its text, leads to inside the bundle."""
    wanted = reference.get("reference") if isinstance(reference, dict) else reference
    if not isinstance(wanted, str) or not wanted:
        return None
    *_, kind, key = ("", *wanted.rsplit("/", 2))
    for entry in _things(bundle.get("entry")):
        one = entry.get("resource")
        if isinstance(one, dict) and (
            entry.get("fullUrl") == wanted or (one.get("id") == key and one.get("resourceType") == kind)
        ):
            return one
    return None


def at(node: Any, path: str) -> list[Any]:
    """All values along a path such as `payload.extension`; lists on the way are gone into."""
    here = [node]
    for name in path.split("."):
        here = [value for one in here if isinstance(one, dict) for value in many(one.get(name))]
    return here


def one_at(node: Any, path: str) -> Any:
    """The first value along a path, or None."""
    return next(iter(at(node, path)), None)


def text_at(node: Any, path: str) -> str:
    """The first value along a path if it is a text; empty otherwise."""
    found = one_at(node, path)
    return found if isinstance(found, str) else ""


def extension(node: Resource, url: str) -> Resource | None:
    """The extension of that kind, if the element has one."""
    return next((one for one in _things(node.get("extension")) if one.get("url") == url), None)


def many(value: Any) -> list[Any]:
    """A field's values: R4 writes one as itself and several as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _things(value: Any) -> Iterator[Resource]:
    return (one for one in many(value) if isinstance(one, dict))
