"""Report results as a table, as JSON and as a picture."""

import json
import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from xml.sax.saxutils import escape

from benchmarks.results import Result

HEADINGS = ("what", "service", "other side", "found", "spread", "target", "")
LINE = 22  # pixels
WIDTH = 960
BARS = 460  # pixels, where they begin
SCALE = 180  # pixels of a bar that is just on target
LONGEST = 2.4  # times the target, beyond which a bar is cut off


def table(results: Sequence[Result]) -> str:
    """Return a Markdown table: medians, their spread, the targets."""
    rows = [HEADINGS, *(_cells(result) for result in results)]
    widths = [max(len(cells[i]) for cells in rows) for i in range(len(HEADINGS))]
    lines = [
        "| " + " | ".join(c.ljust(w) for c, w in zip(cells, widths, strict=True)) + " |"
        for cells in rows
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def write(results: Sequence[Result], directory: Path, quick: bool) -> None:
    """Write ``results.json`` and ``results.svg``."""
    directory.mkdir(parents=True, exist_ok=True)
    found = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "on": f"{os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}",
        "quick": quick,
        "load": os.getloadavg()[1],
        "results": [_as_json(result) for result in results],
    }
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    (directory / "results.json").write_text(text)
    (directory / "results.svg").write_text(picture(results))


def picture(results: Sequence[Result]) -> str:
    """Return an SVG with a bar for each result, relative to its target."""
    height = LINE * (len(results) + 2)
    bars = "".join(_bar(result, LINE * n) for n, result in enumerate(results, 1))
    on_target = BARS + SCALE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="12">\n'
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>\n{bars}'
        f'<line x1="{on_target}" x2="{on_target}" y1="{LINE * 0.7:.0f}" '
        f'y2="{height - LINE}" stroke="#333" stroke-dasharray="3"/>\n'
        f'<text x="{on_target}" y="14" text-anchor="middle">target</text>\n</svg>\n'
    )


def _cells(result: Result) -> tuple[str, ...]:
    rounds = result.rounds
    sign = "≥" if result.at_least else "≤"
    other = f"{_figure(median(result.theirs))} {result.unit}" if result.theirs else ""
    name = f"{result.name} ({result.note})" if result.note else result.name
    return (
        name,
        f"{_figure(median(result.ours))} {result.unit}",
        other,
        _figure(result.value),
        f"{_figure(min(rounds))}–{_figure(max(rounds))}",
        f"{sign} {result.target:g}",
        "met" if result.is_met else "MISSED",
    )


def _as_json(result: Result) -> dict[str, object]:
    return {
        "what": result.name,
        "unit": result.unit,
        "service": list(result.ours),
        "other_side": list(result.theirs),
        "found": result.value,
        "target": result.target,
        "at_least": result.at_least,
        "met": result.is_met,
        "note": result.note,
    }


def _bar(result: Result, top: int) -> str:
    length = SCALE * min(result.value / result.target, LONGEST)
    color = "#2a7f4f" if result.is_met else "#b3402e"
    sign = "≥" if result.at_least else "≤"
    text = f"{_figure(result.value)} ({sign} {result.target:g})"
    baseline = top + 14
    return (
        f'<text x="{BARS - 8}" y="{baseline}" text-anchor="end">'
        f"{escape(result.name)}</text>"
        f'<rect x="{BARS}" y="{top + 4}" width="{length:.0f}" height="{LINE - 8}" '
        f'fill="{color}"/>'
        f'<text x="{BARS + length + 6:.0f}" y="{baseline}">{text}</text>\n'
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
