"""Whose mail it is, and whether that is certain enough for a trip.

A mail is somebody's by token, by a secret address, or because a sender that is proven and known wrote it.
Names of passengers and addresses in headers may be anybody's: they only propose, to the person who reviews.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from schemas.booking_record import Passenger
from schemas.likeness import same_person
from services.ingest.domain.authenticity import Authenticity
from services.ingest.domain.json_bookings import JsonBooking

DOUBTS: Mapping[str, str] = {
    "spoofed": "the domain of its sender does not vouch for it",
    "unproven_sender": "nothing proves that it comes from the address that it names",
    "signed_for_others": "its sender wrote it to others, and anybody who received it can send it on",
    "unknown_sender": "nobody known in the company sends from its address",
    "other_passengers": "its bookings name other passengers than the traveller",
    "unsure_reading": "what was read from it is not sure enough",
    "refused_booking": "what was read from it breaks rules of bookings",
}
"""Why a mail waits for a person: a stable code, and words."""


class Person(NamedTuple):
    """A traveller as the directory knows them."""

    traveller: str
    first_name: str | None = None
    last_name: str | None = None

    @property
    def name(self) -> str | None:
        """First and last name; None unless both are known, for one of them names many people."""
        return f"{self.first_name} {self.last_name}" if self.first_name and self.last_name else None


class Evidence(NamedTuple):
    """Who may be concerned by a mail, and how that is known."""

    authenticity: Authenticity
    given_to: str | None = None
    """The traveller for whom it was uploaded, with a token, or to whom a person gave it."""
    addressee: str | None = None
    """The traveller to whose secret address it was sent."""
    sender: str | None = None
    """The traveller whose verified address its From header names."""
    recipient: str = ""
    """The address that it was delivered to, in small letters."""
    named: frozenset[str] = frozenset()
    """Travellers whose addresses or names stand anywhere in it."""


class Whose(NamedTuple):
    """Whose mail it is. A doubt is a key of `DOUBTS`; then `proposed` is whose it may be."""

    traveller: str | None
    doubt: str | None = None
    proposed: str | None = None


def whose(evidence: Evidence) -> Whose:
    """Return whose mail it is, or why nobody can say."""
    if evidence.given_to is not None:
        return Whose(evidence.given_to)
    owner = evidence.addressee or evidence.sender
    doubt = _doubt(evidence)
    return Whose(owner) if doubt is None else Whose(None, doubt, owner or _only(evidence.named))


def _doubt(evidence: Evidence) -> str | None:
    proven = evidence.authenticity
    if proven.result == "fail":
        return "spoofed"
    if evidence.addressee is not None:
        return None
    if evidence.sender is None:
        return "unknown_sender"
    if proven.result != "pass":
        return "unproven_sender"
    if proven.signed_for is not None and evidence.recipient not in proven.signed_for:
        return "signed_for_others"
    return None


def is_for(booking: JsonBooking, *, person: Person | None) -> bool:
    """Tell whether a booking may be a traveller's: it is, unless it names passengers and not this one.

    A name is proof of nothing, but that a booking names other people only is a reason to ask.
    """
    names = [name for passenger in booking.passengers if (name := _written(passenger))]
    if person is None or person.name is None or not names:
        return True
    return any(same_person(person.name, name) for name in names)


def named_in(bookings: Iterable[JsonBooking], *, people: Sequence[Person]) -> frozenset[str]:
    """Return the travellers whose names the bookings bear."""
    names = {_written(p) for booking in bookings for p in booking.passengers} - {""}
    return frozenset(
        person.traveller
        for person in people
        if person.name is not None and any(same_person(person.name, name) for name in names)
    )


def _written(passenger: Passenger) -> str:
    return " ".join(filter(None, (passenger.first_name, passenger.middle_name, passenger.last_name)))


def _only(travellers: frozenset[str]) -> str | None:
    return next(iter(travellers)) if len(travellers) == 1 else None
