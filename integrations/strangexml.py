"""XML from strangers as a small tree: without DTD, without entities, and never larger than its limits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

DEEPEST = 64
MOST_ELEMENTS = 200_000


class NoXml(Exception):
    """The document cannot be read; the text says where, and what to do."""


@dataclass(slots=True)
class Element:
    """One element: its name without the prefix, and what stands in it in its order."""

    name: str
    space: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    content: "list[Element | str]" = field(default_factory=list)

    def __iter__(self) -> "Iterator[Element]":
        return (one for one in self.content if isinstance(one, Element))

    def all(self, name: str) -> "list[Element]":
        return [one for one in self if one.name == name]

    def at(self, *names: str) -> "Element | None":
        """The first element along these names."""
        here: Element | None = self
        for name in names:
            here = next((one for one in here if one.name == name), None) if here is not None else None
        return here

    def text(self, *names: str) -> str:
        """What is said in the first element along these names, without spaces around it; empty if there is none."""
        found = self.at(*names)
        return "" if found is None else "".join(one for one in found.content if isinstance(one, str)).strip()


def parse(content: bytes, largest: int) -> Element:
    """The document's root. Raises NoXml."""
    if len(content) > largest:
        raise NoXml(f"The document is larger than {largest >> 20} MiB: divide it")
    tree = _Tree()
    try:
        tree.parser.Parse(content, True)
    except expat.ExpatError as fault:
        raise NoXml(f"line {fault.lineno}: cannot be read ({expat.ErrorString(fault.code)}): send it whole") from None
    except (LookupError, ValueError):
        raise NoXml("line 1: is in an encoding that is not known: write it in UTF-8") from None
    if tree.root is None:
        raise NoXml("line 1: holds no element: send the whole document")
    return tree.root


def guarded_parser(space: str | None, refuse: Callable[[str], Exception]) -> expat.XMLParserType:
    """A parser that stops at a DTD or an entity: so none unfolds without end or reads this machine's files."""
    parser = expat.ParserCreate(namespace_separator=space)
    parser.buffer_text = True

    def stop(why: str) -> Callable[..., None]:
        def handler(*_: object) -> None:
            raise refuse(why)

        return handler

    parser.StartDoctypeDeclHandler = stop("holds a DTD: send it without")
    parser.EntityDeclHandler = stop("declares an entity: send it without")
    parser.ExternalEntityRefHandler = stop("points at another file: none is read")  # type: ignore[assignment]
    return parser


class _Tree:
    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._count = 0
        parser = self.parser = guarded_parser(" ", self._refused)
        parser.StartElementHandler = self._begins
        parser.EndElementHandler = self._ends
        parser.CharacterDataHandler = self._says

    def _refused(self, why: str) -> NoXml:
        return NoXml(f"line {self.parser.CurrentLineNumber}: {why}")

    def _begins(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        element = Element(local, space, attributes)
        self._count += 1
        if len(self._open) >= DEEPEST or self._count > MOST_ELEMENTS:
            raise self._refused("holds more elements than any message: divide it")
        if self._open:
            self._open[-1].content.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _ends(self, _: str) -> None:
        self._open.pop()

    def _says(self, text: str) -> None:
        self._open[-1].content.append(text)
