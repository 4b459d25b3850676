"""Rows of the benchmarks, the plan of a run, and results with their targets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.fill import Size
from benchmarks.sides import Stage


@dataclass(frozen=True)
class Plan:
    """The extent of a run.

    :param rounds: how often each side is measured.
    :param seconds: of one measurement of a side.
    :param small: the size of most databases; ``large`` of those that are compared.
    """

    rounds: int
    seconds: int
    small: Size
    large: Size


QUICK = Plan(2, 1, Size(1_000, 10_000), Size(4_000, 40_000))
FULL = Plan(5, 5, Size(10_000, 100_000), Size(1_000_000, 10_000_000))


@dataclass(frozen=True)
class Result:
    """One line of the table.

    :param ours: the service's figure of each round.
    :param theirs: the other side's figures; empty where the target is no ratio.
    :param at_least: whether more is better.
    :param note: a remark on the result.
    """

    name: str
    unit: str
    ours: Sequence[float]
    target: float
    theirs: Sequence[float] = field(default=())
    at_least: bool = False
    note: str = ""

    @property
    def rounds(self) -> list[float]:
        """The figure, or ratio, of each round that the target applies to."""
        if not self.theirs:
            return list(self.ours)
        return [
            ours / other for ours, other in zip(self.ours, self.theirs, strict=True)
        ]

    @property
    def value(self) -> float:
        """The median of the rounds."""
        return median(self.rounds)

    @property
    def is_met(self) -> bool:
        """Return whether the target is reached."""
        good = self.value >= self.target if self.at_least else self.value <= self.target
        return good


Row = Callable[[Stage, Plan], list[Result]]
ROWS: dict[str, Row] = {}


def row(name: str) -> Callable[[Row], Row]:
    """Register a function that measures a row, by the row's name."""

    def add(measure: Row) -> Row:
        ROWS[name] = measure
        return measure

    return add
