"""`itinerary token`: an access token for trying things out, signed by the embedded issuer.

In embedded mode nobody else fills the directory, so this also enrols the tenant, the traveller and the
sender that the token speaks of. Where a real issuer is configured it refuses.
"""

import asyncio
import secrets
import time
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import orjson
import typer
from pydantic import SecretStr, TypeAdapter, ValidationError

from schemas.directory import Sender
from schemas.identifiers import TenantName, normal_code
from schemas.segments import SEGMENT_TYPES, SegmentType
from services.command_line.running import running_up
from services.ingest.enrolment import Enrolled, Enrolment, MailGiven
from services.ingest.settings import MailSettings
from services.platform.awaiting import CannotStart
from services.platform.issuer import EMBEDDED_ISSUER, embedded_issuer
from services.platform.principals import Principal, PrincipalKind
from services.platform.settings import KafkaSettings, PostgresSettings, TokenSettings

LIFETIME_SECONDS = 12 * 3600

_OWN_CLIENT = "itinerary"
"""The client of people's own tokens."""
_TENANT: TypeAdapter[str] = TypeAdapter(TenantName)


class Wanted(NamedTuple):
    """Whom a token is to speak for."""

    tenant: str
    kind: PrincipalKind
    login: str
    """The user behind it; empty for operations."""
    name: str | None = None
    """Of the party, where one stands between."""
    travel_types: tuple[SegmentType, ...] = ()
    booking_sources: tuple[str, ...] = ()
    is_trusted_feed: bool = False


class Issued(NamedTuple):
    """A token, and what is worth knowing about it."""

    token: str
    principal: Principal
    enrolled: Enrolled | None
    expires_at: int


def token(  # noqa: PLR0913, PLR0917 - each is one option of the command
    tenant: Annotated[str, typer.Option(help="The company.")],
    traveller: Annotated[str | None, typer.Option(metavar="LOGIN", help="The traveller's own token.")] = None,
    admin: Annotated[str | None, typer.Option(metavar="LOGIN", help="A company administrator's.")] = None,
    tmc: Annotated[str | None, typer.Option(metavar="NAME", help="A travel agency's.")] = None,
    supplier: Annotated[str | None, typer.Option(metavar="NAME", help="An airline's, a hotel's …")] = None,
    third_party: Annotated[
        str | None, typer.Option(metavar="NAME", help="A developer's; reads only.")
    ] = None,
    operator: Annotated[bool, typer.Option("--operator", help="For operations.")] = False,
    on_behalf_of: Annotated[str | None, typer.Option(metavar="LOGIN", help="The user who consented.")] = None,
    travel_type: Annotated[
        list[str] | None, typer.Option(metavar="TYPE", help="What the supplier sells, such as Car.")
    ] = None,
    booking_source: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="What the supplier may call itself; its name.")
    ] = None,
    trusted_feed: Annotated[
        bool, typer.Option("--trusted-feed", help="The party may publish on inbox.v1, too.")
    ] = False,
    data: Annotated[Path | None, typer.Option(help="The data folder of the `up` to sign for.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Say more than the token.")] = False,
) -> None:
    """Print an access token; enrols whom it speaks of."""
    kinds: dict[PrincipalKind, str | None] = {
        "traveller": traveller,
        "admin": admin,
        "tmc": tmc,
        "supplier": supplier,
        "third_party": third_party,
        "operator": "operations" if operator else None,
    }
    try:
        wanted = _wanted(
            kinds,
            tenant=tenant,
            on_behalf_of=on_behalf_of,
            travel_types=travel_type or [],
            booking_sources=booking_source or [],
        )._replace(is_trusted_feed=trusted_feed)
        issued = asyncio.run(issue(wanted, data=data))
    except CannotStart as why:
        typer.echo(str(why), err=True)
        raise typer.Exit(1) from why
    typer.echo(_shown(issued) if as_json else issued.token)


async def issue(wanted: Wanted, *, data: Path | None = None) -> Issued:
    """Enrol whom a token is to speak for with the running `up`, and sign it.

    Raises:
        CannotStart: where a real issuer is configured, no `up` runs, or its database does not answer.
    """
    _refuse_beside_real_issuer()
    up = running_up(data)
    postgres = PostgresSettings(database_url=SecretStr(up.database_url))
    kafka = KafkaSettings(bootstrap=up.kafka)
    sender = _sender(wanted)
    enrolled: Enrolled | None = None
    if wanted.login:
        enrolment = Enrolment(
            tenant=wanted.tenant,
            login=wanted.login,
            is_admin=wanted.kind == "admin",
            sender=sender,
            mail=MailGiven(MailSettings().domain, secrets.token_hex(16)),
        )
        enrolled = await enrolment.enter(postgres, kafka=kafka)
    principal = _principal(wanted, enrolled=enrolled)
    now = int(time.time())  # noqa: TID251 - a command is an edge, like __main__
    signed = embedded_issuer(Path(up.data)).sign(
        principal, token_id=secrets.token_hex(16), issued_at=now, lifetime_seconds=LIFETIME_SECONDS
    )
    return Issued(signed, principal, enrolled, now + LIFETIME_SECONDS)


