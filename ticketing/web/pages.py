"""Query parameters of pages."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from ticketing.core.text import t
from ticketing.web.fields import Integer, Seq
from ticketing.web.schemas import QuerySchema


class PageQuery(QuerySchema):
    """At most ``limit`` items."""

    limit = Integer(
        1,
        100,
        load_default=25,
        metadata={"description": "A page also ends at 512 KiB, after one item or more"},
    )


class ConversationQuery(PageQuery):
    """The items after an id, or those before one; by default the newest."""

    after = Seq()
    before = Seq()

    @validates_schema
    def _refuse_both(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "after" in data and "before" in data:
            raise ValidationError(t("Not together with after."), "before")


class FeedQuery(PageQuery):
    """The items that follow ``cursor``, the ``next`` of another page."""

    cursor = fields.String(metadata={"description": "The `next` of another page"})
