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
from ticketing.core.text import t
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
    """The category cannot be deleted, because it is in use."""

    code = "category_in_use"


def list_categories(**page: Any) -> Page[Serialized]:
    """Return a page of categories, ordered by name."""
    return BY_NAME.page(**page)


def get_category(category_id: int) -> Category:
    """Return a category.

    :raises NotFoundError: there is no such category.
    """
    category = db.session.get(Category, category_id)
    if category is None:
        raise NotFoundError(t("There is no such category."))
    return category


@transaction()
def add_category(name: str, description: str | None = None) -> Category:
    """Create a category.

    :raises InvalidError: the name is taken, without regard to case and width.
    """
    _refuse_taken(name)
    category = Category(name=name, slug=_free_slug(name), description=description)
    db.session.add(category)
    db.session.flush()
    return category


@transaction()
def edit_category(category_id: int, **changes: str | None) -> Category:
    """Change a category; a new name changes the slug as well.

    :param changes: as in a ``CategoryEditSchema``.
    :raises NotFoundError: there is no such category.
    :raises InvalidError: another category has the name, without regard to case and
        width.
    """
    category = _lock_category(category_id)
    changed = {k: v for k, v in changes.items() if getattr(category, k) != v}
    name = changed.get("name")
    if name:
        _refuse_taken(name, by_others_than=category)
        category.slug = _free_slug(name, exclude=category)
    for field, value in changed.items():
        setattr(category, field, value)
    if changed:
        category.updated_at = later_than(category.updated_at)
    return category


@transaction()
def delete_category(category_id: int) -> None:
    """Delete a category that is not in use.

    :raises NotFoundError: there is no such category.
    :raises CategoryInUseError: tickets use it.
    """
    category = _lock_category(category_id)
    publish(CategoryDeleting(category.id))
    db.session.delete(category)
    publish(CategoryDeleted(category.id))


def _lock_category(category_id: int) -> Category:
    locked = select(Category).where(Category.id == category_id).with_for_update()
    category = db.session.scalar(locked)
    if category is None:
        raise NotFoundError(t("There is no such category."))
    return category


def _refuse_taken(name: str, by_others_than: Category | None = None) -> None:
    found = db.session.scalar(select(Category).where(Category.name_key == fold(name)))
    if found is not None and found is not by_others_than:
        raise InvalidError({"name": [t("Has already been taken.")]})


def _free_slug(name: str, exclude: Category | None = None) -> str:
    same_prefix = select(Category.slug).where(
        Category.slug.startswith(slug_of(name), autoescape=True)
    )
    if exclude is not None:
        same_prefix = same_prefix.where(Category.id != exclude.id)
    return slug_of(name, taken=set(db.session.scalars(same_prefix)))