def _wanted(
    kinds: dict[PrincipalKind, str | None],
    *,
    tenant: str,
    on_behalf_of: str | None,
    travel_types: list[str],
    booking_sources: list[str],
) -> Wanted:
    chosen: list[tuple[PrincipalKind, str]] = [(k, name) for k, name in kinds.items() if name is not None]
    if len(chosen) != 1:
        raise typer.BadParameter(
            "say whose token it is: one of --traveller, --admin, --tmc, --supplier, --third-party, --operator"
        )
    (kind, name) = chosen[0]
    try:
        _TENANT.validate_python(tenant)
    except ValidationError:
        raise typer.BadParameter("--tenant: small letters, digits and hyphens, such as acme") from None
    between = kind in {"tmc", "supplier", "third_party"}
    if between and not on_behalf_of:
        raise typer.BadParameter(f"--{kind.replace('_', '-')} needs --on-behalf-of, the user who consented")
    if kind == "supplier" and not travel_types:
        raise typer.BadParameter("--supplier needs --travel-type, such as Car; it may stand several times")
    login = on_behalf_of or "" if between else "" if kind == "operator" else name
    return Wanted(
        tenant=tenant,
        kind=kind,
        login=login.strip(),
        name=name.strip(),
        travel_types=tuple(_travel_type(text) for text in travel_types),
        booking_sources=tuple(booking_sources),
    )


def _travel_type(text: str) -> SegmentType:
    for known in SEGMENT_TYPES:
        if text.casefold() == known:
            return known
    raise typer.BadParameter(f"--travel-type: one of {', '.join(SEGMENT_TYPES)}")


def _refuse_beside_real_issuer() -> None:
    try:
        issuer = TokenSettings.model_validate({}).issuer
    except ValidationError:
        return  # none is configured, and `up` uses the embedded one
    if issuer != EMBEDDED_ISSUER:
        raise CannotStart("ITINERARY_TOKEN_ISSUER names a real issuer: ask it for a token.")


def _client(wanted: Wanted) -> str:
    if wanted.kind in {"traveller", "admin", "operator"}:
        return _OWN_CLIENT
    return f"{wanted.kind.replace('_', '-')}:{normal_code(wanted.name or '')}"


def _sender(wanted: Wanted) -> Sender | None:
    """Return the row that lets an agency name any booking source, and a supplier only its own."""
    if wanted.kind == "tmc":
        return Sender(
            tenant=wanted.tenant,
            client=_client(wanted),
            party=wanted.name or "",
            source="tmc",
            trusted_feed=wanted.is_trusted_feed,
        )
    if wanted.kind == "supplier":
        return Sender(
            tenant=wanted.tenant,
            client=_client(wanted),
            party=wanted.name or "",
            source="supplier",
            travel_types=wanted.travel_types,
            booking_sources=wanted.booking_sources or (wanted.name or "",),
            trusted_feed=wanted.is_trusted_feed,
        )
    return None


def _principal(wanted: Wanted, *, enrolled: Enrolled | None) -> Principal:
    is_admin = enrolled is not None and enrolled.is_admin
    return Principal(
        tenant=wanted.tenant,
        kind=wanted.kind,
        subject=wanted.login or "operations",
        client=_client(wanted),
        # A traveller's own token stays one, even where the person administers the company elsewhere.
        company_wide=is_admin and wanted.kind in {"admin", "tmc"},
        travel_types=wanted.travel_types,
    )


def _shown(issued: Issued) -> str:
    shown: dict[str, Any] = {
        "token": issued.token,
        "tenant": issued.principal.tenant,
        "kind": issued.principal.kind,
        "login": issued.principal.subject,
        "client": issued.principal.client,
        "traveller": issued.enrolled.traveller if issued.enrolled else None,
        "mail_addresses": list(issued.enrolled.mail_addresses) if issued.enrolled else [],
        "company_wide": issued.principal.company_wide,
        "expires_at": issued.expires_at,
    }
    return orjson.dumps(shown).decode()
