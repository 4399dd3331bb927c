"""What somebody who is forgotten did on other people's trips: it stays, and the name of who did it goes.

PostgreSQL holds logins beside what was done; the log holds them as the party of a person's word, which trips
show as its source. So each such word is said again, by nobody.
"""

# asyncpg carries no types.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from aiokafka import TopicPartition  # pyright: ignore[reportMissingTypeStubs] - it carries no types

from schemas.booking_record import OverrideRecord, OverrideStatement, decode_record
from schemas.identifiers import normal_code
from schemas.topics import RECORDS
from services.platform.kafka import partition_for
from services.platform.reading import open_reader, read_all
from services.platform.settings import KafkaSettings
from services.platform.sql_files import statements_of

_SQL: Any = statements_of(Path(__file__).with_name("erased_deeds.sql"))

_WHO = ("party", "by", "sender")
"""Of a trip's sources and of a mail: the names of what holds somebody's login."""
NOBODY = "erased"
"""Stands where the name of somebody stood who was erased."""


class Deeds(NamedTuple):
    """By which names somebody is known, and on whose trips they said something."""

    tenant: str
    traveller: str
    names: frozenset[str]
    """Logins and addresses, as they are compared."""
    overrides: frozenset[str]
    others: frozenset[str]
    """The travellers whose trips these are about."""

    @property
    def pattern(self) -> str:
        """Return what finds a name in JSON, for PostgreSQL.

        An address is a whole text anywhere. Any other login may be a word with another meaning, somebody
        else's surname or a kind of segment: it counts only where JSON says who did or sent something.
        """
        addresses = [re.escape(name) for name in sorted(self.names) if "@" in name]
        others = [re.escape(name) for name in sorted(self.names) if "@" not in name]
        ways = [f'"(?:{"|".join(addresses)})"'] if addresses else []
        if others:
            ways.append(f'(?<="(?:{"|".join(_WHO)})": ?)"(?:{"|".join(others)})"')
        return "|".join(ways)


async def deeds_of(connection: Any, *, tenant: str, traveller: str, login: str | None) -> Deeds:  # noqa: ANN401 - asyncpg carries no types
    """Return what somebody did, as far as PostgreSQL knows them.

    Args:
        connection: of the owner of the tables.
        tenant: their company.
        traveller: who it is.
        login: by which they were named just now: the directory may have forgotten it.
    """
    of = {"tenant": tenant, "traveller": traveller}
    async with connection.transaction():
        await _SQL.set_tenant(connection, tenant=tenant)
        names = {row["name"] async for row in _SQL.find_names(connection, **of)}
        names |= set() if login is None else {normal_code(login)}
        rows = [row async for row in _SQL.find_deeds(connection, **of, names=sorted(names))]
    overrides, others = {row["override"] for row in rows}, {row["traveller"] for row in rows}
    return Deeds(tenant, traveller, frozenset(names), frozenset(overrides), frozenset(others))


async def said_by_nobody(
    deeds: Deeds, *, kafka: KafkaSettings, partitions: int
) -> Sequence[tuple[int, OverrideStatement]]:
    """Return the same words without the name, with the partitions they are for; none where that was done.

    Raises:
        KafkaError: trouble with the broker.
    """
    homes = {partition_for(tenant=deeds.tenant, traveller=one, partitions=partitions) for one in deeds.others}
    keys, newest = {key.encode() for key in deeds.overrides}, dict[bytes, tuple[int, bytes | None]]()
    async with open_reader(kafka) as reader:
        for home in sorted(homes):
            place = TopicPartition(RECORDS.name, home)
            entries = read_all(reader, place.topic, partitions=[home], on_progress=lambda _, __: None)
            async for entry in entries:
                if entry.key in keys:
                    newest[entry.key] = (home, entry.value)
    records = [(home, decode_record(value)) for home, value in newest.values() if value is not None]
    return [
        (home, _by_nobody(record))
        for home, record in records
        if isinstance(record, OverrideRecord) and normal_code(record.by) in deeds.names
    ]


def _by_nobody(record: OverrideRecord) -> OverrideStatement:
    """Say a word again just above itself: below whatever is said of the same later."""
    revision = record.revision
    return OverrideStatement(
        tenant=record.tenant,
        traveller=record.traveller,
        message=record.message,
        record=record.record,
        revision=revision.model_copy(update={"normaliser": revision.normaliser + 1}),
        by=NOBODY,
        override=record.override,
    )


async def forget_names(connection: Any, deeds: Deeds) -> None:  # noqa: ANN401 - as above
    """Take the names out of what people entered, within the transaction under way."""
    if not deeds.names:
        return
    of = {"tenant": deeds.tenant, "names": sorted(deeds.names), "nobody": NOBODY}
    await _SQL.unname_overrides(connection, **of)
    await _SQL.unname_shares(connection, **of)
    await _SQL.unname_openings(connection, **of)
    await _SQL.unname_mails(connection, **of, pattern=deeds.pattern)


async def forget_names_shown(
    connection: Any,  # noqa: ANN401 - as above
    deeds: Deeds,
    *,
    everywhere: bool,
    has_aside: bool,
) -> None:
    """Take the names out of the history of other people's trips, in the role of the projector.

    Args:
        connection: within a transaction.
        deeds: whose names.
        everywhere: also where it is not known that they said anything: an erasure may have been broken off.
        has_aside: whether there is a copy of a rebuild.
    """
    others: Collection[str] | None = None if everywhere else deeds.others
    if not deeds.names or (others is not None and not others):
        return
    of = {
        "tenant": deeds.tenant,
        "others": None if others is None else sorted(others),
        "pattern": deeds.pattern,
    }
    await _SQL.unname_history(connection, **of, quoted=f'"{NOBODY}"')
    await _SQL.unname_answers(connection, **of)
    if has_aside:
        await _SQL.unname_aside(connection, **of, quoted=f'"{NOBODY}"')
