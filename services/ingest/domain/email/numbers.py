"""The number of a booking in a text: what stands behind the words for it, in many languages."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from services.ingest.domain.cities import main_airport
from services.ingest.domain.email.dates import is_month, is_weekday, plain
from services.ingest.domain.email.entries import Entry
from services.ingest.domain.email.flight_marks import flights_named
from services.ingest.domain.email.labels import meaning
from services.ingest.domain.email.sought import Sought, SoughtByBeginning
from services.ingest.domain.email.vendor_files import vendor_names

_VALUE = re.compile(r"(?<![\w])([A-Z0-9][A-Z0-9./-]{3,23}[A-Z0-9])(?![\w-])")
_LOOSE_WORDS = (
    r"\br[eé]f[eé]ren(?:ce|cia)(?=\s?:|(?:\sis)?\s\d)|(?:ordre|order)nummer|(?:booking|reservation|confirmation|itinerary|order|trip)\s?(?:confirmation\s)?"
    r"(?:number|no\.?|nr\.?|code|reference(?:\snumber)?|ref\.?|id|#)|record locator|\bRLOC\b|dossier voyage|airline (?:reference|locator)|\bPNR\b"
    r"|booking ref|(?:buchungs|reservierungs|auftrags|bestätigungs|vorgangs|bestell)-?(?:nummer|code|nr\.?|referenz|kennzeichen)"
    r"|(?:numéro|n°|référence|code) (?:de |du )?(?:réservation|dossier|confirmation|commande)|réf(?:érence)?\.? (?:de )?réservation"
    r"|(?:número|nº|n\.º|código|localizador|referencia) (?:de |da )?(?:la )?(?:reserva|confirmación|confirmação)|localizador"
    r"|(?:numero|codice|riferimento) (?:di |della )?(?:prenotazione|conferma)"
    r"|(?:boekings|reserverings|bevestigings)(?:nummer|code|referentie)|bokningsnummer|bokningsreferens|bookingnummer"
    r"|bestillingsnummer|referansenummer|varausnumero|varaustunnus|(?:numer|kod|nr) rezerwacji|číslo rezervace"
    r"|rezervasyon (?:numarası|no|kodu)|(?:номер|код) (?:бронирования|заказа|брони)|予約番号|確認番号|预订编号|预订号|订单(?:号码?|编号)?|訂單(?:號碼|編號)?|예약\s?번호"
    r"|หมายเลขการจอง|รหัสการจอง|رقم الحجز|מספר הזמנה|קוד הזמנה|κωδικός κράτησης"
)
_BARE_WORDS = (
    r"\b(?:booking|reservation|order|itinerary|trip|voucher|buchung|reservierung|auftrag|bestellung|réservation|commande|reserva|pedido|"
    r"prenotazione|ordine|boeking|reservering|bokning|bestilling|varaus|rezerwacja|dossier|confirmation|rental|buchungsbestätigung|reservierungsbestätigung|bestellbestätigung|reisebestätigung|confirmación|confirmação|conferma|bevestiging|bekreftelse|bekræftelse|bekräftelse|bokningsbekräftelse|varausvahvistus|potwierdzenie|visszaigazolás)(?:\s(?:de|di|of)\s\w{3,9}(?=\sn))?(?:\s|\s?:\s)(?:(?:nr|no|n|num)\.\s?|n[°º]\s?)?(?=[#A-Z0-9(])"
)
_LOOSE = SoughtByBeginning(
    rf"(?:{_LOOSE_WORDS}|{_BARE_WORDS})(?:\s(?:is|lautet|ist|est|es|è|é|är|er|jest|je|este|is:))?(?:\s?[:：]?\s?\([^()\n\d]{{3,40}}\))?[\s:：#*\"“(]{{0,8}}(?:(?:amadeus|sabre|galileo|worldspan)\s?:\s?)?([A-Z0-9][A-Z0-9./-]{{3,23}}[A-Z0-9])(?![A-Za-zÀ-ÿ0-9_-])",
    re.IGNORECASE,
)
_SHORT = SoughtByBeginning(
    rf"(?:{_LOOSE_WORDS})(?:\s(?:is|lautet|ist|est|es|è|é|är|er|jest|je|este|is:))?[\s:：#]{{0,4}}(\d{{4}})(?![\d/:-]|[.,]\d)",
    re.IGNORECASE,
)
"""Small houses need no more than four digits."""
_IN_SUBJECT = re.compile(
    r"[\[(#:]\s?([A-Z0-9]{5,12})[\])]?|(?<![\w-])([A-Z]{2,}\d[A-Z0-9]{3,8}|[A-Z0-9]{6})\s*$"
)
_PRINTED = re.compile(
    r"^[ \t]*(?:RP/\S+[ \t]+(?:\S+[ \t]+){0,3}|1P-[ \t]?)([A-Z0-9]{6})[ \t]*$|^[ \t]*([A-Z0-9]{6})/[A-Z0-9]{2} [A-Z]{5}\b",
    re.MULTILINE,
)
"""How reservation systems head what they print: Amadeus, Worldspan; Galileo."""
_PREFIXED = re.compile(r"[a-z]{1,2}[A-Z]{0,3}\d{6,}")
"""Small letters stand in words, and before the digits of some tickets: `eIC72345678`."""
_PROMOTED = re.compile(r"\b(?:use|enter|apply)\s(?:the\s|our\s)?booking code\W*$", re.IGNORECASE)
"""Before the words for a number: a code that whoever books is to use, and that nothing was booked by."""
_HEAD = 400_000


_TICKET = Sought(
    r"\b(?:e-?ticket|ticket|billet|billete|biglietto|bilet|jegy|jízdenka|fahrkarte|билет)\s{0,2}(?:no\.?|number|nr\.?|n[°º]|№|#|č(?:íslo|\.))?\s?[:#]?\s?"
    r"((?=[A-Z-]{0,8}\d)[A-Z0-9-]{6,20})(?![\w-])",
    re.IGNORECASE,
)


def booking_number(
    entries: list[Entry], text: str, *, subject: str, by_ticket: bool = False, by_airline: bool = False
) -> str | None:
    """Return the number of the mail's booking: labelled, within a sentence, or in the subject.

    Where nothing else has one, the number of the payment is taken, or with `by_ticket` that of the ticket. An
    airline's order has a number of its own, `by_airline`, and is not what one checks in with.
    """
    if by_airline:
        entries = sorted(entries, key=lambda entry: _OF_ORDER.search(plain(entry.label)) is not None)
    ways: tuple[Iterable[str | None], ...] = (
        _told_twice(subject, entries, text),
        (_labelled(entry) for entry in entries if "number" in entry.fields),
        _told(text[:_HEAD]),
        (printed[1] or printed[2] for printed in _PRINTED.finditer(text[:_HEAD])),
        _of_carriers(text[:_HEAD]),
        _told(subject),
        _bare_in(subject),
        _in_both(subject, text[:_HEAD]),
        (number_in(found[1]) for found in _SHORT.finditer(text[:_HEAD])),
        (_ticket(entries, f"{subject}\n{text[:_HEAD]}") for _ in range(by_ticket)),
        _below_labels(text[:_HEAD]),
        (number_in(entry.value) for entry in entries if "transaction" in entry.fields),
    )
    return next(filter(None, chain.from_iterable(ways)), None)


_OF_ORDER = re.compile(
    r"\b(?:order|purchase|compra|pedido|commande|achat|ordine|acquisto|bestell\w*|auftrag\w*)\b"
)


def _told_twice(subject: str, entries: list[Entry], text: str) -> Iterator[str]:
    """Give the numbers of a subject that the text has, too; of letters alone, not what is a word in it."""
    numbers = [number for number in _told(subject) if number is not None]
    labelled = booking_numbers(entries, text) if numbers else frozenset[str]()
    for number in numbers:
        found = re.finditer(rf"(?<![\w-]){re.escape(number)}(?![\w-])", text)
        has_digits = any(map(str.isdigit, number))
        if number in labelled or any(has_digits or _is_in_column(each, text) for each in found):
            yield number


def _is_in_column(word: re.Match[str], text: str) -> bool:
    """Say whether a word stands between a labelled number and a label, as reservation systems head a page."""
    before = text[max(0, word.start() - _WIDEST_COLUMN) : word.start()]
    return _LABELLED_NUMBER.search(before) is not None and _LABEL.match(text, word.end()) is not None


_WIDEST_COLUMN = 60
_LABELLED_NUMBER, _LABEL = re.compile(r":[ \t]?\d{1,10}[ \t]+$"), re.compile(r"[ \t]+[A-Z]{2,12}:")


def _of_carriers(text: str) -> Iterator[str]:
    """Give the airlines' locator where Sabre's lines bear one and the same, or a line its only one."""
    found = {each[1] for each in _OF_CARRIER.finditer(text)}
    yield from found if len(found) == 1 else ()


_OF_CARRIER = re.compile(r"/DC[A-Z0-9]{2}\*([A-Z0-9]{5,6})\b")


def _below_labels(text: str) -> Iterator[str | None]:
    """Give a locator alone in its line, a few lines below its label, as documents print, or right above it."""
    lines = [line.strip() for line in text.split("\n")]
    for at, line in enumerate(lines):
        if "number" in meaning(_GAP.split(line)[-1]):
            near = [*lines[at + 1 : at + _FEW_LINES], *lines[max(0, at - 1) : at]]
            yield from (_number(each) for each in near if _LOCATOR.fullmatch(each))


_GAP = re.compile(r"\s{3,}|\t")
_FEW_LINES = 7
_LOCATOR = re.compile(r"[A-Z0-9]{6}")


def _labelled(entry: Entry) -> str | None:
    """Return the number behind a label; three digits, and four like a year's, are one where the label says so."""
    if flights_named(entry.value):  # what stands below a label of its own may be anything
        return None
    is_short = _SHORTEST.fullmatch(entry.value) is not None and _SAYS_NUMBER.search(entry.label) is not None
    return entry.value if is_short else number_in(entry.value)


