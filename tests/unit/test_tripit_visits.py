"""What a visit asks, in which order, and what it makes of each answer; without any server."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import orjson

from services.ingest.domain.fetched import PLANS, REVISION, FetchedPlans, about, fetched_answer
from services.ingest.domain.tripit.answers import read_answer
from services.ingest.domain.tripit.known import Known, Outcome, named_in, while_telling
from services.ingest.domain.tripit.visits import MOST_PAGES, Ask, Visit, follow_hint, poll, sweep
from tests.support.tripit_documents import Tree, as_json, date_time

TODAY = date(2026, 9, 20)
Script = Callable[[Ask], Tree | None]


def drive(visit: Visit, answers: Script) -> tuple[Outcome, list[Ask]]:
    asked: list[Ask] = []
    answer = None
    try:
        ask = next(visit)
        while True:
            asked.append(ask)
            said = answers(ask)
            answer = None if said is None else read_answer(as_json({"timestamp": "1790000000", **said}))
            ask = visit.send(answer)
    except StopIteration as ended:
        return ended.value, asked


def trip(number: int, *, ends: str = "2026-10-03", **more: Any) -> Tree:
    return {"id": str(number), "start_date": "2026-10-01", "end_date": ends, **more}


def stay(number: int, *, trip: int, day: str = "2026-10-01", **more: Any) -> Tree:
    return {"id": str(number), "trip_id": str(trip), "StartDateTime": date_time(day), **more}


def of_account(trips: list[Tree], plans: list[Tree]) -> Script:
    def answers(ask: Ask) -> Tree | None:
        match ask.path.split("/"):
            case ["list", "trip"] if ask.parameters["past"] == "false":
                return {"Trip": trips, "LodgingObject": plans}
            case ["list", _]:
                return {}
            case ["get", "trip", "id", named]:
                found = [one for one in trips if one["id"] == named]
                inside = [plan for plan in plans if plan["trip_id"] == named]
                return {"Trip": found, "LodgingObject": inside} if found else None
            case _:
                plan = [plan for plan in plans if ask.path.endswith(f"/{plan['id']}")]
                return {"LodgingObject": plan} if plan else None

    return answers


def swept(trips: list[Tree], plans: list[Tree], known: Known | None = None) -> tuple[Outcome, list[Ask]]:
    return drive(sweep(known or Known(), today=TODAY), of_account(trips, plans))


def test_every_page_is_asked_for_and_trips_to_come_before_past_ones() -> None:
    def answers(ask: Ask) -> Tree:
        pages = "3" if ask.path == "list/trip" else "1"
        number = ask.parameters["page_num"] + ask.parameters["past"][0].replace("f", "0").replace("t", "1")
        return {"Trip": trip(int(number)), "page_num": ask.parameters["page_num"], "max_page": pages}

    outcome, asked = drive(sweep(Known(), today=TODAY), answers)
    listed = [(a.parameters["past"], a.parameters["page_num"]) for a in asked if a.path == "list/trip"]
    assert listed == [(past, page) for past in ("false", "true") for page in ("1", "2", "3")]
    unfiled = [a.parameters["past"] for a in asked if a.path == "list/object"]
    assert unfiled == ["false", "true"]
    assert len(outcome.known.trips) >= 6


def test_what_a_first_sweep_sees_is_told_and_a_second_tells_nothing() -> None:
    first, _ = swept([trip(1)], [stay(7, trip=1), stay(8, trip=1)])
    assert first.told == {0: ("7", "8")}
    second, asked = swept([trip(1)], [stay(7, trip=1), stay(8, trip=1)], first.known)
    assert (second.told, second.gone) == ({}, ())
    assert len(asked) == 4


def test_a_missing_plan_is_asked_for_and_only_what_is_denied_is_gone() -> None:
    known = swept([trip(1)], [stay(7, trip=1), stay(8, trip=1)])[0].known
    outcome, asked = swept([trip(1)], [stay(8, trip=1)], known)
    assert outcome.gone == ("7",)
    assert asked[-1].path == "get/lodging/id/7"


def test_what_a_shifting_page_left_out_is_found_again_and_not_deleted() -> None:
    known = swept([trip(1)], [stay(7, trip=1)])[0].known
    account = of_account([trip(1)], [stay(7, trip=1, supplier_phone="1")])

    def answers(ask: Ask) -> Tree | None:
        return {} if ask.path.startswith("list/") else account(ask)

    outcome, asked = drive(sweep(known, today=TODAY), answers)
    assert outcome.gone == ()
    assert [ask.path for ask in asked[4:]] == ["get/trip/id/1"]
    assert outcome.told == {4: ("7",)}


def test_a_plan_that_moved_is_another_trips_and_not_gone() -> None:
    known = swept([trip(1), trip(2)], [stay(7, trip=1)])[0].known
    moved = of_account([trip(1), trip(2)], [stay(7, trip=2)])
    outcome, asked = drive(follow_hint(known, trip="1", today=TODAY), moved)
    assert [ask.path for ask in asked] == ["get/trip/id/1", "get/lodging/id/7"]
    assert (outcome.gone, outcome.known.plans["7"].trip) == ((), "2")


def test_of_a_hinted_trip_that_is_no_more_each_plan_is_asked_for_and_nothing_else() -> None:
    known = swept([trip(1), trip(2)], [stay(7, trip=1), stay(8, trip=1), stay(9, trip=2)])[0].known
    merged = of_account([trip(2)], [stay(7, trip=2), stay(9, trip=2)])
    outcome, asked = drive(follow_hint(known, trip="1", today=TODAY), merged)
    assert [ask.path for ask in asked] == ["get/trip/id/1", "get/lodging/id/7", "get/lodging/id/8"]
    assert (outcome.gone, outcome.told, outcome.known.plans["7"].trip) == (("8",), {1: ("7",)}, "2")


def test_a_hint_at_a_trip_of_which_nothing_is_known_costs_one_question() -> None:
    known = swept([trip(1)], [stay(7, trip=1)])[0].known
    outcome, asked = drive(follow_hint(known, trip="99", today=TODAY), of_account([], []))
    assert [ask.path for ask in asked] == ["get/trip/id/99"]
    assert (outcome.told, outcome.gone, outcome.known.plans) == ({}, (), known.plans)


def test_what_ended_long_ago_is_not_asked_for_and_stays() -> None:
    known = Known.model_validate(
        {"plans": {"7": {"kind": "lodging", "id": "7", "digest": "d", "trip": "1", "ends": "2026-06-01"}}}
    )
    outcome, asked = swept([], [], known)
    assert (outcome.gone, len(asked)) == ((), 4)
    assert outcome.known.past == ("7",), "it still stands, and is taken back when the account is left"


def test_an_old_trip_that_shows_up_is_not_told() -> None:
    old = [stay(7, trip=1, day="2026-06-01")]
    assert swept([trip(1, ends="2026-06-03")], old)[0].told == {}


UUID = "00000007-0000-9000-0002-000000000007"


def test_a_plan_of_which_more_names_are_shown_is_the_same_plan() -> None:
    known = swept([trip(1)], [stay(7, trip=1)])[0].known
    named = [stay(7, trip=1, uuid=UUID)]
    more, asked = swept([trip(1)], named, known)
    assert (more.told, more.gone, len(asked)) == ({0: ("7",)}, (), 4)
    body = as_json({"Trip": [trip(1)], "LodgingObject": named})
    read = fetched_answer(body, {PLANS: '["7"]', REVISION: "1"})
    assert isinstance(read, FetchedPlans)
    assert list(read.plans) == ["7"], "whoever normalises the answer finds it by the same key"
    by_uuid, _ = swept([trip(1)], named)
    edited = [stay(7, trip=1, supplier_phone="1")]
    outcome, _ = swept([trip(1)], edited, by_uuid.known)
    assert outcome.told == {0: (UUID,)}
    told = about(outcome.told[0], names=outcome.names)
    read = fetched_answer(as_json({"LodgingObject": edited}), {**told, REVISION: "1"})
    assert isinstance(read, FetchedPlans)
    assert list(read.plans) == [UUID], "also where the answer does not show it"
    for fewer in ([stay(7, trip=1)], named):
        again, asked = swept([trip(1)], fewer, more.known)
        assert (set(again.known.plans), again.gone, len(asked)) == ({"7"}, (), 4)


def test_a_plan_that_shows_none_of_the_names_it_had_stands_once() -> None:
    known = swept([trip(1)], [stay(7, trip=1)])[0].known
    renamed = {"trip_id": "1", "uuid": UUID, "StartDateTime": date_time("2026-10-01")}

    def answers(ask: Ask) -> Tree:
        shows = ask.path.startswith("get/") or (ask.path == "list/trip" and ask.parameters["past"] == "false")
        return {"Trip": trip(1), "LodgingObject": renamed} if shows else {}

    outcome, _ = drive(sweep(known, today=TODAY), answers)
    assert (outcome.gone, set(outcome.known.plans)) == (("7",), {UUID})


def test_an_answer_that_shows_another_plan_than_the_one_asked_for_proves_nothing_of_it() -> None:
    known = swept([trip(1)], [stay(7, trip=1), stay(8, trip=1, uuid=UUID)])[0].known
    rail = {"RailObject": {"uuid": "another", "Segment": {"id": "1"}}}
    others: list[Tree] = [
        {"LodgingObject": stay(8, trip=1, uuid=UUID)},
        {"LodgingObject": {"uuid": UUID, "trip_id": "1"}},
        {"LodgingObject": stay(99, trip=1)},
        {"LodgingObject": stay(99, trip=1, uuid="another")},
        {"LodgingObject": [{"uuid": "another"}, {"uuid": "one more"}]},
        rail,
    ]
    for other in others:

        def answers(ask: Ask, other: Tree = other) -> Tree | None:
            rest = of_account([trip(1)], [stay(8, trip=1, uuid=UUID)])
            return other if ask.path == "get/lodging/id/7" else rest(ask)

        outcome, asked = drive(sweep(known, today=TODAY), answers)
        assert "get/lodging/id/7" in [ask.path for ask in asked]
        assert outcome.gone == (), other
        assert outcome.known.plans["7"] == known.plans["7"]


def test_a_name_that_is_too_long_for_one_hides_no_plan_that_has_another() -> None:
    long = "9" * 200
    outcome, _ = swept([trip(1)], [stay(7, trip=1, uuid=long), {**stay(8, trip=1), "id": long, "uuid": UUID}])
    assert set(outcome.known.plans) == {"7", UUID}
    assert swept([trip(1)], [{**stay(8, trip=1), "id": long}])[0].told == {}


def test_a_cache_that_answers_with_the_past_changes_nothing() -> None:
    known = swept([trip(1)], [stay(7, trip=1, last_modified="20", supplier_phone="new")])[0].known
    for old in ({"supplier_phone": "old"}, {"is_client_traveler": "false"}):
        account = of_account([trip(1)], [stay(7, trip=1, last_modified="10", **old)])

        def cached(ask: Ask, account: Script = account) -> Tree | None:
            said = account(ask)
            return said and {**said, "timestamp": "1789990000"}

        for visit in (sweep, poll, partial(follow_hint, trip="1")):
            outcome, _ = drive(visit(known, today=TODAY), cached)
            assert (outcome.told, outcome.gone, outcome.known.plans) == ({}, (), known.plans)


def test_what_seems_older_than_what_is_known_is_asked_for_by_itself_and_then_believed() -> None:
    """TripIt's nodes need not agree about the time: an edit may bear an older stamp than the one before."""
    known = swept([trip(1)], [stay(7, trip=1, last_modified="20", supplier_phone="old")])[0].known
    edited = of_account([trip(1)], [stay(7, trip=1, last_modified="10", supplier_phone="new")])
    for visit in (sweep, partial(follow_hint, trip="1")):
        outcome, asked = drive(visit(known, today=TODAY), edited)
        assert asked[-1].path == "get/lodging/id/7"
        assert list(outcome.told.values()) == [("7",)]
        again, _ = drive(visit(outcome.known, today=TODAY), edited)
        assert again.told == {}
    poll_shows = {"LodgingObject": stay(7, trip=1, last_modified="10", supplier_phone="new")}
    outcome, _ = drive(poll(known, today=TODAY), lambda _: poll_shows)
    assert outcome.told == {1: ("7",)}


