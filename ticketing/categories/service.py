"""Use cases of categories."""

from typing import Any

from sqlalchemy import select

from ticketing.categories.events import CategoryDeleted, CategoryDeleting
from ticketing.categories.models import Category
from ticketing.categories.schemas import CategorySchema
from ticketing.categories.slugs import slug_of
from ticketing.core.database import db, fold, later_than
from ticketing.core.errors import ConflictError, InvalidError, NotFoundError
from ticketing.core.pages import Feed, Order, Page
from ticketing.core.transaction import publish, transaction
from ticketing.web.schemas import Serialized
from ticketing.web.serializer import RowSerializer

CATEGORIES = RowSerializer(CategorySchema, Category)
BY_NAME = Feed(
    select(*CATEGORIES.columns, Category.name_key),
    Order("name", Category.name_key, Category.id),
    CATEGORIES.serialize,
)


class CategoryInUseError(ConflictError):
    """Something would lose its category."""

    code = "category_in_use"


def list_categories(**page: Any) -> Page[Serialized]:
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

    :raises InvalidError: the name is taken, whatever its case.
    """
    _refuse_taken(name)
    category = Category(name=name, slug=_free_slug(name), description=description)
    db.session.add(category)
    db.session.flush()
    return category


@transaction()
def edit_category(category_id: int, **changes: str | None) -> Category:
    """Change a category; with a new name it gets a new slug.

    :raises NotFoundError: there is none.
    :raises InvalidError: the name is taken by another, whatever its case.
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
    :raises CategoryInUseError: something uses it.
    """
    category = _lock_category(category_id)
    publish(CategoryDeleting(category.id))
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