_SHORTEST = re.compile(r"20[0-4]\d|\d{3}")
_SAYS_NUMBER = re.compile(r"番号|号码|번호")
"""At the end of labels that no year stands behind."""


def _told(text: str) -> Iterator[str | None]:
    """Give the numbers behind the words for one, but for codes that whoever books is to use."""
    at = 0
    while (found := _LOOSE.search(text, at)) is not None:
        number = _number(found[1])
        at = found.start(1) if number is None else found.end()  # `réservation (dossier KVTPLD)`
        if _PROMOTED.search(text[max(0, found.start() - 20) : found.start(1)]) is None:
            yield number


def _bare_in(subject: str) -> Iterator[str | None]:
    """Give what stands in brackets or at the end of a subject, and has digits."""
    for found in _IN_SUBJECT.finditer(subject):
        value = _number(found[1] or found[2])
        if value is not None and any(sign.isdigit() for sign in value) and not flights_named(value):
            yield value


def _in_both(subject: str, text: str) -> Iterator[str]:
    """Give what may be a number by its digits, and stands in the subject and in the text."""
    for found in _VALUE.finditer(subject):
        number = _number(found[1])
        if (
            number is not None
            and any(map(str.isdigit, number))
            and not flights_named(number)
            and number in text
        ):
            yield number


