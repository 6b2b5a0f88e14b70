"""RFC 6962's tree over the rows of a journal: its roots, and proofs of what was in it, from the rows' hashes alone."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

SIZE = 32
EMPTY = sha256().digest()


def leaf(link: bytes) -> bytes:
    """The leaf of a row, whose own hash in the chain is `link`."""
    return sha256(b"\0" + link).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


class Peaks:
    """A tree that grows at its end: of all that it holds, only the roots of its whole parts, the largest first."""

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        self.size = size
        self._peaks = list(peaks)

    @property
    def peaks(self) -> tuple[bytes, ...]:
        return tuple(self._peaks)

    def add(self, link: bytes) -> None:
        """Appends the row whose hash is `link`."""
        new, left = leaf(link), self.size
        while left & 1:
            new = node(self._peaks.pop(), new)
            left >>= 1
        self._peaks.append(new)
        self.size += 1

    def root(self) -> bytes:
        if not self._peaks:
            return EMPTY
        *before, root = self._peaks
        for peak in reversed(before):
            root = node(peak, root)
        return root


class Tree:
    """A whole tree, which can prove what is in it, and that it grew from a smaller one."""

    def __init__(self, links: Iterable[bytes]) -> None:
        # One row of bytes a level: as objects, the hashes of a million rows would take four times the room.
        self._levels = [bytearray().join(leaf(link) for link in links)]
        self.size = len(self._levels[0]) // SIZE
        while len(below := self._levels[-1]) > SIZE:
            pairs = range(0, len(below) - SIZE, 2 * SIZE)
            above = (sha256(b"\1" + below[at : at + 2 * SIZE]).digest() for at in pairs)
            self._levels.append(bytearray().join(above))

    def root(self, size: int) -> bytes:
        """The root that the tree had when it was so large."""
        return self._root(0, size) if size else EMPTY

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """The path from one leaf to the root of the tree of that size."""
        path, first, end = list[bytes](), 0, size
        while end - first > 1:
            middle = first + _split(end - first)
            if index < middle:
                path.append(self._root(middle, end))
                end = middle
            else:
                path.append(self._root(first, middle))
                first = middle
        return path[::-1]

    def consistency(self, smaller: int, size: int) -> list[bytes]:
        """What proves that the tree of that size begins with the smaller one."""
        path, first, end, known = list[bytes](), 0, size, True
        while smaller != end:
            middle = first + _split(end - first)
            if smaller <= middle:
                path.append(self._root(middle, end))
                end = middle
            else:
                path.append(self._root(first, middle))
                first, known = middle, False
        if not known:
            path.append(self._root(first, end))
        return path[::-1]

    def _root(self, first: int, end: int) -> bytes:
        many = end - first
        if many & (many - 1) == 0:
            level = many.bit_length() - 1
            at = (first >> level) * SIZE
            return bytes(self._levels[level][at : at + SIZE])
        middle = first + _split(many)
        return node(self._root(first, middle), self._root(middle, end))


def _split(many: int) -> int:
    """The largest power of two below `many`."""
    return 1 << (many - 1).bit_length() - 1
