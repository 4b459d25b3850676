"""Categories over HTTP."""

from typing import Any

from ticketing import policy
from ticketing.categories import service
from ticketing.categories.models import Category
from ticketing.categories.schemas import (
    CategoriesQuery,
    CategoryAddSchema,
    CategoryEditSchema,
    CategorySchema,
)
from ticketing.core.idempotency import Created
from ticketing.core.pages import Page
from ticketing.web.blueprint import Blueprint

bp = Blueprint("categories", __name__, description="Categories of tickets")


@bp.get("/categories")
@bp.arguments(CategoriesQuery, location="query")
@bp.page(CategorySchema)
def index(query: dict[str, Any]) -> Page[Any]:
    """List all categories, ordered by name."""
    return service.list_categories(**query)


@bp.get("/categories/<id:category_id>")
@bp.response(200, CategorySchema)
def show(category_id: int) -> Category:
    """Show a category."""
    return service.get_category(category_id)


@bp.post("/categories", guard=policy.require_category_management)
@bp.arguments(CategoryAddSchema)
@bp.created(CategorySchema, "/api/categories/{0.id}")
def add(data: dict[str, Any]) -> Created[Category]:
    """Create a category."""
    return Created(service.add_category(**data))


@bp.route(
    "/categories/<id:category_id>",
    methods=["PUT", "PATCH"],
    guard=policy.require_category_management,
)
@bp.arguments(CategoryEditSchema)
@bp.response(200, CategorySchema)
def edit(data: dict[str, Any], category_id: int) -> Category:
    """Change a category; a field that is not sent stays as it is."""
    return service.edit_category(category_id, **data)


@bp.delete(
    "/categories/<id:category_id>",
    guard=policy.require_category_management,
    errors=[service.CategoryInUseError],
)
@bp.response(204)
def delete(category_id: int) -> None:
    """Delete a category; one that tickets use cannot be deleted."""
    service.delete_category(category_id)
