"""Placeholders in texts, such as ``{{ticket.id}}``."""

import re
from collections.abc import Mapping

NAMES = ("customer.name", "ticket.id", "ticket.subject", "agent.name")
PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")


def unknown_in(text: str) -> list[str]:
    """Return the names of placeholders that there are not, each once."""
    return [n for n in dict.fromkeys(PLACEHOLDER.findall(text)) if n not in NAMES]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace placeholders from left to right, and none in what they become.

    :param values: for each of ``NAMES``.
    """
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)
