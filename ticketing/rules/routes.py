"""Rules over HTTP."""

from typing import Any

from ticketing import policy
from ticketing.core.auth import current_user
from ticketing.core.errors import NotFoundError, TooManyError
from ticketing.core.idempotency import Created
from ticketing.core.pages import Page
from ticketing.rules import service
from ticketing.rules.models import Rule
from ticketing.rules.schemas import (
    PreviewRequestSchema,
    PreviewsSchema,
    RuleAddSchema,
    RuleEditSchema,
    RuleSchema,
    RulesQuery,
)
from ticketing.web.blueprint import Blueprint
from ticketing.web.schemas import Serialized

ALL = "/rules"
ONE = f"{ALL}/<id:rule_id>"
ADMINS = policy.require_rules

bp = Blueprint("rules", __name__, description="Automatic actions on tickets")


@bp.get(ALL, guard=ADMINS)
@bp.arguments(RulesQuery, location="query")
@bp.page(RuleSchema)
def index(query: dict[str, Any]) -> Page[Serialized]:
    """List rules by position, then by id."""
    return service.list_rules(current_user(), **query)


@bp.post(ALL, guard=ADMINS, errors=[TooManyError])
@bp.arguments(RuleAddSchema)
@bp.created(RuleSchema, "/api/rules/{0.id}")
def add(data: dict[str, Any]) -> Created[Rule]:
    """Create a rule; there may be 100."""
    return Created(service.add_rule(current_user(), **data))


@bp.get(ONE, guard=ADMINS)
@bp.response(200, RuleSchema)
def show(rule_id: int) -> Rule:
    """Show a rule."""
    return service.get_rule(current_user(), rule_id)


@bp.patch(ONE, guard=ADMINS)
@bp.arguments(RuleEditSchema)
@bp.response(200, RuleSchema)
def edit(data: dict[str, Any], rule_id: int) -> Rule:
    """Change a rule."""
    return service.edit_rule(current_user(), rule_id, **data)


@bp.delete(ONE, guard=ADMINS)
@bp.response(204)
def delete(rule_id: int) -> None:
    """Delete a rule."""
    service.delete_rule(current_user(), rule_id)


@bp.post(f"{ALL}/preview", guard=ADMINS, errors=[NotFoundError])
@bp.arguments(PreviewRequestSchema)
@bp.response(200, PreviewsSchema)
def preview(data: dict[str, Any]) -> dict[str, Any]:
    """Try the active rules on a ticket as it is now, and change nothing."""
    return service.preview_rules(current_user(), **data)
