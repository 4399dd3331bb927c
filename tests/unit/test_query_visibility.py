"""Who sees which field."""

from typing import get_args

import pytest

from schemas.booking_record import Owner, Ticket
from schemas.money import Money
from schemas.segments import (
    FIELD_PLACES,
    Charge,
    ChargeKind,
    ConfirmationKind,
    ConfirmationNumber,
    FieldGroup,
    number_field,
)
from services.platform.tokens import PrincipalKind
from services.query.domain.visibility import STANDINGS, VISIBLE, Audience, Relation, Viewer, visible
from tests.support.query_trips import AGENCY, booking, flight, hotel, trip

AIRLINE = Owner(party="skyways", source="supplier")
INSIDER = Viewer(Audience.INSIDER)
THIRD_PARTY = Viewer(Audience.THIRD_PARTY)
SKYWAYS = Viewer(Audience.SUPPLIER, "skyways", ("air",))
RIVAL = Viewer(Audience.SUPPLIER, "otherair", ("air",))
CAR_RENTAL = Viewer(Audience.SUPPLIER, "rentacar", ("car",))
SKYWAYS_FLIGHT = flight(owners=dict.fromkeys(FieldGroup, AIRLINE))
AMOUNTS = ("240.35", "120.00", "99.00")


def shown(segment: object, viewer: Viewer) -> set[str]:
    """Names of the fields of a trip's one segment that the viewer finds."""
    (seen,) = visible(trip("rome", segments=(segment,)), viewer=viewer).content.segments  # type: ignore[arg-type]
    return {name for name in FIELD_PLACES if getattr(seen, name, None)}


def test_travellers_companies_and_agencies_see_everything() -> None:
    whole = trip("rome", segments=(flight(), hotel()), bookings=(booking(),))

    assert visible(whole, viewer=INSIDER) == whole


def test_a_supplier_sees_its_own_values_in_full() -> None:
    whole = trip("rome", segments=(SKYWAYS_FLIGHT,), bookings=(booking(owner=AIRLINE),))

    assert visible(whole, viewer=SKYWAYS) == whole


def test_a_supplier_sees_its_own_number_and_not_the_agencys() -> None:
    own = ConfirmationNumber(kind=ConfirmationKind.SUPPLIER, value="S1")
    agencys = ConfirmationNumber(kind=ConfirmationKind.RECORD_LOCATOR, value="A1", issuer="wayfarer")
    plain = flight()
    (entry, *_) = plain.provenance
    numbered = plain.model_copy(
        update={
            "confirmation_numbers": (agencys, own),
            "provenance": tuple(
                entry.model_copy(
                    update={
                        "group": FieldGroup.CONFIRMATIONS,
                        "fields": (number_field(number),),
                        "owner": owner,
                    }
                )
                for number, owner in ((own, AIRLINE), (agencys, AGENCY))
            ),
        }
    )

    (seen,) = visible(trip("rome", segments=(numbered,)), viewer=SKYWAYS).content.segments

    assert seen.confirmation_numbers == (own,)


def test_of_a_rivals_flight_a_supplier_sees_no_carrier_no_number_and_no_start() -> None:
    assert shown(SKYWAYS_FLIGHT, RIVAL) == {"end", "origin", "destination", "status"}


def test_of_others_flights_a_car_rental_sees_when_and_where_and_which() -> None:
    seen = shown(SKYWAYS_FLIGHT, CAR_RENTAL)

    assert seen == {"start", "end", "origin", "destination", "status", "carrier", "flight_number"}


def test_of_others_hotels_a_supplier_sees_the_town_and_not_the_house() -> None:
    (seen,) = visible(trip("rome", segments=(hotel(),)), viewer=CAR_RENTAL).content.segments

    assert shown(hotel(), CAR_RENTAL) == {"start", "end", "place", "status"}
    assert "Albergo" not in seen.encode().decode()
    assert "Rome" in seen.encode().decode()


def test_each_field_group_is_decided_by_the_owner_of_its_own_winning_claim() -> None:
    mixed = flight(owners={FieldGroup.CARRIER_AND_NUMBER: AIRLINE})  # the rest is the agency's

    assert shown(mixed, SKYWAYS) == {"end", "origin", "destination", "status", "carrier", "flight_number"}


def test_nobody_but_insiders_and_its_source_sees_an_amount() -> None:
    paid = booking(
        charges=(Charge(kind=ChargeKind.FIXED, amount="99.00"),),
        tickets=(Ticket(number="1", total=Money(amount="99.00"), details={"Tax": "99.00"}),),
        details={"Total": "99.00"},
    )
    whole = trip("rome", segments=(flight(), hotel()), bookings=(paid,))

    for viewer in (THIRD_PARTY, SKYWAYS, CAR_RENTAL):
        text = visible(whole, viewer=viewer).encode().decode()
        assert [amount for amount in AMOUNTS if amount in text] == []
    assert all(amount in whole.encode().decode() for amount in AMOUNTS)


def test_a_third_party_sees_the_rest() -> None:
    seen = shown(flight(), THIRD_PARTY)

    assert seen == shown(flight(), INSIDER) - {"total", "details"}


def test_of_others_bookings_a_supplier_sees_the_locator_and_names_only() -> None:
    whole = trip("rome", bookings=(booking(agency_name="Horizon Travel", details={"Fare": "Y"}),))

    (seen,) = visible(whole, viewer=CAR_RENTAL).content.bookings

    assert (seen.record_locator, seen.passengers[0].last_name) == ("XYZ123", "Rossi")
    assert (seen.agency_name, seen.details, seen.passengers[0].details) == (None, {}, {})


def test_what_is_hidden_has_no_provenance_and_no_claim_either() -> None:
    (seen,) = visible(trip("rome", segments=(hotel(),)), viewer=CAR_RENTAL).content.segments

    assert {field for entry in seen.provenance for field in entry.fields} == shown(hotel(), CAR_RENTAL)
    assert seen.claims == ()


@pytest.mark.parametrize("kind", get_args(PrincipalKind))
def test_every_kind_of_token_has_a_standing_or_reads_nothing(kind: str) -> None:
    assert (kind in STANDINGS) == (kind != "operator")


def test_suppliers_and_third_parties_never_reach_the_whole_company() -> None:
    for kind in ("traveller", "supplier", "third_party"):
        assert (STANDINGS[kind].reach, STANDINGS[kind].reach_of_administrator) == ("subject", "subject")


def test_every_relation_has_its_row_in_the_table() -> None:
    assert set(VISIBLE) == set(Relation)


def test_an_agency_is_not_a_supplier_by_its_name() -> None:
    assert shown(flight(), Viewer(Audience.SUPPLIER, None, ("air",))) == {
        "end",
        "origin",
        "destination",
        "status",
    }
    assert AGENCY.party == "horizon"
