"""Apple Wallet passes: a zip whose `pass.json` states fields for the eye, newer ones also for machines."""

import io
import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any, cast

from schemas.segments import (
    AirSegment,
    ConfirmationKind,
    EventSegment,
    HotelSegment,
    Place,
    RailSegment,
    RideSegment,
    Seat,
    Segment,
)
from services.ingest.domain.email.boarding_pass import flights_of, looks_like_pass
from services.ingest.domain.email.bounds import MAX_PASS_BYTES, MAX_PASS_JSON_BYTES, MAX_PASSES, UNREADABLE
from services.ingest.domain.email.found import NOTHING, Found, Sight
from services.ingest.domain.email.merging import merged_segment
from services.ingest.domain.email.results import Engine
from services.ingest.domain.email.values import code, passenger_of, prose
from services.ingest.domain.email.wallet_fields import Fields
from services.ingest.domain.email.wallet_strings import in_words, language_of, strings_in
from services.ingest.domain.email.when import iso_stamp, moment_of

_STYLES = ("boardingPass", "eventTicket", "generic")


def read_passes(body: bytes, *, written: datetime) -> Sight:
    """Read a `.pkpass`, or a `.pkpasses`, which holds several."""
    found: list[Found] = []
    unread = 0
    for pass_json in _pass_texts(body):
        if pass_json is None:
            unread += 1
            continue
        found.extend(_reservation(pass_json, written=written))
    if not unread:
        return Sight(found=tuple(found)) if found else Sight(notes=("a wallet pass holds no reservation",))
    return NOTHING._replace(
        found=tuple(found),
        notes=("a wallet pass could not be read",),
        needs_review=None if found else "a wallet pass could not be read",
    )


def _pass_texts(body: bytes) -> Iterator[dict[str, Any] | None]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            names = archive.namelist()[:500]
            nested = [name for name in names if name.lower().endswith(".pkpass")][:MAX_PASSES]
            if "pass.json" in names:
                yield _opened(archive, names)
            elif not nested:
                yield None
            held = [_member(archive, name, limit=MAX_PASS_BYTES) for name in nested]
    except UNREADABLE:
        yield None
        return
    for each in held:
        yield from _single(each)


def _single(body: bytes) -> Iterator[dict[str, Any] | None]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            yield _opened(archive, archive.namelist()[:500])
    except UNREADABLE:
        yield None


def _opened(archive: zipfile.ZipFile, names: list[str]) -> dict[str, Any] | None:
    """Return `pass.json`, its texts as people see them."""
    content = _json(_member(archive, "pass.json", limit=MAX_PASS_JSON_BYTES))
    spoken = language_of(names)
    if content is None or spoken is None:
        return content
    words = strings_in(_member(archive, spoken, limit=MAX_PASS_JSON_BYTES))
    return cast("dict[str, Any]", in_words(content, words))


def _member(archive: zipfile.ZipFile, name: str, *, limit: int) -> bytes:
    """Unpack no more than the limit, whatever size the archive claims."""
    with archive.open(name) as member:
        content = member.read(limit + 1)
    if len(content) > limit:
        raise ValueError("the member is larger than is read")
    return content


def _json(content: bytes) -> dict[str, Any] | None:
    for charset in ("utf-8-sig", "utf-16", "latin-1"):
        try:
            value = json.loads(content.decode(charset), strict=False, parse_float=str)
        except (ValueError, RecursionError):
            continue
        return cast("dict[str, Any]", value) if isinstance(value, dict) else None
    return None


def _reservation(raw: dict[str, Any], *, written: datetime) -> list[Found]:
    style = next((name for name in _STYLES if isinstance(raw.get(name), dict)), None)
    if style is None:
        return []
    fields = Fields(raw, style=style, written=written)
    coded = [
        flight._replace(engine=Engine.WALLET_PASS)
        for text in fields.bar_codes
        if looks_like_pass(text)
        for flight in flights_of(text, written=_about(fields, written))
    ]
    transit = raw[style].get("transitType")
    segment = _segment(style, transit if isinstance(transit, str) else "", fields)
    if coded:
        # The code names flight and day, the face of the pass hours and gate.
        return [each._replace(segment=_with_face(each.segment, segment)) for each in coded]
    if segment is None or segment.start is None:
        return []
    passenger = passenger_of(fields.value("passenger"))
    is_air = isinstance(segment, AirSegment)
    return [
        Found(
            engine=Engine.WALLET_PASS,
            confidence=90,
            segment=segment,
            number=code(fields.value("number")),
            number_kind=ConfirmationKind.RECORD_LOCATOR if is_air else ConfirmationKind.SUPPLIER,
            passengers=() if passenger is None else (passenger,),
            provider=prose(
                raw.get("organizationName") if isinstance(raw.get("organizationName"), str) else None
            ),
            is_cancelled=raw.get("voided") is True,
            is_part=style == "boardingPass",
        )
    ]


