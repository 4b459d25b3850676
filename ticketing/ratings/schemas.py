"""The schema of a new rating."""

from ticketing.web.fields import Integer, Text
from ticketing.web.schemas import Schema

MAX_COMMENT_LENGTH = 1000


class RatingGiveSchema(Schema):
    """The rating to give, from 1 (bad) to 5 (good); it replaces an earlier one."""

    examples = {"score": 5, "comment": "Quick, and kind."}

    score = Integer(1, 5, required=True)
    comment = Text(max_length=MAX_COMMENT_LENGTH, allow_none=True, load_default=None)
