"""What is new in a reply: neither what it quotes, nor its signature."""

import pytest

from ticketing.inbound_mail.reply_texts import new_text

ADA = "Ada <ada@example.org>"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Yes.\n\nOn Mon, Nov 30, 2026 at 9:37 AM {ADA} wrote:\n\n> Well?\n", "Yes."),
        (f"Yes.\n\nOn Mon, Nov 30, 2026 at 9:37 AM {ADA}\nwrote:\n> Well?", "Yes."),
        (f"Ja.\n\nAm Mo., 30. Nov. 2026 um 09:37 schrieb {ADA}:\n\n> Nun?\n", "Ja."),
        (f"Sí.\n\nEl lun, 30 nov 2026 a las 9:37, {ADA} escribió:\n\n> ¿Y?\n", "Sí."),
        (f"Oui.\n\nLe lun. 30 nov. 2026 à 09:37, {ADA} a écrit :\n\n> Et ?\n", "Oui."),
        (f"نعم.\n\nفي الاثنين، كتب {ADA}:\n\n> مرحبا\n", "نعم."),
        ("نعم.\n\nفي الاثنين، كتب Ada <\nada@example.org>:\n\n> مرحبا", "نعم."),
        (f"Kyllä.\n\nma 30. marrask. 2026 {ADA} kirjoitti:\n> No?", "Kyllä."),
        ("Yes.\n\n> Well?\n> Ada", "Yes."),
        (f"On Monday {ADA} wrote:\n> Well?\n\nYes.", "Yes."),
        ("> Unplugged?\n\nYes.\n\n> And now?\n\nNothing.", "Yes.\n\nNothing."),
        (
            f"Hello,\n\nOn Monday {ADA} wrote:\n> Is it?\nYes.\n> And?\nNothing.",
            "Hello,\n\nYes.\n\nNothing.",
        ),
    ],
)
def test_marked_quotations_go_with_what_introduces_them(text, expected):
    assert new_text(text) == expected


@pytest.mark.parametrize(
    "quotation",
    [
        f"-----Original Message-----\nFrom: {ADA}\nSent: Monday\nTo: Carla\nSubject: x",
        f"{'_' * 32}\nFrom: {ADA}\nSent: Monday\nTo: Carla\nSubject: x",
        f"{'_' * 32}\nVon: {ADA}\nGesendet: Montag\nAn: Carla\nBetreff: x",
        f"-----Ursprüngliche Nachricht-----\nVon: {ADA}\nGesendet: Montag",
        f"*From:* {ADA}\n*Sent:* Monday\n*To:* Carla\n*Subject:* x",
        f"De: {ADA}\nEnviado: lunes\nPara: Carla\nAsunto: x",
        f"Da: {ADA}\nInviato: lunedì\nA: Carla\nOggetto: x",
        f"Van: {ADA}\nVerzonden: maandag\nAan: Carla\nOnderwerp: x",
        f"Från: {ADA}\nSkickat: den 2 mars\nTill: Carla\nÄmne: x",
        f"Od: {ADA}\nWysłano: poniedziałek\nDo: Carla\nTemat: x",
        f"On Mon, Nov 30, 2026 at 9:37 AM {ADA} wrote:",
    ],
)
def test_quotations_without_marks_go_to_the_end(quotation):
    assert new_text(f"Yes.\n\n{quotation}\n\nDid you unplug it?\n") == "Yes."


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nCarla\nACME Ltd\n+49 1234",
        "--\nCarla",
        "Sent from my iPhone",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Gesendet von Outlook für Android",
        "Best regards,\nCarla",
        "Thanks,\nCarla",
        "Mit freundlichen Grüßen\nCarla Kundin",
        "Viele Grüße\nCarla",
        "Un saludo,\nCarla",
        "Cordialement\nCarla",
        "> quoted\n-- \nCarla",
    ],
)
def test_signatures_are_left_out(signature):
    assert new_text(f"It burns.\n\n{signature}\n") == "It burns."


@pytest.mark.parametrize(
    "text",
    [
        "I tried:\n- unplugging it\n- water",
        "It burned.\nThanks, it works now, but slowly.",
        "Warning: the mail server says 550.\nIt is down.",
        "Thank you,\nCarla",
        "On Monday it burned.\nOn Tuesday, too.",
        "a > b\n  indented",
        "One.\n\nTwo.",
    ],
)
def test_everything_else_is_kept(text):
    assert new_text(text) == text