def _about(fields: Fields, written: datetime) -> datetime:
    """The day that the pass is relevant on tells its year better than the mail that brings it."""
    stamp = fields.relevant
    return (
        written
        if stamp is None
        else written.replace(year=stamp.day.year, month=stamp.day.month, day=stamp.day.day)
    )


def _with_face(coded: Segment | None, face: Segment | None) -> Segment | None:
    if not isinstance(coded, AirSegment) or not isinstance(face, AirSegment):
        return coded
    same = coded.origin is not None and face.origin is not None and coded.origin.code == face.origin.code
    near = coded.start is None or face.start is None or coded.start.date == face.start.date
    return merged_segment(coded, face) if same and near else coded


def _segment(style: str, transit: str, fields: Fields) -> Segment | None:
    if style == "boardingPass":
        if transit.endswith("Air"):
            return _flight(fields)
        if transit.endswith(("Train", "Generic")):
            return _train(fields)
        return _ride(fields)
    return _event(fields) if style == "eventTicket" else _stay(fields)


def _stay(fields: Fields) -> Segment | None:
    """Return the stay of a pass that states both its ends; of other cards nothing is booked."""
    start, end = fields.visited("check_in"), fields.visited("check_out")
    if start is None or end is None or not start.day < end.day:
        return None
    name = prose(fields.value("hotel") or fields.first_primary())
    place = Place(name=name, address=prose(fields.value("address")))
    return HotelSegment(
        start=moment_of(start, place=place), end=moment_of(end, place=place), place=place, name=name
    )


def _flight(fields: Fields) -> Segment | None:
    origin, destination = fields.airport("origin"), fields.airport("destination")
    if origin is None or destination is None:
        return None
    carrier, number = fields.flight()
    seat = code(fields.value("seat"))
    return AirSegment(
        start=moment_of(fields.departure(origin), place=origin, is_instant=True),
        end=moment_of(fields.arrival(destination), place=destination, is_instant=True),
        origin=origin,
        destination=destination,
        carrier=carrier,
        flight_number=number,
        origin_gate=code(fields.value("gate")),
        origin_terminal=code(fields.value("terminal")),
        cabin=code(fields.value("cabin")),
        seats=() if seat is None else (Seat(number=seat),),
    )


def _train(fields: Fields) -> Segment | None:
    origin, destination = fields.station("origin"), fields.station("destination")
    if origin is None or destination is None:
        return None
    seat = code(fields.value("seat"))
    return RailSegment(
        start=moment_of(fields.departure(origin), place=origin, is_instant=True),
        end=moment_of(fields.arrival(destination), place=destination, is_instant=True),
        origin=origin,
        destination=destination,
        train_number=code(fields.value("train")),
        carrier_name=prose(fields.organisation),
        wagon=code(fields.value("coach")),
        origin_platform=code(fields.value("platform")),
        cabin=code(fields.value("cabin")),
        seats=() if seat is None else (Seat(number=seat),),
    )


def _ride(fields: Fields) -> Segment | None:
    origin, destination = fields.station("origin"), fields.station("destination")
    if origin is None or destination is None:
        return None
    return RideSegment(
        start=moment_of(fields.departure(origin), place=origin, is_instant=True),
        end=moment_of(fields.arrival(destination), place=destination, is_instant=True),
        origin=origin,
        destination=destination,
        vendor_name=prose(fields.organisation),
    )


def _event(fields: Fields) -> Segment | None:
    name = prose(fields.value("event") or fields.first_primary())
    place = Place(name=prose(fields.value("venue")), latitude=fields.latitude, longitude=fields.longitude)
    seat = prose(fields.value("seat"))
    if name is None:
        return None
    return EventSegment(
        start=moment_of(fields.event_start(), place=place),
        end=moment_of(iso_stamp(fields.semantic("eventEndDate") or ""), place=place),
        place=place if place != Place() else None,
        name=name,
        vendor_name=prose(fields.organisation),
        details={"seat": seat} if seat else {},
    )
