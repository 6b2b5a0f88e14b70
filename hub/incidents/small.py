"""Small numbers, hidden where a person could be recognised, and what they could be reckoned from. Pure."""

from collections.abc import Sequence

Cells = tuple[int | None, ...]
"""Numbers as they are shown: None is one that is hidden."""


def guarded(cells: Sequence[int], below: int) -> Cells:
    """The cells of a table whose total everybody knows, so that nobody learns a small one, however they reckon.

    The small ones are hidden, and with them the first that is not small where the rest of the total would tell them.
    Where that would tell them still, the whole division is hidden, the zeros too.
    """
    small = [index for index, cell in enumerate(cells) if 0 < cell < below]
    if not small:
        return tuple(cells)
    # By where it stands and not by its size, which would tell how big it can be at most.
    other = next((index for index, cell in enumerate(cells) if cell >= below), None)
    if other is None:
        return (None,) * len(cells)
    hidden, rest, n = set(small), sum(cells[index] for index in small), len(small)
    if n == 1 or not n < rest < n * (below - 1):
        # Had all of them been bigger, would the other have stayed one that is not small?
        bigger = 1 if n == 1 else n * (below - 2)
        if rest == n and cells[other] - bigger < below:
            return (None,) * len(cells)
        hidden.add(other)
    return tuple(None if index in hidden else cell for index, cell in enumerate(cells))


def alone(cell: int, below: int) -> int | None:
    """A number that nothing else can be reckoned from."""
    return None if 0 < cell < below else cell


def undivided(cells: Cells) -> bool:
    """Whether there was too little to divide."""
    return bool(cells) and all(cell is None for cell in cells)


def coarse(cells: Sequence[int], below: int) -> bool:
    """Whether so much of a division would be hidden that a coarser one tells more."""
    shown = guarded(cells, below)
    return shown.count(None) * 3 > sum(1 for cell in cells if cell)
