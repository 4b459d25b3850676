"""The findings of ``flask doctor``; parts contribute checks of their own."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from ticketing.core.extension_points import ExtensionPoint


class Finding(NamedTuple):
    """The result of one check; if it failed, the text says what to do."""

    ok: bool
    text: str


# Called while the database answers.
CHECKS = ExtensionPoint[Callable[[], Iterable[Finding]]]("doctor_checks")
