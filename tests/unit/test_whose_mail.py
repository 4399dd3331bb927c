"""Whose mail it is: by token, by secret address, by a proven sender; names and headers only propose."""

from itertools import product

import pytest

from schemas.booking_record import Passenger
from services.ingest.domain.authenticity import Authenticity
from services.ingest.domain.json_bookings import JsonBooking
from services.ingest.domain.whose_mail import DOUBTS, Evidence, Person, is_for, named_in, whose

ADA, BO = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
SIGNED = Authenticity(result="pass", signed_for=("acme@trips.example",))
PASS, FAIL, NONE = (Authenticity(result=r) for r in ("pass", "fail", "none"))


@pytest.mark.parametrize(
    ("evidence", "traveller", "doubt", "proposed"),
    [
        (Evidence(FAIL, given_to=ADA), ADA, None, None),
        (Evidence(PASS, sender=ADA), ADA, None, None),
        (Evidence(NONE, sender=ADA), None, "unproven_sender", ADA),
        (Evidence(FAIL, sender=ADA), None, "spoofed", ADA),
        (Evidence(PASS), None, "unknown_sender", None),
        (Evidence(PASS, named=frozenset({ADA})), None, "unknown_sender", ADA),
        (Evidence(PASS, named=frozenset({ADA, BO})), None, "unknown_sender", None),
        (Evidence(NONE, addressee=ADA), ADA, None, None),
        (Evidence(PASS, addressee=ADA), ADA, None, None),
        (Evidence(FAIL, addressee=ADA), None, "spoofed", ADA),
        (Evidence(PASS, addressee=ADA, sender=BO), ADA, None, None),
        (Evidence(SIGNED, sender=ADA, recipient="acme@trips.example"), ADA, None, None),
        (Evidence(SIGNED, sender=ADA, recipient="globex@trips.example"), None, "signed_for_others", ADA),
        (Evidence(SIGNED, addressee=ADA, recipient="acme+1@trips.example"), ADA, None, None),
    ],
)
def test_whose_it_is(evidence: Evidence, traveller: str, doubt: str, proposed: str) -> None:
    assert whose(evidence) == (traveller, doubt, proposed)


def test_it_is_somebodys_or_there_is_a_doubt_and_no_name_ever_makes_it_somebodys() -> None:
    people = (None, ADA, BO)
    for proof, given_to, addressee, sender in product((PASS, FAIL, NONE), people, people, people):
        found = whose(Evidence(proof, given_to, addressee, sender, named=frozenset({BO})))
        assert (found.traveller is None) == (found.doubt is not None)
        assert found.doubt is None or found.doubt in DOUBTS
        assert found.traveller in {None, given_to, addressee, sender}


def booking(*names: tuple[str, str]) -> JsonBooking:
    passengers = tuple(Passenger(first_name=first, last_name=last) for first, last in names)
    return JsonBooking(booking_source="B", record_locator="L", passengers=passengers)


def test_a_booking_is_for_a_traveller_unless_it_names_others_only() -> None:
    ada = Person(ADA, "Ada", "Byron")
    assert is_for(booking(), person=ada)
    assert is_for(booking(("BYRON", "ADA MRS")), person=ada)
    assert is_for(booking(("Bo", "Diaz"), ("Ada", "Byron")), person=ada)
    assert not is_for(booking(("Bo", "Diaz")), person=ada)
    assert not is_for(booking(("Anne", "Byron")), person=ada)
    assert is_for(booking(("Bo", "Diaz")), person=Person(ADA))
    assert is_for(booking(("Bo", "Diaz")), person=None)


def test_names_lead_to_the_people_who_bear_both() -> None:
    people = (Person(ADA, "Ada", "Byron"), Person(BO, None, "Byron"))
    assert named_in([booking(("Ada", "Byron"))], people=people) == {ADA}
    assert named_in([booking()], people=people) == frozenset()
