"""What is written, sorted by traveller on disk: the last value of each key, whatever came before it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.base import canonical_json
from schemas.booking_record import InstantRecord, SettingsRecord
from schemas.identifiers import instant_key, progress_key, settings_key, traveller_id
from schemas.settings import TenantSettings
from schemas.topics import BOOKINGS, RECORDS, TRIPS
from services.consolidator.shelves import Shelves
from services.consolidator.written import Written
from services.platform.settings import KafkaSettings

TRAVELLERS = [traveller_id(tenant="acme", login=f"t{number}") for number in range(4)]


class Message(NamedTuple):
    topic: str
    key: bytes
    value: bytes | None


def _written() -> Written:
    """What never reads on needs no broker."""
    kafka = KafkaSettings(bootstrap="nowhere:1")
    return Written(kafka, partitions=2, only=1, on_progress=lambda _read, _total: None)


def _instant(traveller: int, offset: int) -> Message:
    of = TRAVELLERS[traveller]
    key = instant_key(tenant="acme", traveller=of)
    record = InstantRecord(
        tenant="acme", traveller=of, record=key, founded=0, founded_ms=0, offset=offset,
        instant="2026-05-12T10:00:00Z",
    )  # fmt: skip
    return Message(RECORDS.name, key.encode(), record.encode())


def _trip(traveller: int, name: str, offset: int, **more: Any) -> Message:
    value = {
        "id": name, "kind": "deleted", "tenant": "acme", "traveller": TRAVELLERS[traveller],
        "version": {"epoch": 1, "offset": offset}, "changes": [], **more,
    }  # fmt: skip
    return Message(TRIPS.name, name.encode(), canonical_json(value))


def _all_that_is_written(messages: Sequence[Message]) -> dict[str, tuple[list[int], list[str]]]:
    """Return by traveller the offsets of the records and the versions of the trips."""
    with _written() as written:
        for number, message in enumerate(messages):
            written.take(*message, partition=1)
            if number == len(messages) // 2:
                list(written.each_traveller())  # a look in between disturbs nothing
        return {
            traveller: (
                [record.offset for record in of.records.values()],
                sorted(f"{trip.parsed['id']} {trip.version[1]}" for trip in of.trips.values()),
            )
            for (_, traveller), of in written.each_traveller()
        }


@st.composite
def _any_messages(draw: st.DrawFn) -> list[Message]:
    messages: list[Message] = []
    for offset in range(draw(st.integers(0, 20))):
        traveller = draw(st.integers(0, 3))
        message = draw(
            st.sampled_from([_instant(traveller, offset), _trip(traveller, f"trip {traveller}", offset)])
        )
        messages.append(message._replace(value=None) if draw(st.booleans()) else message)
    return messages


@settings(max_examples=30, deadline=None)  # each opens files
@given(messages=_any_messages())
def test_the_last_word_on_each_key_is_what_is_written(messages: list[Message]) -> None:
    last = {(message.topic, message.key): message for message in messages}
    kept = [message for message in last.values() if message.value is not None]

    assert _all_that_is_written(messages) == _all_that_is_written(kept)
    assert sum(len(records) + len(trips) for records, trips in _all_that_is_written(kept).values()) == len(
        kept
    )


def test_what_is_none_of_ours_takes_the_place_of_the_trip_under_its_key() -> None:
    nobodys, broken = b"[7]", _trip(0, "b", 2).value or b""
    with _written() as written:
        for message in (
            _trip(0, "a", 1),
            Message(TRIPS.name, b"a", nobodys),
            Message(TRIPS.name, b"b", broken.replace(b'"version"', b'"edition"')),
            Message(TRIPS.name, b"c", b""),
            Message(TRIPS.name, b"d", nobodys),
            _trip(0, "d", 1),
            _trip(1, "e", 3),
        ):
            written.take(*message, partition=1)

        assert {trip for _, of in written.each_traveller() for trip in of.trips} == {"d", "e"}
        assert written.unreadable == {"a", "b", "c"}


def test_a_record_that_is_none_of_ours_stops_everything() -> None:
    with _written() as written:
        written.take(RECORDS.name, b"r", b"[7]", partition=1)
        with pytest.raises(ValueError, match="no record"):
            list(written.each_traveller())


def test_whose_a_value_is_does_not_depend_on_words_in_it() -> None:
    said = [
        _trip(0, "a", 1, withdrawal={"tenant": "other", "traveller": "else"}),
        _trip(0, "b", 1, note=',"tenant":"x'),
    ]

    assert _all_that_is_written(said) == {TRAVELLERS[0]: ([], ["a 1", "b 1"])}


def test_settings_and_progress_are_the_partitions_own() -> None:
    tenants = TenantSettings(revision=7)
    key = settings_key(tenant="acme", partition=1)
    marker = {"kind": "progress", "partition": 1, "epoch": 3, "offset": 9, "outcomes": []}
    with _written() as written:
        written.take(*_instant(0, 1), partition=1)
        record = SettingsRecord(tenant="acme", record=key, offset=4, settings=tenants)
        written.take(RECORDS.name, key.encode(), record.encode(), partition=1)
        progress = progress_key(topic=BOOKINGS.name, partition=1).encode()
        written.take(TRIPS.name, progress, canonical_json(marker), partition=1)

        ((_, of),) = written.each_traveller()
        assert (of.settings.revision, of.partition.done()) == (7, (3, 9))


def test_who_is_asked_for_is_told_of_even_where_nothing_is_written() -> None:
    with _written() as written:
        written.take(*_instant(0, 1), partition=1)
        also = [("acme", TRAVELLERS[0]), ("acme", TRAVELLERS[1])]
        found = list(written.each_traveller(sampled={TRAVELLERS[0]}.__contains__, also=also))

    assert [key for key, _ in found] == also
    assert [of.partition.number for _, of in found] == [1, 1]


def test_of_others_than_the_sampled_nothing_is_kept() -> None:
    kafka = KafkaSettings(bootstrap="nowhere:1")
    ours = {TRAVELLERS[0]}.__contains__
    with Written(kafka, partitions=2, sampled=ours, on_progress=lambda _read, _total: None) as written:
        for message in (_instant(0, 1), _instant(1, 2), _trip(0, "a", 1), _trip(1, "b", 2)):
            written.take(*message, partition=1)

        assert [(key[1], [*of.trips]) for key, of in written.each_traveller()] == [(TRAVELLERS[0], ["a"])]


def test_a_shelf_holds_a_small_part_of_what_there_is() -> None:
    with Shelves() as shelves:
        for number in range(2000):
            traveller = traveller_id(tenant="acme", login=f"t{number}")
            shelves.put(b"%d" % number, b"", owner=traveller.encode(), is_trip=False, partition=0)

        assert max(len(shelf.records) for shelf in shelves.each()) < 2000 / 20


def test_nothing_of_it_has_a_name_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with _written() as written:
        written.take(*_instant(0, 1), partition=1)
        list(written.each_traveller())

        assert list(tmp_path.iterdir()) == []
