"""The words of an explanation. Decides nothing: it is told what was decided, and says it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from schemas.booking_record import Source
from schemas.segments import FieldGroup
from services.consolidator.domain.bundles import Rule, Tie, TieKind
from services.consolidator.domain.clustering import Apart
from services.consolidator.domain.explanation import ClaimNamed, Dates, Neighbour, Speaker

STALE = (
    "Statements that were older than what was known of their record are not in the records; "
    "a message's outcome says so (`stale`)."
)
ALONE = ("Nothing ties it to another booking, and no other comes near its dates.",)

_TYPES = {
    "air": "flight", "rail": "train", "car": "rental car", "ride": "ride", "hotel": "stay",
    "dining": "meal", "parking": "parking", "event": "event",
}  # fmt: skip
_GROUPS: Mapping[FieldGroup, str] = {
    FieldGroup.ROUTE_AND_TIMES: "route and times",
    FieldGroup.CARRIER_AND_NUMBER: "carrier and number",
    FieldGroup.VENDOR: "the vendor",
    FieldGroup.CONFIRMATIONS: "confirmation numbers",
    FieldGroup.PRICE_AND_CHARGES: "price and charges",
    FieldGroup.SEAT_ROOM_CLASS: "seat, room and class",
    FieldGroup.CONTACTS: "contacts and notes",
    FieldGroup.STATUS: "the status",
    FieldGroup.DETAILS: "details",
}
_APART: Mapping[Apart, str] = {
    Apart.ONE_RECORD: "two segments of one booking are two things",
    Apart.PINNED_APART: "they were posted in different trips",
    Apart.SECLUDED: "a proposed, virtual or cancelled posted trip keeps to itself",
    Apart.BY_PERSON: "a person said that they are not the same",
    Apart.HIGHER_SOURCES: "better sources left apart what each is part of, and a lower one never joins that",
    Apart.UNLINKED: "nothing that they say links them",
}
_RULES: Mapping[Rule, str] = {
    Rule.POSTED: "It was posted with the trip.",
    Rule.NAMED_BY_PERSON: "A person put it into this trip.",
    Rule.NAMED_BY_SENDER: "Its sender named this trip for it.",
    Rule.SHARES_SEGMENT: "It speaks of segments of this trip.",
    Rule.UNDATED: "It has no dates, and so makes a trip of its own.",
    Rule.SPLIT_BY_PERSON: "A person split it off from everything else.",
}


def name(speaker: Speaker) -> str:
    """Name a record as a person knows it: `Wayfarer Travel QRT5ZL (tmc)`."""
    if speaker.record_locator is None:
        return f"{speaker.owner.party} ({speaker.owner.source})"
    return f"{speaker.booking_source} {speaker.record_locator} ({speaker.owner.source})"


def names(speakers: Iterable[Speaker]) -> str:
    """Name several records."""
    return listed(name(speaker) for speaker in speakers)


def listed(parts: Iterable[str]) -> str:
    """Join parts as a sentence does."""
    *most, last = [*parts] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def title(segment: Mapping[str, Any]) -> str:
    """Name a segment by what it is, where and when: `flight LH 400 FRA-JFK on 2026-05-12`."""
    number = segment.get("flight_number") or segment.get("train_number")
    journey = "-".join(_place(segment.get(end)) for end in ("origin", "destination") if segment.get(end))
    parts = [
        _TYPES[segment["type"]],
        " ".join(part for part in (segment.get("carrier"), number) if part),
        segment.get("name") or segment.get("vendor_name") or segment.get("vendor") or "",
        journey or _place(segment.get("place")),
    ]
    start = segment.get("start")
    return " ".join(part for part in parts if part) + (f" on {start['local'][:10]}" if start else "")


def _place(place: Mapping[str, str] | None) -> str:
    return "" if place is None else place.get("code") or place.get("city") or place.get("name") or ""


def span(dates: Dates) -> str:
    """Say from when to when."""
    return dates.first if dates.first == dates.last else f"{dates.first} to {dates.last}"


def match(left: Speaker, right: Speaker, reasons: Sequence[str], *, by_person: bool) -> str:
    """Say why two claims are one thing."""
    if by_person:
        return f"A person said that {name(left)} and {name(right)} speak of the same thing."
    if not reasons:
        return f"{name(left)} and {name(right)} do not match by themselves; other claims join them."
    return f"{name(left)} and {name(right)} agree on {listed(reasons)}."


def kept_apart(
    pair: tuple[ClaimNamed, ClaimNamed],
    why: Apart,
    *,
    aspect: str | None,
    between: tuple[ClaimNamed, ClaimNamed],
) -> str:
    """Say why two claims are not one thing; `between` are the two that cannot be, themselves or others."""
    reason = f"they contradict each other on {aspect}" if why is Apart.CONFLICT else _APART[why]
    said = f"The {_claim(pair[0])} and the {_claim(pair[1])} stay apart"
    if why is Apart.HIGHER_SOURCES or {c.segment for c in between} == {c.segment for c in pair}:
        return f"{said}: {reason}."
    return f"{said} because of the {_claim(between[0])} and the {_claim(between[1])}: {reason}."


def _claim(claim: ClaimNamed) -> str:
    return f"{claim.title} of {name(claim.speaker)}"


def won(group: FieldGroup, speaker: Speaker, order: Sequence[Source], *, filled: bool, own: bool) -> str:
    """Say why a claim has the say on a field group; `own` where the tenant chose the order."""
    if filled:
        return f"{name(speaker)} fills what better sources leave unsaid of {_GROUPS[group]}."
    whose = "this tenant's order" if own else "the order"
    return f"{name(speaker)} has the say on {_GROUPS[group]}: {whose} is {' > '.join(order)}."


def lost(speaker: Speaker, to: Speaker | None) -> str:
    """Say why a claim's values are not shown."""
    if to is None:
        return f"What {name(speaker)} says would end before it starts."
    if to.owner.source != speaker.owner.source:
        return f"{speaker.owner.source} comes after {to.owner.source}."
    return f"{name(to)} is of the same source and has the newer revision."


