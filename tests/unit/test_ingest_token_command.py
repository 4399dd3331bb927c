"""What `itinerary token` refuses before it asks any service, and what it would enrol."""

from typing import Any

import pytest
import typer

from services.command_line import token as command
from services.platform.awaiting import CannotStart
from services.platform.principals import PrincipalKind

KINDS: dict[PrincipalKind, str | None] = dict.fromkeys(
    ("traveller", "admin", "tmc", "supplier", "third_party", "operator")
)


def wanted(kinds: dict[PrincipalKind, str | None], **fields: Any) -> command.Wanted:
    known: dict[str, Any] = {
        "tenant": "acme", "on_behalf_of": None, "travel_types": [], "booking_sources": [],
    }  # fmt: skip
    return command._wanted(KINDS | kinds, **(known | fields))  # noqa: SLF001 - the command's own rules


@pytest.mark.parametrize(
    ("kinds", "fields"),
    [
        ({}, {}),
        ({"traveller": "a", "admin": "b"}, {}),
        ({"traveller": "a"}, {"tenant": "Acme Inc"}),
        ({"tmc": "Best"}, {}),
        ({"third_party": "App"}, {}),
        ({"supplier": "Wheels"}, {"on_behalf_of": "a"}),
        ({"supplier": "Wheels"}, {"on_behalf_of": "a", "travel_types": ["Rocket"]}),
    ],
)
def test_what_names_nobody_or_too_many_is_refused(kinds: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(typer.BadParameter):
        wanted(kinds, **fields)


def test_a_supplier_may_name_its_own_booking_source_and_an_agency_any() -> None:
    supplier = wanted({"supplier": "Wheels"}, on_behalf_of="a", travel_types=["Car", "ride"])
    row = command._sender(supplier)  # noqa: SLF001 - as above
    assert row is not None
    assert (row.client, row.booking_sources, row.travel_types) == (
        "supplier:wheels",
        ("Wheels",),
        ("car", "ride"),
    )
    agency = command._sender(wanted({"tmc": "Best  Travel"}, on_behalf_of="a"))  # noqa: SLF001 - as above
    assert agency is not None
    assert (agency.client, agency.booking_sources) == ("tmc:best travel", "any")
    assert command._sender(wanted({"third_party": "App"}, on_behalf_of="a")) is None  # noqa: SLF001 - as above


async def test_beside_a_real_issuer_nothing_is_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ITINERARY_TOKEN_ISSUER", "https://login.example")
    monkeypatch.setenv("ITINERARY_TOKEN_AUDIENCE", "https://itinerary.example")
    monkeypatch.setenv("ITINERARY_TOKEN_JWKS_URL", "https://login.example/jwks")
    with pytest.raises(CannotStart, match="real issuer"):
        await command.issue(wanted({"traveller": "a"}))
