"""Trips in the words of the golden histories: what is true now, as text to hold against a story."""

from collections.abc import Mapping
from typing import Any

from tests.support.golden_segments import segment_text


def by_date(trip: dict[str, Any]) -> tuple[str, str, str]:
    """Return what a story lists trips by."""
    content = trip["content"]
    return (content.get("start_date", "9999"), content["name"], trip["id"])


def trip_text(trip: dict[str, Any], *, name: str, records: Mapping[str, str]) -> str:
    """Write a trip: its head, two lines for each segment, its bookings.

    Args:
        trip: a value of `trips.v1`.
        name: what the story calls it.
        records: by record key, what the story calls each booking.
    """
    content = trip["content"]
    dates = f"{content['start_date']} .. {content['end_date']}" if "start_date" in content else "undated"
    flags = ", over" * content["completed"] + ", ready to expense" * content["expense"]["ready"]
    flags += f", {len(content['dismissed'])} dismissed" if "dismissed" in content else ""
    lines = [f'trip {name} "{content["name"]}" {dates} {content["status"]}{flags}']
    for segment in content["segments"]:
        lines += ["    " + segment_text(segment), "        " + _account(segment, records)]
    bookings = [
        records[b["record"]] + " (cancelled)" * (b["status"] == "cancelled") for b in content["bookings"]
    ]
    return "\n".join([*lines, "    bookings " + (", ".join(bookings) or "none")])


def _account(segment: dict[str, Any], records: Mapping[str, str]) -> str:
    """Write who won the route and times, who else speaks of it, and which values came from others."""
    standing = segment["status"] != "cancelled"
    winner = next(
        (entry for entry in segment["provenance"] if entry["group"] == "route_and_times"),
        segment["provenance"][0] if segment["provenance"] else {"record": segment["claims"][0]["record"]},
    )["record"]
    parts = [records.get(winner, "person")]
    others = [
        records[claim["record"]] + " (cancelled)" * (standing and not claim["live"])
        for claim in segment["claims"]
        if claim["record"] != winner
    ]
    if others:
        parts.append("also " + ", ".join(others))
    for entry in segment["provenance"]:
        if entry["record"] != winner and entry["group"] != "status":
            fields = " and ".join(entry["fields"]).replace("confirmation_numbers.", "")
            parts.append(f"{fields} by {records.get(entry['record'], 'person')}")
    if segment["suspected_cancelled"]:
        parts.append("suspected cancelled")
    return "; ".join(parts)
