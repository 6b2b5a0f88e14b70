"""XML as plain values: made, looked into by rules, and written; what no XML may hold never gets in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.sax.saxutils import escape

# What XML has no place for: a set of all that it has takes Python far longer to prepare.
_NO_XML = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Node:
    """An element: its name with its prefix, and either text or what is inside."""

    name: str
    text: str = ""
    inside: tuple["Node", ...] = ()

    def all(self, *path: str) -> Iterator["Node"]:
        """Those at the end of a path of names."""
        found = [self]
        for name in path:
            found = [child for one in found for child in one.inside if child.name == name]
        yield from found

    def one(self, *path: str) -> "Node | None":
        return next(self.all(*path), None)

    def says(self, *path: str) -> str | None:
        """The text at the end of a path; None where there is no such element."""
        found = self.one(*path)
        return found.text if found is not None else None


def leaf(name: str, text: str | None) -> tuple[Node, ...]:
    """An element with text, or none at all."""
    return (Node(name, _NO_XML.sub("", text)),) if text is not None else ()


def branch(name: str, *inside: "Node | tuple[Node, ...]") -> Node:
    """An element with others inside, in their order."""
    flat: list[Node] = []
    for one in inside:
        flat.extend(one if isinstance(one, tuple) else (one,))
    return Node(name, "", tuple(flat))


def written(root: Node, namespaces: Mapping[str, str]) -> bytes:
    """The document, with its namespaces on the root."""
    spaces = "".join(f' xmlns{":" * bool(prefix)}{prefix}="{address}"' for prefix, address in namespaces.items())
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_element(root, spaces)}\n'.encode()


def moment(at: datetime) -> str:
    """A moment as these interfaces write it."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _element(node: Node, spaces: str = "") -> str:
    # A line break of Windows would otherwise be read as one of Unix.
    inside = "".join(map(_element, node.inside)) or escape(node.text, {"\r": "&#13;"})
    return f"<{node.name}{spaces}>{inside}</{node.name}>"
