"""What can happen to categories."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CategoryDeleted:
    """A category is gone."""

    category_id: int
