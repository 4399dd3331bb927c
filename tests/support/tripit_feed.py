"""The calendar feed of the stand-in's accounts: events as TripIt writes them, with the window it keeps."""

import hashlib
from datetime import date, timedelta

from tests.support.tripit_account import StandInAccount, StandInPlan

_WINDOW_DAYS = 90


def written_feed(account: StandInAccount, *, today: str) -> tuple[bytes, str]:
    """Return the calendar and its entity tag. Stays are two events; all stamps are those of the fetch."""
    first = (date.fromisoformat(today) - timedelta(days=_WINDOW_DAYS)).isoformat()
    shown = {trip.id: trip for trip in account.trips.values() if trip.is_own and trip.end >= first}
    events: list[str] = []
    for trip in shown.values():
        after = (date.fromisoformat(trip.end) + timedelta(days=1)).isoformat()
        days = [f"DTSTART;VALUE=DATE:{_compact(trip.start)}", f"DTEND;VALUE=DATE:{_compact(after)}"]
        events.append(_event(trip.uuid, trip.name, trip.id, "", days))
    for plan in account.plans.values():
        if plan.trip in shown and plan.is_own and plan.element == "LodgingObject":
            events += _stay(plan)
    text = "\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//stand-in//EN", *events, "END:VCALENDAR", ""]
    )
    return text.encode(), f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'


def _stay(plan: StandInPlan) -> list[str]:
    name = plan.fields.get("supplier_name", "A hotel")
    events: list[str] = []
    for half, verb, element, hour in (
        ("Check-in", "Arrive", "StartDateTime", "130000Z"),
        ("Check-out", "Depart", "EndDateTime", "090000Z"),
    ):
        if element not in plan.fields:
            continue
        day = plan.fields[element]["date"]
        clock = "3:00 PM CEST" if half == "Check-in" else "11:00 AM CEST"
        uid = f"item-{plan.uuid[:-1]}{'a' if half == 'Check-in' else 'b'}"
        times = [f"DTSTART:{_compact(day)}T{hour}", "TRANSP:TRANSPARENT"]
        number = plan.fields.get("supplier_conf_num")
        text = f"{clock}\\n[Lodging] {verb} {name}\\n" + (f"Confirmation # {number}\\n" if number else "")
        events.append(_event(uid, f"{half}: {name}", plan.trip or "", text, times))
    return events


def _event(uid: str, summary: str, trip: str, text: str, lines: list[str]) -> str:
    link = f"View and/or edit details in TripIt : https://www.tripit.com/trip/show/id/{trip}\\n\\n"
    return "\n".join(
        ["BEGIN:VEVENT", f"UID:{uid}@tripit.com", "DTSTAMP:20260920T000000Z", f"SUMMARY:{summary}", *lines,
         f"DESCRIPTION:{link}{text}", "END:VEVENT"]
    )  # fmt: skip


def _compact(day: str) -> str:
    return day.replace("-", "")
