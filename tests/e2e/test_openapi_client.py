"""A typed client that is generated from the running system's own description reads its answers."""

import importlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.command_line.running import RunningUp
from tests.support.command_line import Installation
from tests.support.live_system import LiveClient, stay

MAILS_AS_BYTES = "content_type_overrides:\n  message/rfc822: application/octet-stream\n"
Call = Callable[..., Any]


@pytest.fixture(scope="module")
def live(installation: Installation, running: RunningUp) -> LiveClient:
    return LiveClient(installation, running)


@pytest.fixture(scope="module")
def package(live: LiveClient, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name under which the generated package is imported; the generator has nothing to complain of."""
    folder = tmp_path_factory.mktemp("client")
    described, settings = folder / "openapi.json", folder / "settings.yaml"
    described.write_text(live.http.get("/openapi.json").text)
    settings.write_text(MAILS_AS_BYTES)
    name = "generated_itinerary_client"
    generator = Path(sys.executable).with_name("openapi-python-client")
    options = ["--path", described, "--config", settings, "--output-path", folder / name, "--meta", "none"]
    subprocess.run(
        [generator, "generate", *options, "--fail-on-warning"],
        check=True,
        cwd=folder,
        timeout=120,
    )
    sys.path.insert(0, str(folder))
    return name


@pytest.fixture
def call(live: LiveClient, package: str) -> Call:
    """Calls an operation by its tag and name in the traveller's name, and returns status, headers, value."""

    def calling(tag: str, operation: str, *arguments: Any, by: dict[str, str] = live.me, **said: Any) -> Any:
        client = importlib.import_module(f"{package}.client").AuthenticatedClient(
            base_url=live.url,
            token=by["Authorization"].removeprefix("Bearer "),
            timeout=httpx.Timeout(30),
            httpx_args={"trust_env": False},
        )
        module = importlib.import_module(f"{package}.api.{tag}.{operation}")
        return module.sync_detailed(*arguments, client=client, **said)

    return calling


@pytest.fixture
def models(package: str) -> Any:
    return importlib.import_module(f"{package}.models")


def posted(call: Call, models: Any, locator: str, *segments: dict[str, Any]) -> str:
    """Post a booking that a mail told, and return its position."""
    said = {"source": "email", "booking_source": "Web", "record_locator": locator, "segments": segments}
    answer = call("bookings", "post_json_bookings", body=models.PostedJsonBooking.from_dict(said))
    assert answer.status_code == 202, answer.content
    assert answer.parsed.results[0].status.value == "accepted"
    return answer.headers["Itinerary-Position"]


def test_a_journey_is_posted_read_corrected_and_taken_back_in_types(call: Call, models: Any) -> None:
    after = posted(call, models, "KX7Q2P", stay("Rome", "2038-05-01", "2038-05-03"))
    (trip,) = call("trips", "list_trips", after=after).parsed.trips
    assert isinstance(trip.segments[0], models.ShownHotel)
    assert trip.segments[0].place.city == "Rome"

    shown = call("trips", "get_trip", trip.id)
    name = models.PostedNameRequest.from_dict({"action": "name", "name": "Honeymoon"})
    headers = {"if_match": shown.headers["ETag"], "idempotency_key": '"k1"'}
    word = call("overrides", "correct_trip", trip.id, body=name, **headers)
    assert isinstance(word.parsed, models.OverrideSaid)
    named = call("trips", "get_trip", trip.id, after=word.headers["Itinerary-Position"])
    assert named.parsed.name == "Honeymoon"

    (said,) = call("changes", "list_trip_overrides", trip.id).parsed.overrides
    assert said.override == word.parsed.override
    undone = call("overrides", "undo_override", said.override)
    back = call("trips", "get_trip", trip.id, after=undone.headers["Itinerary-Position"])
    assert back.parsed.name == "Trip to Rome"

    versions = call("changes", "get_trip_history", trip.id).parsed.versions
    assert [difference.after for difference in versions[0].differences] == ["Trip to Rome"]
    told = call("trips", "get_trip_provenance", trip.id).parsed.segments[0]
    assert {entry.owner.source.value for entry in told.provenance} == {"email"}
    changes = call("changes", "list_changes").parsed.changes
    assert {change.trip_id for change in changes} == {trip.id}
    message = call("trips", "get_message", word.parsed.message).parsed
    assert message.outcomes[0].result.value == "applied"


def test_links_feeds_and_mails_are_read_in_types(call: Call, models: Any) -> None:
    after = posted(call, models, "OSL1", stay("Oslo", "2038-07-01", "2038-07-03"))
    trip = call("trips", "list_trips", after=after, q="oslo").parsed.trips[0].id

    made = call("shares", "make_share", trip, body=models.ShareRequest(days=3)).parsed
    assert [share.id for share in call("shares", "list_shares", trip).parsed.shares] == [made.id]
    assert call("shares", "revoke_share", made.id).status_code == 204
    feed = call("calendar", "make_calendar_feed", body=models.FeedRequest(name="Mine")).parsed
    assert call("calendar", "list_calendar_feeds").parsed.feeds[0].id == feed.id
    assert httpx.get(feed.url, trust_env=False).text.startswith("BEGIN:VCALENDAR")
    assert call("emails", "list_emails").parsed.emails == []
    assert call("emails", "list_mail_addresses").status_code == 200


def test_a_companys_side_is_read_in_types(call: Call, live: LiveClient) -> None:
    admin = live.token("--admin", "boss@acme.example")

    people = call("travellers", "list_travellers", by=admin).parsed.travellers
    assert live.login in {login for person in people for login in person.logins}
    settings = call("settings", "get_settings", by=admin).parsed
    assert settings.merge_gap_days == 0
    assert call("webhooks", "list_webhooks", by=admin).parsed.webhooks == []


def test_a_refusal_is_a_problem_in_types(call: Call, models: Any) -> None:
    wrong = call("trips", "list_trips", cursor="torn")
    missing = call("trips", "get_trip", "00000000-0000-5000-8000-000000000000")

    assert isinstance(wrong.parsed, models.Problem)
    assert (wrong.status_code, wrong.parsed.field) == (400, "cursor")
    assert (missing.status_code, missing.parsed.status) == (404, 404)
