"""Measure the console's queue in Chromium: python -m benchmarks.console URL EMAIL

The service runs at URL on a database that ``benchmarks.fill`` has filled; EMAIL is one
of its agents, ``user1@example.org``. Prints the median and the worst of each step, in
milliseconds, as its user sees it.
"""

import argparse
import os
import shutil
import statistics
import time
from collections.abc import Callable
from functools import partial

from playwright.sync_api import Page, expect, sync_playwright

from benchmarks.fill import PASSWORD

REPETITIONS = 15
LISTS = (
    "needs_answer",
    "unassigned",
    "all",
    "all?priority=urgent",
    "all?status=closed&category_id=5&sort=-last_activity_at",
    "needs_answer?priority=high,urgent&sort=-priority",
)
FOLLOW = """(href) => {
  const link = Object.assign(document.createElement("a"), { href });
  document.body.append(link);
  link.click();
  link.remove();
}"""
TIMEOUT_MS = 60_000
GET = """async (path) => {
  const { token } = JSON.parse(localStorage.getItem("session"));
  await (await fetch(path, { headers: { Authorization: `Bearer ${token}` } })).text();
}"""


def sign_in(page: Page, url: str, email: str) -> None:
    """Sign in; return when the queue is shown."""
    page.goto(f"{url}/console/")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".rows a").first).to_be_visible()


def open_queue(page: Page, url: str) -> None:
    """Load the page anew, up to the first row and the counts of the views."""
    page.goto(f"{url}/console/queue/needs_answer")
    expect(page.locator(".rows a").first).to_be_visible()
    expect(page.locator("nav .count").first).to_be_visible()


def leave(page: Page) -> None:
    """Go to a screen without tickets."""
    page.evaluate(FOLLOW, "/console/categories")
    expect(page.get_by_role("heading", level=1)).to_have_text("Categories")


def follow(page: Page, path: str) -> None:
    """Follow a link within the page to a list of tickets."""
    page.evaluate(FOLLOW, f"/console/queue/{path}")
    expect(page.locator("[aria-busy=false] .rows a").first).to_be_visible()


def measure(
    name: str, step: Callable[[], None], prepare: Callable[[], None] = lambda: None
) -> None:
    """Print how long a step takes; what prepares it is not counted."""
    took = []
    for _ in range(REPETITIONS):
        prepare()
        begun = time.perf_counter()
        step()
        took.append(1000 * (time.perf_counter() - begun))
    print(f"{name:34} p50 {statistics.median(took):6.0f}  worst {max(took):6.0f}")


def main() -> None:
    """Measure each step."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.console")
    parser.add_argument("url")
    parser.add_argument("email")
    given = parser.parse_args()
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=options
        )
        page = chromium.new_page()
        sign_in(page, given.url, given.email)
        measure("open the queue", lambda: open_queue(page, given.url))
        for path in LISTS:
            measure(path, partial(follow, page, path), partial(leave, page))
        measure("counts of the views", lambda: page.evaluate(GET, "/api/views"))
        chromium.close()


if __name__ == "__main__":
    main()
