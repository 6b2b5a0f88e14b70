"""What a source says now against what it said before: what came, changed and went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from hub.roster.shift import Absence, Shift

E = TypeVar("E", bound=Shift | Absence)


@dataclass(frozen=True, slots=True)
class Imported:
    """How many shifts and absences of one source came, changed, went and stayed as they were."""

    added: int
    changed: int
    removed: int
    unchanged: int

    def __add__(self, other: "Imported") -> "Imported":
        return Imported(
            self.added + other.added,
            self.changed + other.changed,
            self.removed + other.removed,
            self.unchanged + other.unchanged,
        )

    @property
    def nothing(self) -> bool:
        return not (self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class Difference(Generic[E]):
    """What must be written for a roster to be as its source says."""

    new: Sequence[E]
    changed: Sequence[tuple[E, E]]
    gone: Sequence[E]
    unchanged: int

    @property
    def counts(self) -> Imported:
        return Imported(len(self.new), len(self.changed), len(self.gone), self.unchanged)

    def __add__(self, other: "Difference[E]") -> "Difference[E]":
        return Difference(
            [*self.new, *other.new],
            [*self.changed, *other.changed],
            [*self.gone, *other.gone],
            self.unchanged + other.unchanged,
        )

    def laid_over(self, present: Mapping[str, E]) -> dict[str, E]:
        """The roster as it would be with this in it."""
        written = {one.id: one for one in (*self.new, *(after for _, after in self.changed))}
        gone = {one.id for one in self.gone}
        return {key: one for key, one in {**present, **written}.items() if key not in gone}


def compared(present: Mapping[str, E], replaced: Mapping[str, E], wanted: Sequence[E]) -> Difference[E]:
    """The wanted entries against those there are; of these, what stands in `replaced` goes if it is not wanted."""
    kept = {one.id for one in wanted}
    new = [one for one in wanted if one.id not in present]
    changed = [(present[one.id], one) for one in wanted if one.id in present and present[one.id] != one]
    gone = [one for key, one in replaced.items() if key not in kept]
    return Difference(new, changed, gone, len(wanted) - len(new) - len(changed))
