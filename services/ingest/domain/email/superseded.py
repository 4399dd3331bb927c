"""What a mail about a change repeats of the times before: taken out, so that the new times alone are read."""

import re

from services.ingest.domain.email.sought import Sought

_OLD = (
    r"old|previous(?:ly)?|original(?:ly)?|former(?:ly)?|alte[rsn]?|bisherige[rsn]?|bisher|ursprüngliche[rsn]?|"
    r"ancien(?:ne)?|anterior|precedente|vecchi[oa]|oude?"
)
_NEW = (
    r"new|updated|revised|now|changed|neue[rsn]?|neu|geänderte[rsn]?|nouveau|nouvel(?:le)?|nuev[oa]|nuov[oa]|"
    r"nieuwe?|nov[oa]"
)
_POSSESSIVE = r"(?:your |the |ihre? |votre |su |tu |la sua |il suo |uw )?"
_WHAT = (
    r"flights?|itinerary|journeys?|trips?|trains?|coach|departure|arrival|times?|schedule|dates?|stay|connection|flug|flüge|abflug|abfahrt|ankunft|zeit(?:en)?|"
    r"verbindung|reiseplan|reise|aufenthalt|vols?|horaires?|départ|arrivée|itinéraire|vuelos?|horario|salida|llegada|fechas?|"
    r"vol[oi]|orari[oi]?|partenza|arrivo|vlucht(?:en)?|tijd(?:en)?|vertrek|aankomst|voos?"
)
"""What may be old or new: a house may bear either word in its name, and so may a city."""
_HEADING = r"^[ \t*-]*{possessive}(?:{word})(?:\s(?:{what})\b[^\n\d:]{{0,30}})?[ \t]*(?:$|:[^\n]*$)"


def _heading(word: str) -> Sought:
    pattern = _HEADING.format(possessive=_POSSESSIVE, word=word, what=_WHAT)
    return Sought(pattern, re.IGNORECASE | re.MULTILINE)


_OLD_HEADING, _NEW_HEADING = _heading(_OLD), _heading(_NEW)
_HOUR = re.compile(r"\d{1,2}[:.]\d{2}(?:\s?[ap]m)?", re.IGNORECASE)
_BEFORE_OLD_HOUR = Sought(
    r"\b(?:was|previously|instead of|statt|anstatt|bisher|au lieu de|en lugar de|invece delle|in plaats van)"
    r"\s\(?\Z", re.IGNORECASE)  # fmt: skip
_LONGEST_BEFORE = 20
_FARTHEST = 1_200
_COLUMNS = Sought(
    rf"\n(?:[^\t\n]{{0,30}}\t)?(?:(?:{_OLD}|before|vorher|avant|antes|prima|was)(?: [^\t\n\d]{{1,20}})?)\t"
    rf"(?:(?:{_NEW}|after|nachher|après|ahora|después|dopo|depois|agora|jetzt|nu)(?: [^\t\n\d]{{1,20}})?)$",
    re.IGNORECASE | re.MULTILINE,
)
"""A row that heads the old and the new values: `Before` and `Now`."""
_OLD_CELL = re.compile(r"^([^\t\n]+\t)[^\t\n]+\t(?=[^\t\n]+$)", re.MULTILINE)


def without_superseded(text: str) -> str:
    """Return a text without the old times before their new ones, or behind them up to a blank line."""
    text = _without_old_hours(text)
    columns = _COLUMNS.search(f"\n{text}", of=(text,)) if "\t" in text else None
    if columns is not None:
        below = columns.end() - len("\n")
        text = text[:below] + _OLD_CELL.sub(r"\1", text[below:])
    old = _OLD_HEADING.search(text)
    new = _NEW_HEADING.search(text) if old is not None else None
    if old is None or new is None:
        return text
    if old.start() < new.start() < old.end() + _FARTHEST:
        return text[: old.start()] + text[new.start() :]
    if new.start() < old.start():
        blank = text.find("\n\n", old.end())
        return text[: old.start()] + (text[blank:] if blank >= 0 else "")
    return text


def _without_old_hours(text: str) -> str:
    """Take out `previously 10:30`: hours are soon found, and then what stands before them is looked at."""
    if not _BEFORE_OLD_HOUR.may_be_in(text):
        return text
    kept: list[str] = []
    at = 0
    for hour in _HOUR.finditer(text):
        start = hour.start()
        if (old := _BEFORE_OLD_HOUR.search(text, max(at, start - _LONGEST_BEFORE), start)) is not None:
            kept.append(text[at : old.start()])
            at = hour.end()
    return "".join([*kept, text[at:]]) if kept else text
