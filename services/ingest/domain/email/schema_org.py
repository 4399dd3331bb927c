"""Reservations of schema.org, Google's dialect and KItinerary's, as segments of the language."""

from datetime import datetime
from typing import Any

from schemas.segments import Segment, SegmentStatus
from services.ingest.domain.email.found import Found, Sight
from services.ingest.domain.email.items import EMPTY, Item
from services.ingest.domain.email.markup import Stated
from services.ingest.domain.email.results import Engine
from services.ingest.domain.email.schema_org_kinds import segment_of
from services.ingest.domain.email.schema_org_values import passengers_of, stamp_in, status_of, tickets_of
from services.ingest.domain.email.values import code, kind_of_number, money, prose
from services.ingest.domain.email.when import Stamp, moment_of, stamp_of


def read_reservations(stated: list[Stated], *, written: datetime, engine: Engine = Engine.MARKUP) -> Sight:
    """Return what reservations say; `written` is when their mail was, by which years are completed."""
    found: list[Found] = []
    skipped = 0
    for each in stated:
        read = _reservation(each, written=written, engine=engine)
        found.extend(read)
        skipped += not read
    notes = [f"{skipped} marked-up reservations say too little to book"] if skipped else []
    return Sight(
        found=tuple(found),
        notes=tuple(notes),
        needs_review="a marked-up reservation could not be read in full" if skipped and not found else None,
    )


def _reservation(stated: Stated, *, written: datetime, engine: Engine) -> list[Found]:
    status = status_of(stated.text("reservationStatus", "status", "bookingStatus"))
    number = code(stated.text("reservationNumber", "reservationId", "confirmationNumber", "bookingReference"))
    common: dict[str, Any] = {
        "engine": engine,
        "confidence": 95,
        "number": number,
        "passengers": passengers_of(stated),
        "tickets": tickets_of(stated),
        "total": money(stated.text("totalPrice", "price"), stated.text("priceCurrency")),
        "modified": _instant(stated.text("modifiedTime", "modifyTime", "dateModified")),
        "booked": _local(stated.text("bookingTime", "bookingDate")),
        "provider": prose(stated.text("provider", "seller")),
        "agent": prose(stated.text("broker", "bookingAgent", "bookingSource")),
        "is_cancelled": status is SegmentStatus.CANCELLED,
    }
    segments = [
        segment
        for thing in _things(stated)
        if (segment := segment_of(stated, thing)) is not None and _is_dated(segment, written=written)
    ]
    if not segments:
        is_minimal = status is SegmentStatus.CANCELLED and number is not None
        return [Found(segment=None, **common)] if is_minimal else []
    kind = kind_of_number(segments[0], by_agent=common["agent"] is not None)
    return [
        Found(segment=segment.model_copy(update={"status": status}), number_kind=kind, **common)
        for segment in segments
    ]


def _things(stated: Stated) -> tuple[Item, ...]:
    """What is reserved: one thing, or a list of legs as some templates write it."""
    return stated.item.items("reservationFor", "reservedFor", "touristAttraction") or (EMPTY,)


def _is_dated(segment: Segment, *, written: datetime) -> bool:
    """A booking without a day, or of another age than its mail, says too little to be one."""
    start = segment.start
    return start is not None and abs(int(start.local[:4]) - written.year) <= _MAX_YEARS_APART


_MAX_YEARS_APART = 3


def _instant(text: str | None) -> datetime | None:
    stamp: Stamp | None = stamp_in(Item({"time": text}), "time") if text else None
    if stamp is None:
        return None
    moment = moment_of(
        stamp if stamp.offset_minutes is not None else stamp._replace(offset_minutes=0), place=None
    )
    return moment.instant() if moment is not None else None


def _local(text: str | None) -> str | None:
    instant = _instant(text)
    return None if instant is None else stamp_of(instant).local
