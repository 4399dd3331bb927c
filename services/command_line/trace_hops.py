"""Follows something through the services, hop by hop: each tells its own, and what they tell leads on.

From the statements to the messages that made them, and to what the consolidator decided of them; from the
versions of trips that it wrote to the events and rows that came of them.
"""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from schemas.hops import Hop, in_order
from schemas.identifiers import IDENTIFIER, inbox_message_id, normal_code
from schemas.topics import BOOKINGS, DEAD_LETTERS, RAW, RECORDS, TRIP_EVENTS, TRIPS
from services.command_line.trace_rows import Asked, Database, homes
from services.consolidator.event_hops import events_told
from services.consolidator.outcome_hops import Concerned, Decided, accepted_records, decisions_on
from services.consolidator.statement_hops import Looked, Stated, statements_of
from services.consolidator.trace import Finding
from services.ingest.letter_hops import TracedLetter, letters_of
from services.ingest.mail_hops import TracedMail
from services.ingest.raw_hops import SoughtRaw, raw_hops
from services.platform.kafka_jars import Report
from services.platform.settings import KafkaSettings, PostgresSettings


class Way(NamedTuple):
    """The hops in the order of time, and what could not be looked at."""

    hops: Sequence[Hop]
    notes: Sequence[str] = ()


async def follow(
    asked: Asked,
    findings: Sequence[Finding],
    *,
    kafka: KafkaSettings,
    partitions: int,
    postgres: PostgresSettings | None,
    report: Report,
) -> Way:
    """Return each hop of what is asked for.

    Args:
        asked: what it is.
        findings: what the records have of it; there may be none.
        kafka: where the topics are.
        partitions: how many each has.
        postgres: where the database is; None where that is not known.
        report: told what is read, and how far.

    Raises:
        KafkaError: trouble with the broker; of trouble with the database a note tells.
    """
    following = _Following(asked, findings, kafka=kafka, partitions=partitions, report=report)
    database = Database(asked, postgres)
    statements = await following.statements()
    messages = {one.message for one in statements if IDENTIFIER.fullmatch(one.message)}
    messages |= {asked.what} if asked.is_id else set[str]()
    mails = await database.mails(messages)
    messages |= {mail.message for mail in mails}
    letters = await following.letters(messages, statements)
    received = await following.received(statements, mails, letters)
    travellers = following.travellers(statements)
    decided = await following.decided(messages, statements, travellers=travellers)
    hops = [
        *received,
        *(hop for mail in mails for hop in mail.hops),
        *(statement.hop() for statement in statements),
        *(letter.hop for letter in letters),
        *await following.accepted(statements, travellers=travellers),
        *decided.hops,
        *await following.told(decided, travellers=travellers),
        *await database.rows(messages, findings, decided, travellers=travellers, partitions=partitions),
    ]
    return Way(in_order(hops), database.notes)


class _Following:
    """Looks through the topics."""

    def __init__(
        self,
        asked: Asked,
        findings: Sequence[Finding],
        *,
        kafka: KafkaSettings,
        partitions: int,
        report: Report,
    ) -> None:
        self._asked = asked
        self._findings = findings
        self._kafka = kafka
        self._partitions = partitions
        self._report = report

    def _progress(self, topic: str) -> Callable[[int, int], None]:
        return lambda done, total: self._report(f"Reading {topic}", done, total)

    def _homes(self, travellers: Collection[str]) -> list[int]:
        return homes(travellers, tenant=self._asked.tenant, partitions=self._partitions)

    def travellers(self, statements: Sequence[Stated]) -> frozenset[str]:
        """Return whom it is about."""
        if self._asked.traveller is not None:
            return frozenset({self._asked.traveller})
        stated = {one.traveller for one in statements if one.traveller is not None}
        return frozenset(stated | {finding.traveller for finding in self._findings})

    async def statements(self) -> list[Stated]:
        """Return what was stated of it."""
        asked, traveller = self._asked, self._asked.traveller
        looked = Looked(
            tenant=asked.tenant,
            ids=frozenset({asked.what} if asked.is_id else ()),
            records=self._records(()),
            code=None if asked.is_id else normal_code(asked.what),
            traveller=traveller,
        )
        numbers = range(self._partitions) if traveller is None else self._homes([traveller])
        on_progress = self._progress(BOOKINGS.name)
        return await statements_of(looked, kafka=self._kafka, partitions=numbers, on_progress=on_progress)

    async def letters(self, messages: Collection[str], statements: Sequence[Stated]) -> list[TracedLetter]:
        """Return what could not be processed; a statement that cannot be read is known by its place."""
        unread = {
            inbox_message_id(topic=BOOKINGS.name, partition=one.partition, offset=one.offset)
            for one in statements
        }
        return await letters_of(
            {*messages, *unread},
            tenant=self._asked.tenant,
            kafka=self._kafka,
            on_progress=self._progress(DEAD_LETTERS.name),
        )

    async def received(
        self, statements: Sequence[Stated], mails: Sequence[TracedMail], letters: Sequence[TracedLetter]
    ) -> list[Hop]:
        """Return where the messages came in."""
        places: dict[tuple[int, int], str | None] = {mail.raw: mail.message for mail in mails}
        places |= {one.raw: one.message for one in letters if one.raw is not None}
        places |= {one.raw: None for one in statements if one.raw is not None}
        of_something_else = any("message" not in finding.found_as for finding in self._findings)
        is_placed = any(one.message == self._asked.what for one in (*statements, *mails, *letters))
        unplaced = self._asked.is_id and not is_placed and not of_something_else
        return await raw_hops(
            SoughtRaw(self._asked.tenant, places, {self._asked.what} if unplaced else ()),
            kafka=self._kafka,
            partitions=self._partitions,
            on_progress=self._progress(RAW.name),
        )

    async def decided(
        self, messages: Collection[str], statements: Sequence[Stated], *, travellers: frozenset[str]
    ) -> Decided:
        """Return what became of the statements, and the trips that were written with it."""
        trips = (one.id for of in self._findings if "trip" in of.found_as for one in of.written)
        concerned = Concerned(
            travellers=travellers,
            messages=frozenset(messages),
            statements=frozenset((one.partition, one.offset) for one in statements),
            trips=frozenset(trips),
        )
        return await decisions_on(
            concerned,
            kafka=self._kafka,
            partitions=self._homes(travellers),
            on_progress=self._progress(TRIPS.name),
        )

    async def accepted(self, statements: Sequence[Stated], *, travellers: frozenset[str]) -> list[Hop]:
        """Return what was accepted of it."""
        return await accepted_records(
            self._records(statements),
            kafka=self._kafka,
            partitions=self._homes(travellers),
            on_progress=self._progress(RECORDS.name),
        )

    async def told(self, decided: Decided, *, travellers: frozenset[str]) -> list[Hop]:
        """Return what was told of the trips."""
        return await events_told(
            {event for version in decided.versions for event in version.events},
            kafka=self._kafka,
            partitions=self._homes(travellers),
            on_progress=self._progress(TRIP_EVENTS.name),
        )

    def _records(self, statements: Sequence[Stated]) -> frozenset[str]:
        stated = {one.record for one in statements if one.record is not None}
        return frozenset(stated.union(*(finding.records for finding in self._findings)))
