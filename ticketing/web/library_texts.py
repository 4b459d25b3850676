"""The messages of marshmallow and webargs that clients can receive.

They are listed for the catalogs only: ``Schema.on_bind_field`` makes them translatable.
"""

from ticketing.core.text import t

TEXTS = (
    t("Field may not be null."),
    t("Invalid type."),
    t("Invalid value."),
    t("Length must be between {min} and {max}."),
    t("Longer than maximum length {max}."),
    t("Must be greater than or equal to {min}."),
    t("Must be greater than or equal to {min} and less than or equal to {max}."),
    t("Must be less than or equal to {max}."),
    t("Must be one of: {choices}."),
    t("Not a valid boolean."),
    t("Not a valid date."),
    t("Not a valid delimited list."),
    t("Not a valid integer."),
    t("Not a valid list."),
    t("Not a valid string."),
    t("Not a valid utf-8 string."),
    t("Number too large."),
    t("Shorter than minimum length {min}."),
)
