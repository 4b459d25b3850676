"""What a run measures: rows, how long each takes, what each finds and is to reach."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

from benchmarks.fill import Size
from benchmarks.sides import Stage


@dataclass(frozen=True)
class Plan:
    """How much a run takes on.

    :param rounds: how often the sides take turns.
    :param seconds: of one turn of a side.
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

    :param ours: what each round found of the service.
    :param theirs: of the other side, beside it; none where the target is no ratio.
    :param at_least: whether more is better.
    :param note: what else there is to know.
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
        """What each round found of what has a target."""
        if not self.theirs:
            return list(self.ours)
        return [
            ours / other for ours, other in zip(self.ours, self.theirs, strict=True)
        ]

    @property
    def value(self) -> float:
        """The median over the rounds: of the ratio, where the target is one."""
        return median(self.rounds)

    @property
    def is_met(self) -> bool:
        """Whether the target is reached."""
        good = self.value >= self.target if self.at_least else self.value <= self.target
        return good


Row = Callable[[Stage, Plan], list[Result]]
ROWS: dict[str, Row] = {}


def row(name: str) -> Callable[[Row], Row]:
    """Measure something under a name of its own."""

    def add(measure: Row) -> Row:
        ROWS[name] = measure
        return measure

    return add
