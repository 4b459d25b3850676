"""The page that links to unsubscribe lead to."""

from base64 import b64encode
from hashlib import sha256

from ticketing.core.settings import setting
from ticketing.core.text import Language, t
from ticketing.mail.messages import RIGHT_TO_LEFT, TEMPLATES, one_line
from ticketing.mail.models import Kind

STYLE = (
    ":root { color-scheme: light dark } "
    "body { margin: 0; padding: 48px 16px; font: 16px/1.5 sans-serif } "
    "main { max-width: 480px; margin: 0 auto } "
    "button { padding: 10px 18px; border: 0; border-radius: 6px; font: inherit; "
    "background: #0b57b7; color: #ffffff }"
)
POLICY = (
    f"default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
)
# How mails of each kind that can be switched off begin, in a few words.
WORDS = {
    Kind.TICKET_RECEIVED: t("Your request has arrived"),
    Kind.TICKET_OPENED: t("A ticket was opened"),
    Kind.ASSIGNED: t("A ticket was assigned to you"),
    Kind.REPLY: t("New replies"),
    Kind.STATUS: t("Your request was resolved, closed or reopened"),
    Kind.ALERT: t("Something needs attention"),
}


def build(kind: Kind, language: Language, is_done: bool) -> str:
    """Return the page, in HTML.

    :param is_done: whether it says that the mails were switched off, or asks.
    """
    asked = t("Do you no longer want these mails?")
    done = t("You will no longer get these mails.")
    return TEMPLATES.get_template("unsubscribe.html").render(
        language=language.value,
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        style=STYLE,
        service=one_line(setting("SERVICE_NAME")),
        heading=(done if is_done else asked).in_language(language),
        kind=WORDS[kind].in_language(language),
        button=None if is_done else t("Stop these mails").in_language(language),
    )
