"""A trip as `GET /v1/trips` shows it (design, section 11). Give it only what the viewer may see."""

from typing import Any

from pydantic import TypeAdapter

from schemas.times import Moment
from schemas.trip import ShownRevision, Trip, TripBooking, TripSegment, Version

Json = dict[str, Any]
_SHOWN_APART = {"start", "end", "claims", "provenance"}

# Many at once: to begin writing one costs as much as to write it.
_BOOKINGS: TypeAdapter[tuple[TripBooking, ...]] = TypeAdapter(tuple[TripBooking, ...])


def trip_json(trip: Trip) -> Json:
    """Return the trip as a JSON object; absent values are null where the design promises the name."""
    content = trip.content
    shown: Json = {
        "id": trip.id,
        "also_known_as": list(trip.also_known_as),
        "traveller": trip.traveller,
        "name": content.name,
        "status": content.status.value,
        "start_date": _date(content.start_date),
        "end_date": _date(content.end_date),
        "completed": content.completed,
        "completes_at": content.completes_at,
        "expense": content.expense.model_dump(mode="json"),
        "segments": [_segment(segment) for segment in content.segments],
        "bookings": _BOOKINGS.dump_python(content.bookings, mode="json", exclude_none=True),
        "created": trip.created,
        "modified": trip.modified,
        "version": _version(trip.version),
    }
    if content.posted is not None:
        shown["posted"] = content.posted.model_dump(mode="json", exclude_none=True)
    return shown


def provenance_json(trip: Trip) -> Json:
    """Return where every field group of every segment comes from, and which claims there are besides."""
    return {
        "trip": trip.id,
        "version": _version(trip.version),
        "segments": [
            {
                "id": segment.id,
                "type": segment.type,
                "also_known_as": list(segment.also_known_as),
                "provenance": _provenance(segment),
                "claims": [claim.model_dump(mode="json", exclude_none=True) for claim in segment.claims],
            }
            for segment in trip.content.segments
        ],
    }


def _version(version: Version) -> Json:
    return version.model_dump(mode="json")


def _date(local: str | None) -> str | None:
    return None if local is None else local[:10]


def _segment(segment: TripSegment) -> Json:
    said = segment.model_dump(mode="json", exclude_none=True, exclude=_SHOWN_APART, exclude_defaults=True)
    return said | {
        "id": segment.id,
        "type": segment.type,
        "status": None if segment.status is None else segment.status.value,
        "suspected_cancelled": segment.suspected_cancelled,
        "start": _moment(segment.start),
        "end": _moment(segment.end),
        "sources": list(segment.sources),
        "provenance": _provenance(segment),
    }


def _moment(moment: Moment | None) -> Json | None:
    if moment is None:
        return None
    return {
        "local": moment.local,
        "zone": moment.zone,
        "utc": moment.utc(),
        "offset_minutes": moment.offset_minutes,
        "inferred": moment.inferred,
    }


def _provenance(segment: TripSegment) -> list[Json]:
    # By hand: there are many of them, and to have the models written takes longer.
    return [
        {
            "group": str(entry.group),
            "fields": list(entry.fields),
            "record": entry.record,
            "owner": {"party": entry.owner.party, "source": entry.owner.source},
            "revision": _revision(entry.revision),
            "filled": entry.filled,
        }
        for entry in segment.provenance
    ]


def _revision(revision: ShownRevision) -> Json:
    stated = revision.source_revision
    said: Json = {} if stated is None else {"source_revision": stated}
    return said | {"content_hash": revision.content_hash}
