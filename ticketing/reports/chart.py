"""Draw a report as an SVG image that can be read without colours."""

from collections.abc import Sequence
from datetime import date

WIDTH, HEIGHT = 960, 400
LEFT, RIGHT, TOP, BOTTOM = 60, 940, 60, 350  # of the plot
STEPS = 4  # of the scale
MAX_DATES = 8  # written below the plot

PAGE = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"
  aria-labelledby="title desc" font-family="sans-serif" font-size="14">
<title id="title">{title}</title>
<desc id="desc">{desc}</desc>
<rect width="{width}" height="{height}" fill="white"/>
<text x="{left}" y="32" font-size="18">{title}</text>
{parts}
</svg>
"""
GRID = '<line x1="{left}" y1="{y:g}" x2="{right}" y2="{y:g}" stroke="#ccc"/>'
NUMBER = '<text x="{x}" y="{y:g}" text-anchor="end">{number}</text>'
DATE = '<text x="{x:g}" y="375" text-anchor="middle">{day:%d %b}</text>'
LINE = '<polyline points="{points}" fill="none" stroke-width="2" {style}/>'
KEY = """\
<line x1="{x}" y1="27" x2="{end}" y2="27" stroke-width="2" {style}/>
<text x="{after}" y="32">{name}</text>"""
# The lines differ in their dashes, and in print in how dark they are.
FULL, DASHED = 'stroke="#1b3a6b"', 'stroke="#d2691e" stroke-dasharray="6 4"'


def draw(days: Sequence[date], opened: Sequence[int], resolved: Sequence[int]) -> str:
    """Return an image of how many tickets were opened and resolved on each day."""
    title = f"Tickets opened and resolved, {days[0]} to {days[-1]}"
    desc = (
        f"{sum(opened)} tickets were opened (full line), {max(opened)} on one day at "
        f"most; {sum(resolved)} were resolved (dashed line), {max(resolved)} at most."
    )
    top = _round_up(max(*opened, *resolved))
    parts = [
        *_scale(top),
        *_dates(days),
        *(_line(opened, top, FULL), _line(resolved, top, DASHED)),
        *(_key(660, "opened", FULL), _key(800, "resolved", DASHED)),
    ]
    page = {"width": WIDTH, "height": HEIGHT, "left": LEFT, "parts": "\n".join(parts)}
    return PAGE.format(title=title, desc=desc, **page)


def _round_up(count: int) -> int:
    """Return the top of a scale of whole numbers that is not below a count."""
    size = 1
    while True:
        for factor in (1, 2, 5):
            if STEPS * factor * size >= count:
                return STEPS * factor * size
        size *= 10


def _scale(top: int) -> list[str]:
    parts = []
    for step in range(STEPS + 1):
        number = top * step // STEPS
        y = _y(number, top)
        parts.append(GRID.format(left=LEFT, right=RIGHT, y=y))
        parts.append(NUMBER.format(x=LEFT - 8, y=y + 5, number=number))
    return parts


def _dates(days: Sequence[date]) -> list[str]:
    every = -(-len(days) // MAX_DATES)
    numbers = range(0, len(days), every)
    return [DATE.format(x=_x(n, len(days)), day=days[n]) for n in numbers]


def _line(counts: Sequence[int], top: int, style: str) -> str:
    places = [
        (_x(number, len(counts)), _y(count, top)) for number, count in enumerate(counts)
    ]
    if len(places) == 1:  # a line of a single point would be invisible
        places.append((RIGHT, places[0][1]))
    points = " ".join(f"{x:g},{y:g}" for x, y in places)
    return LINE.format(points=points, style=style)


def _key(x: int, name: str, style: str) -> str:
    return KEY.format(x=x, end=x + 40, after=x + 48, name=name, style=style)


def _x(number: int, days: int) -> float:
    return round(LEFT + (RIGHT - LEFT) * number / max(days - 1, 1), 1)


def _y(count: int, top: int) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * count / top, 1)