def test_what_seems_older_and_is_denied_by_itself_is_gone() -> None:
    known = swept([trip(1)], [stay(7, trip=1, last_modified="20")])[0].known
    account = of_account([trip(1)], [stay(7, trip=1, last_modified="10")])
    outcome, _ = drive(
        sweep(known, today=TODAY), lambda ask: None if ask.path == "get/lodging/id/7" else account(ask)
    )
    assert (outcome.told, outcome.gone) == ({}, ("7",))


def test_a_shared_trip_of_somebody_else_is_left_out_with_its_plans() -> None:
    account = with_me(of_account([shared(1)], [stay(7, trip=1)]))
    outcome, _ = drive(sweep(Known(), today=TODAY), account)
    assert (outcome.told, outcome.known.plans) == ({}, {})


def test_a_poll_says_nothing_of_what_is_missing_and_asks_from_tripits_own_time_on() -> None:
    known = swept([trip(1)], [stay(7, trip=1)])[0].known
    assert known.cursor == 1_790_000_000 - 60
    outcome, asked = drive(poll(known, today=TODAY), lambda _: {"LodgingObject": stay(8, trip=1)})
    assert asked[0].parameters["modified_since"] == str(known.cursor)
    assert (outcome.gone, outcome.told) == ((), {0: ("8",)})