def _ticket(entries: list[Entry], text: str) -> str | None:
    labelled = (number_in(entry.value) for entry in entries if "ticket" in entry.fields)
    told = (_number(found[1]) for found in _TICKET.finditer(text))
    return next((each for each in (*labelled, *told) if each and any(map(str.isdigit, each))), None)


def booking_numbers(entries: list[Entry], text: str) -> set[str]:
    """Return every number that a text has behind a word for one."""
    labelled = (number_in(entry.value) for entry in entries if "number" in entry.fields)
    told = (_number(found[1]) for found in _LOOSE.finditer(text[:_HEAD]))
    return {number for number in (*labelled, *told) if number is not None}


def number_in(value: str) -> str | None:
    """Return the first text that may be a number of a booking."""
    head = value.strip(" #:")[:80]
    joined = re.fullmatch(r"(\d{2,5}(?:[ ]\d{2,5}){1,4})", head)
    if joined is not None:
        return joined[1].replace(" ", "")
    if re.fullmatch(r"\d{4}", head):
        return None if re.fullmatch(r"19\d\d|20[0-4]\d", head) else head
    if re.fullmatch(r"[A-Z]{7,10}", head):
        return None if _is_word(head) else head
    return next((number for found in _VALUE.finditer(head) if (number := _number(found[1]))), None)


def _number(text: str) -> str | None:
    """A number has digits, or is six capital letters as airlines' are; a date and an hour are none."""
    value = text.strip(".-/")
    if not value.isascii() or re.fullmatch(
        r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|(?:19|20)\d{2}-\d\d-\d\d|(?:19|20)\d\d", value
    ):
        return None
    if len(value) < 4 or (any(sign.islower() for sign in value) and not _PREFIXED.fullmatch(value)):
        return None
    if not any(map(str.isdigit, value)):
        return value if value.isalpha() and len(value) == len("ABCDEF") and not _is_word(value) else None
    return value if sum(sign.isalnum() for sign in value) >= 4 else None


def _is_word(letters: str) -> bool:
    """Say whether letters are a word, a day's or a month's name, a city, or whoever sells."""
    return (
        letters in _WORDS
        or is_weekday(letters)
        or is_month(letters)
        or bool(main_airport(letters)[1])
        or plain(letters) in vendor_names()
    )


_WORDS = frozenset({"NUMBER", "STATUS", "FLIGHT", "TICKET", "TRAVEL", "PLEASE", "DETAIL", "CHANGE", "MANAGE", "ONLINE",
                    "NUMMER", "RETURN", "FAMILY", "HOTELS", "COUPON", "GUESTS", "CANCEL", "AIRWAY", "DEPART",
                    "CONFIRMED", "PENDING", "BOOKING", "DETAILS", "CANCELLED", "CANCELED", "REQUESTED", "STANDARD", "BUSINESS",
                    "ECONOMY", "AVAILABLE", "REQUIRED", "PASSENGER", "ITINERARY", "REFERENCE", "COMPLETED", "TICKETED",
                    "BESTAETIGT", "GEBUCHT", "VOYAGE"})  # fmt: skip
