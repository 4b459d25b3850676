"""Placeholders in texts, such as ``{{ticket.id}}``."""

import re
from collections.abc import Mapping

NAMES = ("customer.name", "ticket.id", "ticket.subject", "agent.name")
PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")


def unknown_in(text: str) -> list[str]:
    """Return the unknown placeholders in a text, each once."""
    return [n for n in dict.fromkeys(PLACEHOLDER.findall(text)) if n not in NAMES]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Replace each placeholder by its value; placeholders within values stay.

    :param values: the values of all ``NAMES``.
    """
    return PLACEHOLDER.sub(lambda found: values[found[1]], text)
