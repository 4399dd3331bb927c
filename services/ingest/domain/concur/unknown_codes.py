"""What was posted and nobody here knows: warnings, never problems. It is kept as it was posted."""

import re
from collections.abc import Iterator, Mapping

from schemas.concur.code_tables import CHARGE_CODES
from schemas.concur.codes import STATUS_OF_CODE
from schemas.concur.enumerations import CODED_ELEMENTS
from schemas.concur.texts import Texts
from schemas.concur.vendor_codes import UNKNOWN_VENDOR, VENDOR_CODES
from schemas.segments import Segment
from services.ingest.domain.concur.moments import is_zone
from services.ingest.domain.refusals import Problem

_AIRLINE = re.compile(r"[A-Z0-9]{2}")
"""Codes of airlines come and go, so their form is all that is looked at."""
_KNOWN: Mapping[tuple[str, str], frozenset[str]] = {
    at: frozenset(map(str.casefold, codes)) for at, codes in CODED_ELEMENTS.items()
}


def unknown_codes(texts: Texts, *, element: str, path: str) -> Iterator[Problem]:
    """Warn of values, anywhere inside an element, that are none of the short lists."""
    for inside, text in texts.items():
        *outer, name = inside.split("/")
        parent = outer[-1].partition("[")[0] if outer else element
        known = _KNOWN.get((parent, name))
        if known is not None and text.strip().casefold() not in known:
            yield _unknown(f"{path}/{inside}", f"none of the values of {parent}/{name} that we know")


def unknown_in_segment(segment: Segment, texts: Texts, *, path: str) -> Iterator[Problem]:
    """Warn of what a segment says of its status, vendor, zone and charges in codes that are none."""
    code = texts.get("Status", "").strip().upper()
    if code and code not in STATUS_OF_CODE:
        yield _unknown(f"{path}/Status", "no status code that we know")
    if not is_zone(texts.get("TimeZone")):
        yield _unknown(f"{path}/TimeZone", "no time zone of the IANA's that we know")
    yield from _unknown_vendor(segment, texts, path=path)
    yield from _unknown_charges(segment, path=path)


def _unknown_vendor(segment: Segment, texts: Texts, *, path: str) -> Iterator[Problem]:
    """Warn of a vendor's code that is none, by the kind of segment; a name in its place is none either."""
    code = texts.get("Vendor", UNKNOWN_VENDOR).strip().upper()
    known = VENDOR_CODES.get(segment.type)
    is_known = _AIRLINE.fullmatch(code) if segment.type == "air" else known is None or code in known
    if code != UNKNOWN_VENDOR and not is_known:
        yield _unknown(f"{path}/Vendor", "no vendor code that we know")


def _unknown_charges(segment: Segment, *, path: str) -> Iterator[Problem]:
    known = CHARGE_CODES.get(segment.type)
    for number, charge in enumerate(segment.charges, start=1):
        code = charge.semantics_code
        if known is not None and code is not None and code.strip().upper() not in known:
            yield _unknown(f"{path}/Charges/*[{number}]/SemanticsCode", "no charge code that we know")


def _unknown(field: str, what: str) -> Problem:
    return Problem(field, "unknown_value", f"is {what}; it is kept as it was posted")
