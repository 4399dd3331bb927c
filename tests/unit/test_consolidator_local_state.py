"""A partition's local state: what it holds, on a disk and without one, and what may become of that disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.topics import RECORDS
from services.consolidator.in_memory import InMemory
from services.consolidator.local_state import LocalStateBroken, OnDisk, StateFolder, claimed
from services.consolidator.partition import LocalState
from services.consolidator.values import Note, Output
from services.platform.awaiting import CannotStart
from tests.support.any_local_state import Change, any_changes, held


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[StateFolder]:
    with claimed(tmp_path) as claimed_folder:
        yield claimed_folder


def _value(key: str, text: str = "1", *, tenant: str = "acme", traveller: str = "ada") -> Output:
    return Output(RECORDS.name, key.encode(), text.encode(), tenant=tenant, traveller=traveller)


@settings(max_examples=15, deadline=None)  # each opens files
@given(changes=st.lists(any_changes(), max_size=12))
def test_a_disk_holds_what_memory_holds(
    changes: list[Change], tmp_path_factory: pytest.TempPathFactory
) -> None:
    in_memory = InMemory()
    with claimed(tmp_path_factory.mktemp("state")) as folder:
        on_disk = folder.of_partition(0)
        for change in changes:
            for state in (in_memory, on_disk):
                change.apply(state)
            assert held(on_disk) == held(in_memory)


def test_what_was_written_is_there_after_the_process_was_killed(tmp_path: Path) -> None:
    with claimed(tmp_path) as folder:
        # Never closed: what a killed process leaves is what it wrote.
        folder.of_partition(3).write([_value("r")], note=Note(positions={RECORDS.name: 7}, poisoned=(1, 2)))

    with claimed(tmp_path) as folder:
        again = folder.of_partition(3)
        assert again.note() == Note(positions={RECORDS.name: 7}, poisoned=(1, 2))
        assert [*again.of_traveller(tenant="acme", traveller="ada")] == [(RECORDS.name, "r", b"1")]


@pytest.mark.usefixtures("folder")
def test_two_workers_cannot_share_a_folder(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="STATE_FOLDER"), claimed(tmp_path):
        pass


def test_a_folder_that_cannot_be_written_is_told_before_work_begins(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotStart, match="STATE_FOLDER"), claimed(tmp_path / "file"):
        pass


def test_one_tenants_name_may_begin_as_anothers_does(folder: StateFolder) -> None:
    state = folder.of_partition(0)
    values = [_value(f"{t}{u}", tenant=t, traveller=u) for t in ("a", "a-b", "ab") for u in ("u", "u1", "u2")]
    kept = [_value(f"s{t}", f"settings of {t}", tenant=t, traveller="") for t in ("a", "ab")]
    state.write([*values, *kept], note=Note())

    assert state.travellers_of("a", after=None, most=5) == ["u", "u1", "u2"]
    assert state.travellers_of("a", after="u", most=1) == ["u1"]
    assert [*state.settings()] == [b"settings of a", b"settings of ab"]
    assert [key for _, key, _ in state.of_traveller(tenant="a", traveller="u")] == ["au"]


@pytest.mark.parametrize("file", ["*.sst", "CURRENT", "MANIFEST-*"])
def test_what_is_broken_is_told_and_a_forgotten_state_works_again(tmp_path: Path, file: str) -> None:
    _filled(tmp_path)
    for broken in (tmp_path / "form-1" / "partition-0").rglob(file):
        broken.write_bytes(bytes(byte ^ 0xFF for byte in broken.read_bytes()))

    with claimed(tmp_path) as folder:
        state = folder.of_partition(0)
        with pytest.raises(LocalStateBroken):
            held(state)
        state.forget()
        _works(state)


def test_a_state_is_forgotten_under_one_who_still_reads_it(folder: StateFolder) -> None:
    state = folder.of_partition(0)
    state.write([_value("r"), _value("s")], note=Note(done=4))
    reading = state.of_traveller(tenant="acme", traveller="ada")
    next(reading)
    state.forget()
    _works(state)


def test_a_life_that_was_begun_anew_is_the_one_found_later(tmp_path: Path) -> None:
    _filled(tmp_path)
    with claimed(tmp_path) as folder:
        state = folder.of_partition(0)
        state.forget()
        _works(state)
    with claimed(tmp_path) as folder:
        assert folder.of_partition(0).note().done == 1


def test_a_folder_that_vanishes_is_begun_anew(tmp_path: Path, folder: StateFolder) -> None:
    state = folder.of_partition(0)
    state.write([_value("r")], note=Note(done=4))
    state.close()
    for path in (tmp_path / "form-1" / "partition-0").rglob("*"):
        if path.is_file():
            path.unlink()

    assert state.note() == Note()
    _works(state)


def _filled(path: Path) -> None:
    with claimed(path) as folder:
        state = folder.of_partition(0)
        state.write([_value(f"r{n}", "x" * 1000) for n in range(100)], note=Note(done=4))


def _works(state: OnDisk | LocalState) -> None:
    assert state.note() == Note()
    state.write([_value("new")], note=Note(done=1))
    assert state.note().done == 1
    assert state.stored([_value("new"), _value("r1")]) == [b"1", None]
