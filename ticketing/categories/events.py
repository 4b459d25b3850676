"""Events of categories."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CategoryDeleting:
    """A category is about to be deleted; it is locked.

    A listener that raises an error prevents the deletion.
    """

    category_id: int


@dataclass(frozen=True)
class CategoryDeleted:
    """A category was deleted."""

    category_id: int