def test_what_the_calendar_told_is_taken_back_without_asking_the_api_for_it() -> None:
    known = Known.model_validate({"plans": {"in-1": {"kind": "feed", "id": "in-1", "digest": "d"}}})
    outcome, asked = swept([trip(1)], [stay(7, trip=1)], known)
    assert outcome.gone == ("in-1",)
    assert len(asked) == 4


def test_an_unfiled_plan_of_last_month_is_told_at_first_sight() -> None:
    old = {**stay(7, trip=0, day="2026-08-12"), "is_client_traveler": "true"}

    def answers(ask: Ask) -> Tree:
        shows = ask.path == "list/object" and ask.parameters["past"] == "true"
        return {"LodgingObject": old} if shows else {}

    outcome, _ = drive(sweep(Known(), today=TODAY), answers)
    assert list(outcome.told.values()) == [("7",)]


def test_an_answer_without_the_plan_that_was_asked_for_denies_nothing() -> None:
    known = swept([trip(1)], [stay(7, trip=1)])[0].known
    outcome, asked = drive(sweep(known, today=TODAY), lambda _: {})
    assert asked[-1].path == "get/lodging/id/7"
    assert (outcome.gone, outcome.known.plans) == ((), known.plans)


def shared(number: int) -> Tree:
    return trip(number, TripInvitees={"Invitee": [{"@profile_ref": "ME", "is_traveler": "false"}]})


