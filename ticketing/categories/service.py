"""What one can do with categories."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from ticketing.categories.events import CategoryDeleted
from ticketing.categories.models import Category
from ticketing.categories.schemas import CategorySchema
from ticketing.categories.slugs import slug_of
from ticketing.core.database import db, fold, later_than
from ticketing.core.errors import ConflictError, InvalidError, NotFoundError
from ticketing.core.pages import Feed, Order, Page
from ticketing.web.schemas import Shown
from ticketing.web.projection import Shape
from ticketing.core.transaction import publish, transaction

SHAPE = Shape(CategorySchema, Category)
BY_NAME = Feed(
    select(*SHAPE.columns, Category.name_key),
    Order("name", Category.name_key, Category.id),
    SHAPE,
)

# Those who know how many of theirs are in a category; see ``counts_uses``.
_uses: list[Callable[[int], int]] = []


class CategoryInUseError(ConflictError):
    """Tickets would lose their category."""

    code = "category_in_use"


def counts_uses(count: Callable[[int], int]) -> Callable[[int], int]:
    """Let ``count(category_id)`` have a say in whether a category may be deleted."""
    _uses.append(count)
    return count


def list_categories(**page: Any) -> Page[Shown]:
    """Return categories by name."""
    return BY_NAME.page(**page)


def get_category(category_id: int) -> Category:
    """Return a category.

    :raises NotFoundError: there is none.
    """
    category = db.session.get(Category, category_id)
    if category is None:
        raise NotFoundError("There is no such category.")
    return category


@transaction()
def add_category(name: str, description: str | None = None) -> Category:
    """Create a category.

    :raises InvalidError: there is one of that name, in whatever case.
    """
    _refuse_taken(name)
    category = Category(name=name, slug=_free_slug(name), description=description)
    db.session.add(category)
    db.session.flush()
    return category


@transaction()
def edit_category(category_id: int, **changes: str | None) -> Category:
    """Change a category; a new name brings a new slug.

    :raises NotFoundError: there is none.
    :raises InvalidError: there is another of that name, in whatever case.
    """
    category = _lock_category(category_id)
    changed = {k: v for k, v in changes.items() if getattr(category, k) != v}
    name = changed.get("name")
    if name:
        _refuse_taken(name, by=category)
        category.slug = _free_slug(name, besides=category)
    for field, value in changed.items():
        setattr(category, field, value)
    if changed:
        category.updated_at = later_than(category.updated_at)
    return category


@transaction()
def delete_category(category_id: int) -> None:
    """Delete a category that nothing uses.

    :raises NotFoundError: there is none.
    :raises CategoryInUseError: tickets use it.
    """
    category = _lock_category(category_id)
    uses = sum(count(category.id) for count in _uses)
    if uses:
        tickets = "1 ticket uses" if uses == 1 else f"{uses} tickets use"
        raise CategoryInUseError(f"{tickets} this category; move them first.")
    db.session.delete(category)
    publish(CategoryDeleted(category.id))


def _lock_category(category_id: int) -> Category:
    locked = select(Category).where(Category.id == category_id).with_for_update()
    category = db.session.scalar(locked)
    if category is None:
        raise NotFoundError("There is no such category.")
    return category


def _refuse_taken(name: str, by: Category | None = None) -> None:
    found = db.session.scalar(select(Category).where(Category.name_key == fold(name)))
    if found is not None and found is not by:
        raise InvalidError({"name": ["Has already been taken."]})


def _free_slug(name: str, besides: Category | None = None) -> str:
    alike = select(Category.slug).where(
        Category.slug.startswith(slug_of(name), autoescape=True)
    )
    if besides is not None:
        alike = alike.where(Category.id != besides.id)
    return slug_of(name, taken=set(db.session.scalars(alike)))
