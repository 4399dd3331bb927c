"""The five ways in which people forward a mail: attached, and as four common clients write it into a new one.

As those clients do, the inline ways drop scripts (and so JSON-LD), keep what is visible, and attach again
what was attached.
"""

import re
from collections.abc import Callable, Mapping
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import format_datetime, parsedate_to_datetime
from html import escape, unescape
from typing import cast

FORWARDER = "Anna Berg <anna.berg@example.com>"
INBOX = "trips@itinerary.example"


def _original(raw: bytes) -> EmailMessage:
    return cast("EmailMessage", message_from_bytes(raw, policy=default))


def _bodies(mail: EmailMessage) -> tuple[str, str]:
    """Return the plain and the HTML body; one is made of the other where it is missing."""
    plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
    text = _content(plain)
    marked = re.sub(r"(?is)<script.*?</script>", "", _content(html))
    if not text:
        lines = re.sub(r"(?i)<br\s*/?>|</(?:p|div|tr|h\d|li)>", "\n", marked)
        lines = re.sub(r"(?i)</t[dh]>\s*<t[dh][^>]*>", "\t", lines)
        lines = unescape(re.sub(r"<[^>]+>", "", lines)).replace("\xa0", " ")
        text = re.sub(r"\n\s*\n\s*\n+", "\n\n", lines)
    return text, marked or f"<div>{escape(text).replace(chr(10), '<br>')}</div>"


def _content(part: object) -> str:
    if part is None:
        return ""
    message = cast("EmailMessage", part)
    payload = cast("bytes", message.get_payload(decode=True))
    return payload.decode(message.get_content_charset() or "utf-8", "replace")


def _new(mail: EmailMessage, prefix: str) -> EmailMessage:
    forward = EmailMessage()
    forward["From"], forward["To"] = FORWARDER, INBOX
    forward["Subject"] = f"{prefix} {mail['Subject'] or ''}".strip()
    forward["Date"] = format_datetime(parsedate_to_datetime(mail["Date"]))
    return forward


def _attach(forward: EmailMessage, mail: EmailMessage) -> bytes:
    for part in mail.iter_attachments():
        kind, _, subtype = part.get_content_type().partition("/")
        payload = cast("bytes", part.get_payload(decode=True))
        forward.add_attachment(
            payload, maintype=kind, subtype=subtype, filename=part.get_filename() or "part"
        )
    return forward.as_bytes()


def attached(raw: bytes) -> bytes:
    """Forward as an attachment."""
    mail = _original(raw)
    forward = _new(mail, "Fwd:")
    forward.set_content("For my trip.\n")
    forward.add_attachment(mail)
    return forward.as_bytes()


def webmail(raw: bytes) -> bytes:
    """Forward inline as large webmails do, in English."""
    mail = _original(raw)
    text, html = _bodies(mail)
    when = parsedate_to_datetime(mail["Date"])
    date = f"{when:%a, %b} {when.day}, {when.year} at {when:%I:%M %p}"
    head = [
        ("From", mail["From"]),
        ("Date", date),
        ("Subject", mail["Subject"]),
        ("To", f"<{_address(mail)}>"),
    ]
    forward = _new(mail, "Fwd:")
    forward.set_content(
        "---------- Forwarded message ---------\n" + "".join(f"{k}: {v}\n" for k, v in head) + f"\n\n{text}"
    )
    lines = "<br>".join(f"{k}: {escape(str(v))}" for k, v in head)
    forward.add_alternative(
        f'<div dir="ltr"><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">---------- Forwarded message '
        f"---------<br>{lines}<br></div><br><br>{html}</div></div>",
        subtype="html",
    )
    return _attach(forward, mail)


def office(raw: bytes) -> bytes:
    """Forward inline as office clients do, in German."""
    mail = _original(raw)
    _, html = _bodies(mail)
    when = parsedate_to_datetime(mail["Date"])
    days = ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag")
    months = [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ]
    date = f"{days[when.weekday()]}, {when.day}. {months[when.month - 1]} {when.year} {when:%H:%M}"
    head = [("Von", mail["From"]), ("Gesendet", date), ("An", _address(mail)), ("Betreff", mail["Subject"])]
    lines = "<br>".join(f"<b>{k}:</b> {escape(str(v))}" for k, v in head)
    forward = _new(mail, "WG:")
    forward.set_content(
        f'<html><body><p>Für die Reise.</p><div style="border-top:solid #E1E1E1 1.0pt"><p class="MsoNormal">{lines}'
        f"</p></div><p>&nbsp;</p>{html}</body></html>",
        subtype="html",
    )
    return _attach(forward, mail)


def telephone(raw: bytes) -> bytes:
    """Forward inline as a telephone does, in French."""
    mail = _original(raw)
    text, html = _bodies(mail)
    when = parsedate_to_datetime(mail["Date"])
    months = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ]
    date = f"{when.day} {months[when.month - 1]} {when.year} à {when:%H:%M:%S} UTC+2"
    head = [("De", mail["From"]), ("Date", date), ("À", _address(mail)), ("Objet", mail["Subject"])]
    forward = _new(mail, "Tr :")
    forward.set_content(
        "Envoyé de mon téléphone\n\nDébut du message transféré :\n\n"
        + "".join(f"{k} : {v}\n" for k, v in head) + f"\n{text}"
    )  # fmt: skip
    lines = "".join(f"<div><b>{k} : </b>{escape(str(v))}</div>" for k, v in head)
    forward.add_alternative(
        f'<html><body>Début du message transféré :<br><blockquote type="cite">{lines}<br>{html}</blockquote></body></html>',
        subtype="html",
    )
    return _attach(forward, mail)


def quoted(raw: bytes) -> bytes:
    """Forward in plain text, every line behind a mark of quotation, in Spanish."""
    mail = _original(raw)
    text, _ = _bodies(mail)
    when = parsedate_to_datetime(mail["Date"])
    head = f"Asunto: {mail['Subject']}\nFecha: {format_datetime(when)}\nDe: {mail['From']}\nPara: {_address(mail)}\n"
    forward = _new(mail, "Fwd:")
    body = "".join(f"> {line}\n" for line in f"{head}\n{text}".split("\n"))
    forward.set_content(f"\n-------- Mensaje reenviado --------\n{body}")
    return _attach(forward, mail)


def _address(mail: EmailMessage) -> str:
    return str(mail["To"] or "anna.berg@example.com")


WAYS: Mapping[str, Callable[[bytes], bytes]] = {
    "attached": attached,
    "webmail": webmail,
    "office": office,
    "telephone": telephone,
    "quoted": quoted,
}
