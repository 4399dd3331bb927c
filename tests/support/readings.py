"""What reading a mail comes to, for tests of what becomes of it; and readers that are told what they see."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from services.ingest.domain.email.results import FoundBooking, MailFacts, MailReading, Outcome
from services.ingest.domain.json_bookings import JsonBooking, read_json_booking
from services.ingest.mail_proof import Answers, Checked, Envelope, Headers, check, read_headers


def found(locator: str = "HX7PLM", *, name: str = "Harbour Inn", **fields: Any) -> FoundBooking:
    """Return a stay, as an engine found it."""
    stay = {
        "type": "hotel",
        "name": name,
        "start": {"local": "2027-03-08"},
        "end": {"local": "2027-03-11"},
    }
    said = {"booking_source": "Harbour Inn", "record_locator": locator, "segments": [stay]} | fields
    booking = read_json_booking(said)
    assert isinstance(booking, JsonBooking)
    return FoundBooking(booking=booking, confidence=95, engines=())


def reading(
    *bookings: FoundBooking,
    kind: Literal["extracted", "nothing_found", "needs_review", "rejected"] = "extracted",
    why: str | None = None,
    **facts: Any,
) -> MailReading:
    """Return a reading."""
    return MailReading(outcome=Outcome(kind=kind, why=why), facts=MailFacts(**facts), bookings=bookings)


def booked(raw: bytes) -> MailReading:
    """Read a mail as tests write them: a stay for each `BOOK LOCATOR`, with the addresses of its headers."""
    locators = re.findall(rb"BOOK (\S+)", raw)
    recipients = tuple(address.decode() for address in re.findall(rb"^To: (\S+?)\r?$", raw, re.MULTILINE))
    bookings = [found(locator.decode()) for locator in locators]
    return reading(
        *bookings, kind="extracted" if bookings else "nothing_found", recipients=recipients, subject="Trip"
    )


class ToldReaders:
    """Reads as it is told, in this process; checks senders as the real ones do."""

    def __init__(self, read: Callable[[bytes], MailReading]) -> None:
        self.read_as = read

    async def read(self, raw: bytes, *, received: datetime) -> MailReading:
        assert received.tzinfo is not None
        return self.read_as(raw)

    async def ask(self, raw: bytes, *, received: datetime, reading: MailReading) -> MailReading:
        del raw, received
        return reading

    async def headers(self, raw: bytes) -> Headers:
        return read_headers(raw)

    async def check(self, raw: bytes, *, envelope: Envelope, answers: Answers, chains: bool) -> Checked:
        return check(raw, envelope=envelope, answers=answers, chains=chains)


class ToldResolver:
    """Knows a zone."""

    def __init__(self, zone: Answers) -> None:
        self.zone = zone

    async def answers(self, questions: tuple[str, ...]) -> Answers:
        return {question: self.zone.get(question, ()) for question in questions}
