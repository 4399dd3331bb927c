"""What PostgreSQL tells of something that is traced; where it does not answer, the log alone tells much."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from schemas.hops import Hop
from schemas.identifiers import IDENTIFIER, normal_code, traveller_id
from services.consolidator.outcome_hops import Decided
from services.consolidator.trace import Finding
from services.ingest.mail_hops import TracedMail, mails_named
from services.platform.kafka import partition_for
from services.platform.postgres import TROUBLE
from services.platform.settings import PostgresSettings
from services.query.hops import SoughtRows, row_hops


class Asked(NamedTuple):
    """What is asked for."""

    what: str
    tenant: str
    login: str | None

    @property
    def is_id(self) -> bool:
        """Say whether it is an id, and no locator or number."""
        return IDENTIFIER.fullmatch(self.what) is not None

    @property
    def traveller(self) -> str | None:
        """Return who was named."""
        return None if self.login is None else traveller_id(tenant=self.tenant, login=self.login)


class Database:
    """Looks into PostgreSQL, and notes where it cannot."""

    def __init__(self, asked: Asked, postgres: PostgresSettings | None) -> None:
        self._asked = asked
        self._postgres = postgres
        self.notes: tuple[str, ...] = ()
        if postgres is None:
            self.notes = ("DATABASE_URL is not set: mails, the read model and webhooks were not looked at.",)

    async def mails(self, messages: Collection[str]) -> Sequence[TracedMail]:
        """Return the mails among messages, and those in which a locator was found."""
        if self._postgres is None:
            return ()
        code = None if self._asked.is_id else normal_code(self._asked.what)
        whose = self._asked.traveller
        try:
            found = await mails_named(self._postgres, tenant=self._asked.tenant, messages=messages, code=code)
        except TROUBLE as trouble:
            self._give_up(trouble)
            return ()
        return [mail for mail in found if whose is None or mail.traveller in {None, whose}]

    async def rows(
        self,
        messages: Collection[str],
        findings: Sequence[Finding],
        decided: Decided,
        *,
        travellers: frozenset[str],
        partitions: int,
    ) -> list[Hop]:
        """Return what is shown and was delivered of the trips."""
        if self._postgres is None:
            return []
        sought = SoughtRows(
            tenant=self._asked.tenant,
            messages=messages,
            travellers=travellers,
            places={(one.partition, one.offset) for one in decided.versions},
            newest=_newest(findings, decided),
            events={event for one in decided.versions for event in one.events},
            partitions=homes(travellers, tenant=self._asked.tenant, partitions=partitions),
        )
        try:
            return await row_hops(self._postgres, sought)
        except TROUBLE as trouble:
            self._give_up(trouble)
            return []

    def _give_up(self, trouble: Exception) -> None:
        self._postgres = None
        self.notes = (
            f"PostgreSQL does not answer ({type(trouble).__name__}): what it has was not looked at.",
        )


def _newest(findings: Sequence[Finding], decided: Decided) -> dict[str, tuple[int, int]]:
    """Return by trip what was written last: what was traced may have brought an older version alone."""
    newest = {one.trip: one.version for one in sorted(decided.versions, key=lambda one: one.version)}
    for one in (written for finding in findings for written in finding.written):
        version = (one.version.epoch, one.version.offset)
        newest[one.id] = max(version, newest.get(one.id, version))
    return newest


def homes(travellers: Collection[str], *, tenant: str, partitions: int) -> list[int]:
    """Return the partitions of all that concerns some travellers."""
    found = {partition_for(tenant=tenant, traveller=one, partitions=partitions) for one in travellers}
    return sorted(found)
