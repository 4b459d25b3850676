"""How large the page may be, and what its own files may not contain."""

import gzip
import re
from posixpath import dirname, join, normpath

import pytest

from ticketing.console import page

MAX_LINES = 4835
MAX_LINES_OF_A_FILE = 200  # but for the style sheet, which is one for all screens
MAX_FIRST_LOAD = 60_000  # bytes, compressed
GZIP_LEVEL = 6
OWN = {
    path.relative_to(page.FOLDER).as_posix(): path.read_text()
    for path in sorted(page.FOLDER.rglob("*"))
    if path.suffix in (".js", ".css", ".html") and "vendor" not in path.parts
}
IMPORT = re.compile(r'^(?:import|export) (?:[^;="]*? from )?"([^"]+)";', re.MULTILINE)
FORBIDDEN = {
    "innerHTML": r"(inner|outer)HTML|insertAdjacentHTML|srcdoc",
    "eval": r"\beval\(|\bnew Function\b|set(Timeout|Interval)\(\s*[\"'`]",
    "document.write": r"document\.write",
    "a style attribute": r"\bstyle=|<style\b|cssText",
    "an inline handler": r"\son[a-z]+=\"|javascript:",
    "a cookie": r"document\.cookie",
    "another origin": r"https?://(?!www\.w3\.org/)",
    "a physical side": r"(margin|padding|border|inset)-(left|right|top|bottom)\b",
}


def imported(name):
    """Return what a module imports at once, as paths below the version."""
    for named in IMPORT.findall(source_of(name)):
        is_path = named.startswith(".")
        yield normpath(join(dirname(name), named)) if is_path else page.IMPORTS[named]


def source_of(name):
    """Return the text of a file that is served."""
    return page.files()[name].read_text()


def loaded_from(name):
    """Return a module, and all that it imports in turn."""
    found, waiting = set(), [name]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += imported(name)
    return found


def test_all_own_files_have_few_lines():
    counts = {name: text.count("\n") for name, text in OWN.items()}

    assert sum(counts.values()) <= MAX_LINES, counts


@pytest.mark.parametrize("name", sorted(set(OWN) - {"console.css"}))
def test_a_file_can_be_read_at_once(name):
    assert OWN[name].count("\n") <= MAX_LINES_OF_A_FILE


def test_what_signing_in_loads_is_small(anyone):
    assets = f"/console/-/{page.version()}"
    files = {"console.css", "icon.svg", *loaded_from("app.js")}
    paths = ["/console/sign-in", "/api/config", *(f"{assets}/{name}" for name in files)]

    sizes = {
        path.removeprefix(f"{assets}/"): len(
            gzip.compress(anyone.get(path, buffered=True).data, GZIP_LEVEL)
        )
        for path in paths
    }

    assert {"app.js", "screens/sign_in.js", "vendor/preact.js"} < set(sizes)
    assert sum(sizes.values()) <= MAX_FIRST_LOAD, sizes


def test_what_is_preloaded_is_loaded():
    assert set(page.PRELOADED) <= loaded_from("app.js")


@pytest.mark.parametrize("name", [name for name in OWN if name.endswith(".js")])
def test_every_import_is_a_file_that_is_served(name):
    assert set(imported(name)) <= set(page.files())


def test_every_module_is_in_use():
    alone = {"offline_page.js", "service_worker.js"}
    alone.add("screens/all.js")
    used = set().union(*(loaded_from(name) for name in {"app.js", *alone}))

    modules = {name for name in OWN if name.endswith(".js")}
    assert modules <= used


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_own_file_contains(what):
    pattern = re.compile(FORBIDDEN[what])

    assert [name for name, text in OWN.items() if pattern.search(text)] == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("innerHTML", "node.innerHTML = text"),
        ("eval", 'setTimeout("go()", 1)'),
        ("document.write", "document.write(text)"),
        ("a style attribute", '<p style="color: red">'),
        ("an inline handler", '<p onclick="go()">'),
        ("a cookie", "document.cookie"),
        ("another origin", "https://cdn.example/x.js"),
        ("a physical side", "margin-left: 1rem"),
    ],
)
def test_it_would_be_found(what, text):
    assert re.search(FORBIDDEN[what], text)
