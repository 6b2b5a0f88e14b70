"""How a profile narrows a resource: how many of each element, with what fixed in it, and leading where."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from integrations.medcom.bundles import many, resolve
from integrations.medcom.fhir import Resource


@dataclass(frozen=True, slots=True)
class Fault:
    """One breach: where it is, the rule that it breaks, and the mend."""

    where: str
    mend: str
    rule: str = "cardinality"

    def __str__(self) -> str:
        return f"{self.where}: {self.mend} ({self.rule})"


@dataclass(frozen=True, slots=True)
class Slice:
    """Which elements of a list are meant: those with this key, or with this value under it."""

    key: str
    value: str | None = None

    def holds(self, node: object) -> bool:
        return isinstance(node, dict) and self.key in node and self.value in (None, node[self.key])


@dataclass(frozen=True, slots=True)
class Rule:
    """One element: what it is called, how many of it there are, what may stand in it, and the rules inside it."""

    name: str
    least: int = 0
    most: int | None = None
    only: Slice | None = None
    among: frozenset[str] = frozenset()
    leads_to: str = ""
    """The type of the resource that it refers to."""
    far: bool = False
    """Whether what it leads to may lie in another message."""
    inside: "tuple[Rule, ...]" = field(default=())

    def __post_init__(self) -> None:
        if self.most is not None and self.most < self.least:
            raise ValueError(f"{self.name}: at most {self.most} is less than at least {self.least}")

    def faults(self, bundle: Resource, parent: Resource, where: str) -> Iterator[Fault]:
        there = f"{where}.{self.name}" + (
            f"[{self.only.value or self.only.key}]".replace("/", "-") if self.only else ""
        )
        values = [one for one in many(parent.get(self.name)) if self.only is None or self.only.holds(one)]
        if len(values) < self.least:
            short = "is missing: fill it" if self.least == 1 else f"has {len(values)}: give at least {self.least}"
            yield Fault(there, short)
        if self.most is not None and len(values) > self.most:
            yield Fault(there, "must not be there: leave it out" if not self.most else f"give at most {self.most}")
        for count, value in enumerate(values):
            place = there if len(values) == 1 else f"{there}[{count}]"
            yield from self._value(bundle, value, place)

    def _value(self, bundle: Resource, value: object, place: str) -> Iterator[Fault]:
        if self.among and value not in self.among:
            words = ", ".join(sorted(self.among))
            yield Fault(place, f"is none of the values that may stand there: write {words}", "value")
        if self.leads_to:
            yield from self._reference(bundle, value, place)
        if not self.inside:
            return
        if not isinstance(value, dict):
            yield Fault(place, "has no fields: fill it as the profile says", "type")
            return
        for rule in self.inside:
            yield from rule.faults(bundle, value, place)

    def _reference(self, bundle: Resource, value: object, place: str) -> Iterator[Fault]:
        kinds = self.leads_to.split("|")
        found = resolve(bundle, value)
        said = value.get("reference") if isinstance(value, dict) else None
        if found is None and self.far and isinstance(said, str) and any(f"{kind}/" in said for kind in kinds):
            return
        if found is None or found.get("resourceType") not in kinds:
            yield Fault(
                place, f"leads to no {' or '.join(kinds)} of this message: put it in, or refer to it", "reference"
            )


def one(name: str, *inside: Rule, among: str | frozenset[str] = "", leads_to: str = "", far: bool = False) -> Rule:
    """An element that is there exactly once."""
    return Rule(name, 1, 1, None, _values(among), leads_to, far, inside)


def maybe(name: str, *inside: Rule, among: str | frozenset[str] = "", leads_to: str = "") -> Rule:
    """An element that is there once or not at all."""
    return Rule(name, 0, 1, None, _values(among), leads_to, False, inside)


def some(name: str, *inside: Rule, least: int = 1) -> Rule:
    """An element that is there at least so often."""
    return Rule(name, least, None, inside=inside)


def none(name: str, only: Slice | None = None) -> Rule:
    """An element that must not be there."""
    return Rule(name, 0, 0, only)


def sliced(name: str, key: str, value: str | None, least: int, most: int | None, *inside: Rule) -> Rule:
    """Those of an element's occurrences that hold the key, with the value if one is named."""
    return Rule(name, least, most, Slice(key, value), inside=inside)


def _values(among: str | frozenset[str]) -> frozenset[str]:
    return among if isinstance(among, frozenset) else frozenset({among} if among else ())
