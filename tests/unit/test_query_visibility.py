"""Who sees which field."""

from typing import get_args

import pytest

from schemas.booking_record import Owner, Passenger, Ticket
from schemas.money import Money
from schemas.segments import (
    FIELD_PLACES,
    Charge,
    ChargeKind,
    ConfirmationKind,
    ConfirmationNumber,
    FieldGroup,
    SegmentStatus,
    number_field,
)
from schemas.trip import TripSegment
from services.platform.principals import PrincipalKind
from services.query.domain.visibility import STANDINGS, Audience, Viewer, relation, visible
from services.query.domain.visible_fields import VISIBLE, Relation
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

    seen = visible(whole, viewer=SKYWAYS).content

    assert (seen.segments, seen.bookings) == (whole.content.segments, whole.content.bookings)


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
    assert shown(SKYWAYS_FLIGHT, RIVAL) == {"end", "origin", "destination"}


@pytest.mark.parametrize("travel_types", [(), ("Air",), ("car", "air")])
def test_whoever_may_sell_flights_is_a_rival(travel_types: tuple[str, ...]) -> None:
    viewer = Viewer(Audience.SUPPLIER, "otherair", travel_types)

    assert relation(viewer, owner=AIRLINE, kind="air") is Relation.RIVAL_FLIGHT
    assert relation(viewer, owner=AIRLINE, kind="rail") is Relation.OTHERS


def test_of_others_flights_a_car_rental_sees_when_and_where_and_which() -> None:
    seen = shown(SKYWAYS_FLIGHT, CAR_RENTAL)

    assert seen == {
        "start", "end", "origin", "destination", "origin_terminal", "carrier", "flight_number",
    }  # fmt: skip


def test_of_others_hotels_a_supplier_sees_the_town_and_not_the_house() -> None:
    (seen,) = visible(trip("rome", segments=(hotel(),)), viewer=CAR_RENTAL).content.segments

    assert shown(hotel(), CAR_RENTAL) == {"start", "end", "place", "status"}
    assert "Albergo" not in seen.encode().decode()
    assert "Rome" in seen.encode().decode()


def test_each_field_group_is_decided_by_the_owner_of_its_own_winning_claim() -> None:
    mixed = flight(owners={FieldGroup.CARRIER_AND_NUMBER: AIRLINE})  # the rest is the agency's

    assert shown(mixed, SKYWAYS) == {"end", "origin", "destination", "carrier", "flight_number"}


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
    assert shown(flight(), Viewer(Audience.SUPPLIER, None, ("air",))) == {"end", "origin", "destination"}
    assert AGENCY.party == "horizon"


RENTAL = Owner(party="rentacar", source="supplier")


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize("owner", [RENTAL, AGENCY])
def test_a_status_that_nobody_stated_is_known_to_whose_it_is_and_to_third_parties(
    owner: Owner, live: bool
) -> None:
    booked = hotel(owners=dict.fromkeys(FieldGroup, owner))
    status = SegmentStatus.CONFIRMED if live else SegmentStatus.CANCELLED
    unstated = booked.model_copy(
        update={
            "status": status,
            "provenance": tuple(e for e in booked.provenance if e.group is not FieldGroup.STATUS),
            "claims": tuple(claim.model_copy(update={"live": live}) for claim in booked.claims),
        }
    )

    def seen(viewer: Viewer, segment: TripSegment) -> list[SegmentStatus | None]:
        content = visible(trip("rome", segments=(segment,)), viewer=viewer).content
        return [one.status for one in content.segments]

    assert seen(INSIDER, unstated) == seen(THIRD_PARTY, unstated) == seen(CAR_RENTAL, unstated) == [status]
    ride = flight(owners=dict.fromkeys(FieldGroup, owner)).model_copy(
        update={name: getattr(unstated, name) for name in ("status", "claims")}
        | {"provenance": tuple(e for e in flight().provenance if e.group is FieldGroup.ROUTE_AND_TIMES)}
    )
    known = [status] if owner == RENTAL else [None] if live else []
    assert seen(CAR_RENTAL, ride) == known


@pytest.mark.parametrize("viewer", [THIRD_PARTY, RIVAL, CAR_RENTAL])
def test_nobody_gets_a_hash_from_which_hidden_amounts_could_be_guessed(viewer: Viewer) -> None:
    whole = trip("rome", segments=(SKYWAYS_FLIGHT, hotel()), bookings=(booking(), booking(owner=AIRLINE)))
    hashed = whole.content.bookings[0].revision.content_hash

    assert hashed in whole.encode().decode()
    assert hashed not in visible(whole, viewer=viewer).encode().decode()


def test_a_third_party_sees_passengers_without_their_senders_own_fields() -> None:
    travelling = Passenger(first_name="Ada", details={"fare": "540.00"})
    plain = booking().model_copy(update={"passengers": (travelling,)})

    (seen,) = visible(trip("rome", bookings=(plain,)), viewer=THIRD_PARTY).content.bookings

    assert [(one.first_name, one.details) for one in seen.passengers] == [("Ada", {})]