def with_me(account: Script) -> Script:
    def answers(ask: Ask) -> Tree | None:
        said = account(ask)
        return said if said is None else {**said, "Profile": {"@ref": "ME", "is_client": "true"}}

    return answers


def test_a_plan_moved_into_somebody_elses_trip_is_gone_however_it_is_looked_at() -> None:
    known = swept([trip(1)], [stay(7, trip=1)])[0].known
    account = of_account([trip(1), shared(2)], [stay(7, trip=2)])

    def answers(ask: Ask) -> Tree | None:
        own = ask.path == "list/object" and ask.parameters["traveler"] == "true"
        said = {"LodgingObject": stay(7, trip=2)} if own else account(ask)
        return {**said, "Trip": trip(1)} if said and ask.path == "list/trip" else said

    for visit in (sweep, poll, partial(follow_hint, trip="1"), partial(follow_hint, trip="2")):
        outcome, _ = drive(visit(known, today=TODAY), with_me(answers))
        assert (outcome.told, outcome.gone) == ({}, ("7",)), visit
        again, _ = drive(visit(outcome.known, today=TODAY), with_me(answers))
        assert (again.told, again.gone) == ({}, ()), "it does not come back"


def test_whose_a_trip_is_costs_no_question_where_it_is_known() -> None:
    known = swept([trip(1)], [stay(7, trip=1)])[0].known
    _, asked = drive(poll(known, today=TODAY), lambda _: {"LodgingObject": stay(7, trip=1)})
    assert len(asked) == 1


def test_while_a_plan_is_being_told_nothing_is_sure_of_it() -> None:
    known = swept([trip(1)], [stay(7, trip=1), stay(8, trip=1), stay(9, trip=1)])[0].known
    edited = [stay(7, trip=1, supplier_phone="1"), stay(8, trip=1), stay(10, trip=1)]
    outcome, _ = swept([trip(1)], edited, known)
    unsure = while_telling(known, outcome)
    assert {key for key, plan in unsure.plans.items() if plan.digest is None} == {"7", "9", "10"}
    assert not unsure.is_sure
    as_before = [stay(7, trip=1), stay(8, trip=1), stay(9, trip=1)]
    after, _ = swept([trip(1)], as_before, unsure)
    assert (after.told, after.gone) == ({0: ("7", "9")}, ("10",)), "told again, though it is as it was"
    assert after.known.is_sure


def test_a_plan_that_ended_long_ago_stands_until_it_comes_back_into_the_window() -> None:
    known = swept([trip(1)], [stay(7, trip=1)])[0].known
    long_after = date(2027, 3, 1)
    left, _ = drive(sweep(known, today=long_after), of_account([trip(1)], [stay(7, trip=1)]))
    assert (left.told, left.gone, left.known.plans, left.known.past) == ({}, (), {}, ("7",))
    postponed = [stay(7, trip=1, day="2027-04-01")]
    back, _ = drive(sweep(left.known, today=long_after), of_account([trip(1, ends="2027-04-03")], postponed))
    assert (tuple(back.told.values()), back.known.past) == ((("7",),), ())


