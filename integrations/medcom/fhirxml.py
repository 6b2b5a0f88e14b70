"""FHIR's XML as the plain data that its JSON would be: a field's type says what is a list, a number or a yes."""

import re
from functools import cache
from typing import Any

from pydantic import BaseModel

from integrations.strangexml import Element

SPACE = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"
_INNER = re.compile(r"abc\.(\w+?)Type\b")


class NotThatShape(Exception):
    """An element is not where R4 has one; the text names it."""


def resource(element: Element) -> dict[str, Any]:
    """A resource's fields, with its type."""
    model = _model(element.name)
    if model is None or element.space != SPACE:
        raise NotThatShape(f"{element.name[:60]}: is no resource of FHIR R4: leave it out")
    return {"resourceType": element.name, **_fields(element, model)}


def _fields(element: Element, model: type[BaseModel]) -> dict[str, Any]:
    said: dict[str, Any] = {key: value for key, value in element.attributes.items() if key in {"id", "url"}}
    shapes = _shapes(model)
    for child in element:
        if child.space == XHTML:
            said[child.name] = _markup(child)
            continue
        shape = shapes.get(child.name)
        if shape is None:
            raise NotThatShape(f"{element.name[:60]}.{child.name[:60]}: is no field of FHIR R4: leave it out")
        value = _value(child, *shape[1:])
        if not shape[0]:
            if child.name in said:
                raise NotThatShape(f"{element.name[:60]}.{child.name}: stands there twice: leave one out")
            said[child.name] = value
        else:
            said.setdefault(child.name, []).append(value)
    return said


def _value(child: Element, inner: str, plain: str) -> Any:
    if inner == "Resource":
        return resource(next(iter(child), child))
    model = _model(inner) if inner else None
    if model is not None:
        return _fields(child, model)
    value = child.attributes.get("value", "")
    if plain == "bool":
        return {"true": True, "false": False}.get(value, value)
    if plain == "int" and value.lstrip("-").isdecimal() and len(value) < 12:
        return int(value)
    return value


@cache
def _shapes(model: type[BaseModel]) -> dict[str, tuple[bool, str, str]]:
    """Each field: whether it is a list, the type of its elements if that has fields, and what plain value it is."""
    found = {}
    for name, field in model.model_fields.items():
        written = str(field.annotation)
        inner = _INNER.search(written)
        plain = "bool" if "bool" in written else "int" if "[int" in written or "int |" in written else ""
        found[field.alias or name] = ("List[" in written, inner[1] if inner else "", plain)
    return found


def _model(name: str) -> type[BaseModel] | None:
    from fhir.resources.R4B import get_fhir_model_class  # noqa: PLC0415 - as in fhir.py

    if not name.isascii() or not name.isalnum():
        return None
    try:
        model: type[BaseModel] = get_fhir_model_class(name)
    except (AttributeError, ImportError, LookupError, ValueError):
        return None
    return model


def _markup(element: Element) -> str:
    """What a narrative says, without its markup: the hub never shows another house's."""
    said = "".join(_said(element))
    return f'<div xmlns="{XHTML}">{said.replace("&", "&amp;").replace("<", "&lt;")}</div>'


def _said(element: Element) -> list[str]:
    return [word for one in element.content for word in ([one] if isinstance(one, str) else _said(one))]