def agrees(speaker: Speaker) -> str:
    """Say that a claim loses nothing."""
    return f"{name(speaker)} says the same."


def standing(status: str, by: Speaker, against: Sequence[Speaker], *, live: bool, ended: str | None) -> str:
    """Say by whose word a segment stands or not."""
    if not live:
        reason = "a person's correction" if ended is None else ended
        return f"Cancelled by the word of {name(by)}, the best that speaks of its status: {reason}."
    said = f"It stands ({status}) by the word of {name(by)}, the best that speaks of its status."
    if against:
        said += f" {names(against)} cancelled it, but comes after: cancellation suspected."
    return said


def tie(held: Tie, others: Sequence[Speaker], titles: Mapping[str, str]) -> str:
    """Say what holds a booking together with others."""
    does = "does" if len(others) == 1 else "do"
    what = {
        TieKind.SEGMENT: f"It speaks of the {titles.get(held.on, 'segment')}, as {does}",
        TieKind.SENT_TO_ONE_TRIP: f"Its sender wants it in trip {held.on} together with",
        TieKind.MERGED_BY_PERSON: "A person merged its trip with that of",
        TieKind.SPLIT_BY_PERSON: "A person split it off together with",
    }[held.kind]
    return f"{what} {names(others)}."


def placed(
    rule: Rule, *, dates: Dates | None, trip: Dates | None, days: int, neighbours: Sequence[Neighbour]
) -> Iterator[str]:
    """Say which rule put a booking into its trip, on what; nothing where dates connect it with none."""
    if rule is Rule.OVERLAPS_TRIP and dates is not None and trip is not None:
        shared = "1 day" if days == 1 else f"{days} days"
        yield f"Its dates, {span(dates)}, overlap those of the trip, {span(trip)}, by {shared}."
    elif rule is not Rule.CONNECTED_BY_DATES:
        yield _RULES[rule]
    elif neighbours and dates is not None:
        near = listed(f"{name(n.speaker)}, {span(n.dates)}" for n in neighbours)
        yield f"Its dates, {span(dates)}, connect it with {near}."