def test_a_stay_that_outlasts_a_trip_of_the_past_is_asked_for_and_gone_once_it_is_denied() -> None:
    known = Known.model_validate(
        {
            "plans": {"7": {"kind": "lodging", "id": "7", "digest": "d", "trip": "1", "ends": "2026-12-01"}},
            "trips": {"1": "2026-05-01"},
        }
    )
    outcome, asked = swept([trip(1, ends="2026-05-01")], [], known)
    assert outcome.gone == ("7",)
    assert "get/lodging/id/7" in [ask.path for ask in asked]


def test_an_answer_that_names_nobody_makes_no_trip_somebody_elses() -> None:
    invitee = {"is_traveler": "false", "is_read_only": "false"}
    mine = trip(1, TripInvitees={"Invitee": invitee})
    assert swept([mine], [stay(7, trip=1)])[0].told == {0: ("7",)}


def test_half_a_character_of_a_text_that_was_cut_hides_no_plan() -> None:
    outcome, _ = swept([trip(1)], [stay(7, trip=1, supplier_name="Sacher \ud83d")])
    assert outcome.told == {0: ("7",)}


def flight(*, segments: int, **more: Any) -> Tree:
    inner = {"start_airport_code": "VIE", "StartDateTime": date_time("2026-10-01")}
    return {"id": "70", "trip_id": "1", "Segment": [{**inner, "id": str(n)} for n in range(segments)], **more}


def test_a_flight_without_its_segments_is_asked_for_before_it_is_taken_back() -> None:
    whole, empty = flight(segments=1), flight(segments=0)

    def look(listed: Tree, alone: Tree, known: Known) -> tuple[Outcome, list[Ask]]:
        def answers(ask: Ask) -> Tree:
            if ask.path == "list/trip" and ask.parameters["past"] == "false":
                return {"Trip": trip(1), "AirObject": listed}
            return {"AirObject": alone} if ask.path == "get/air/id/70" else {}

        return drive(sweep(known, today=TODAY), answers)

    known = look(whole, whole, Known())[0].known
    for alone, gone in ((whole, ()), (empty, ("70",))):
        outcome, asked = look(empty, alone, known)
        assert asked[-1].path == "get/air/id/70"
        assert (outcome.told, outcome.gone) == ({}, gone)


def test_a_list_that_claims_pages_without_end_is_left_at_some_page() -> None:
    endless = {"max_page": "999999999999999"}
    _, asked = drive(poll(Known(), today=TODAY), lambda _: endless)
    assert len(asked) == MOST_PAGES


def test_a_plan_that_no_booking_can_hold_is_kept_as_it_was_and_the_others_go_on() -> None:
    def shows(air: list[Tree], hotel: Tree, known: Known) -> Outcome:
        def answers(ask: Ask) -> Tree:
            listed = ask.path == "list/trip" and ask.parameters["past"] == "false"
            return {"Trip": trip(1), "AirObject": air, "LodgingObject": hotel} if listed else {}

        return drive(sweep(known, today=TODAY), answers)[0]

    before = shows([flight(segments=1)], stay(7, trip=1), Known()).known
    too_many = [flight(segments=501), {**flight(segments=501), "id": "71"}]
    outcome = shows(too_many, stay(7, trip=1, supplier_name="new"), before)
    assert (outcome.told, outcome.gone) == ({0: ("7",)}, ())
    plans = outcome.known.plans
    assert plans["70"] == before.plans["70"].model_copy(update={"problems": ("unreadable",)})
    assert (plans["71"].digest, plans["71"].problems) == (None, ("unreadable",))
    mended = [flight(segments=1), {**flight(segments=2), "id": "71"}]
    after = shows(mended, stay(7, trip=1, supplier_name="new"), outcome.known)
    assert (after.told, after.gone) == ({0: ("71",)}, ())
    assert not any(plan.problems for plan in after.known.plans.values())


def test_what_was_told_is_named_as_far_as_anything_of_it_can_be_read() -> None:
    known, _ = swept([trip(7)], [stay(11, trip=7), stay(12, trip=7)])
    kept = known.known.without_cursor().model_dump(mode="json")
    for wrong, named in (
        ({**kept, "trips": 7}, {"11", "12"}),
        ({"plans": {"11": None, "": 1, "x" * 129: {}}, "past": ["13", 14, None]}, {"11", "13"}),
        ({"plans": 7, "past": "13"}, set[str]()),
        ([], set[str]()),
    ):
        assert set(named_in(orjson.dumps(wrong).decode()).past) == named
    assert named_in('{"plans": {"\\ud800": 1}}') == Known()
