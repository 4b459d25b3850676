"""Schemas of files."""

from typing import Any, ClassVar

from marshmallow import ValidationError, fields, post_load, validate, validates_schema

from ticketing.core.text import t
from ticketing.tickets.schemas import AttachmentSchema
from ticketing.web.fields import MISSING, File, Id
from ticketing.web.schemas import FileSchema

MAX_FILES = 10  # of one comment or message


class FileAddSchema(FileSchema):
    """The file to add, in ``multipart/form-data``."""

    file = File(required=True, allow_none=False)


class AttachedFileSchema(AttachmentSchema):
    """A file of a comment or message, or one that none uses yet."""

    examples = {
        **AttachmentSchema.examples,
        "url": "/api/files/1",
        "preview_url": "/api/files/1/preview",
    }

    id = fields.Integer()


class FileIds(fields.List):
    """A list of distinct ids of files."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Id(), validate=validate.Length(max=MAX_FILES), **kwargs)

    def _deserialize(self, *args: Any, **kwargs: Any) -> list[Any]:
        ids = super()._deserialize(*args, **kwargs)
        if len(set(ids)) < len(ids):
            raise ValidationError(t("Must have each file once."))
        return ids

    def documented(self) -> dict[str, Any]:
        """Return its keywords of JSON Schema."""
        return {"uniqueItems": True}


class WithFiles:
    """Mixin for schemas: with files, the text may be missing, and is then empty.

    ``text`` is the name of its field.
    """

    text: ClassVar[str]

    file_ids = FileIds(
        load_default=(),
        metadata={"description": "Files that you have added to this ticket"},
    )

    @validates_schema
    def _require_text_or_files(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data[self.text] is None and not data["file_ids"]:
            raise ValidationError(MISSING, self.text)

    @post_load
    def _without_none(self, data: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
        return {**data, self.text: data[self.text] or ""}
