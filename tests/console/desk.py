"""Tickets in a category of their own, and the queue that shows only these."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from served import Caller, Process

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page


def open_tickets(
    server: Process, customer: Caller, *subjects: str, **fields: Any
) -> list[dict]:
    """Open tickets of a customer, one after another, in a new category."""
    category = server.root.post("/categories", {"name": f"Desk {secrets.token_hex(6)}"})
    common = {"category_id": category["id"], "description": "-", "priority": "medium"}
    return [
        customer.post("/tickets", {"subject": subject, **common, **fields})
        for subject in subjects
    ]


def queue_of(ticket: dict, view: str = "all", **query: str) -> str:
    """Return the path of a view, narrowed to the category of a ticket, oldest first."""
    given = {"category_id": ticket["category_id"], "sort": "created_at", **query}
    return f"queue/{view}?" + "&".join(f"{name}={given[name]}" for name in given)


def rows(page: Page) -> Locator:
    """Return the links to the tickets of the list."""
    return page.locator(".rows a")


def row(page: Page, subject: str) -> Locator:
    """Return the link to a ticket of the list."""
    return rows(page).filter(has_text=subject)


def slow_down(page: Page) -> None:
    """Delay what waits for a painting, or for 35 ms, by two seconds.

    By default, preact calls the effects of ``useEffect`` then, and cleans them up.
    """
    page.evaluate(
        """() => {
          const later = window.setTimeout;
          window.setTimeout = (run, ms, ...rest) =>
            later(run, ms === 35 ? 2000 : ms, ...rest);
          window.requestAnimationFrame = (run) => later(run, 2000);
        }"""
    )
