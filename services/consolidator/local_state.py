"""Keeps what a partition's worker knows on a disk that may vanish; the only module that imports rocksdict.

Never the truth: whatever is lost, stale or broken here is read again from the topics. A batch of values
and the note of how far they go are written together, so that a crash leaves an older state and no torn one.
Nothing is synchronised to the disk: after a power cut the state is older, which costs reading a longer tail.
"""

import fcntl
import shutil
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog
from rocksdict import BlockBasedOptions, Cache, Options, Rdict, WriteBatch

from schemas.topics import RECORDS, TRIPS
from services.consolidator.values import Note, Output
from services.platform.awaiting import CannotStart

log = structlog.get_logger()

_FORM = "1"
"""How values are laid out; another form is another folder, and starts empty."""

_VALUE, _OWNER, _NOTE = b"v", b"o", b"n"
_END = b"\x00"
"""Ends a part of a key; no tenant, traveller or key of ours holds it."""
_AFTER_END = b"\x01"
_TOPIC_OF = {b"r": RECORDS.name, b"t": TRIPS.name}
_LETTER_OF = {topic: letter for letter, topic in _TOPIC_OF.items()}

_WRITE_BUFFER_BYTES = 8 * 1024 * 1024
_CACHE_BYTES = 64 * 1024 * 1024
"""Of all partitions of a worker together."""


class LocalStateBroken(Exception):
    """The disk is full, or what is on it cannot be read; the text is the library's own."""


@contextmanager
def _telling() -> Generator[None]:
    try:
        yield
    except Exception as trouble:  # the library raises nothing narrower
        raise LocalStateBroken(str(trouble)) from trouble


class OnDisk:
    """The local state of one partition, sorted by traveller."""

    def __init__(self, folder: Path, *, options: Options) -> None:
        self._folder = folder
        self._life = max(map(int, (path.name for path in folder.glob("[0-9]*"))), default=0)
        self._options = options
        self._open: Rdict | None = None

    def note(self) -> Note:
        """Return up to where it holds the topics.

        Raises:
            LocalStateBroken: as everything here.
        """
        with _telling():
            encoded = self._database.get(_NOTE)
            return Note() if encoded is None else Note.decode(encoded)

    def stored(self, values: Sequence[Output]) -> Sequence[bytes | None]:
        """Return what is held in the place of each value."""
        if not values:
            return []
        with _telling():
            found: list[bytes | None] = self._database.get([_place(value) for value in values])  # pyright: ignore[reportAssignmentType] - a list for a list
            return found

    def write(self, values: Iterable[Output], *, gone: Iterable[tuple[str, bytes]] = (), note: Note) -> None:
        """Hold values, let go of those in `gone`, and note it: all or nothing."""
        with _telling():
            batch, erased = WriteBatch(raw_mode=True), False
            for topic, key in gone:
                owner_key = _OWNER + _LETTER_OF[topic] + key
                owner = self._database.get(owner_key)
                if owner is not None:
                    batch.delete(_VALUE + owner + _END + _LETTER_OF[topic] + key)
                    batch.delete(owner_key)
                    erased = True
            for value in values:
                batch.put(_place(value), value.value)
                batch.put(_OWNER + _LETTER_OF[value.topic] + value.key, _owner(value.tenant, value.traveller))
            batch.put(_NOTE, note.encode())
            self._database.write(batch)
            if erased:  # or the files would hold for years what nobody may know any more
                self._database.flush()
                self._database.compact_range(None, None)

    def of_traveller(self, *, tenant: str, traveller: str) -> Iterator[tuple[str, str, bytes]]:
        """Yield topic, key and value of all that belongs to a traveller."""
        prefix = _VALUE + _owner(tenant, traveller) + _END
        for key, value in self._from(prefix, prefix=prefix):
            yield _TOPIC_OF[key[len(prefix) : len(prefix) + 1]], key[len(prefix) + 1 :].decode(), value

    def travellers_of(self, tenant: str, *, after: str | None, most: int) -> list[str]:
        """Return a tenant's next travellers in the order of their ids, from behind `after` on."""
        prefix = _VALUE + tenant.encode() + _END
        found: list[str] = []
        # The settings of a tenant stand under no traveller, ahead of all of them.
        start = prefix + (after or "").encode() + _AFTER_END
        while len(found) < most:
            key = next((key for key, _ in self._from(start, prefix=prefix)), None)
            if key is None:
                break
            traveller = key[len(prefix) :].split(_END, 1)[0]
            found.append(traveller.decode())
            start = prefix + traveller + _AFTER_END
        return found

    def settings(self) -> Iterable[bytes]:
        """Yield the settings of all tenants."""
        start = _VALUE
        while (entry := next(iter(self._from(start, prefix=_VALUE)), None)) is not None:
            tenant, traveller, _ = entry[0][1:].split(_END, 2)
            if not traveller:
                yield entry[1]
            start = _VALUE + tenant + _AFTER_END

    def forget(self) -> None:
        """Become empty, and whole if it was broken.

        The next life has another name: what reads the old one to the end of its iteration, or failed to close
        it, keeps that one's lock and not the new one's.
        """
        self.close()
        self._life += 1
        with _telling():
            if self._folder.exists():
                shutil.rmtree(self._folder)

    def close(self) -> None:
        """Let go of the files; the next use opens them again."""
        closing, self._open = self._open, None
        if closing is not None:
            try:
                with _telling():
                    closing.close()
            except LocalStateBroken as trouble:
                log.warning("local_state.close_failed", folder=str(self._folder), reason=str(trouble))

    @property
    def _database(self) -> Rdict:
        if self._open is None:
            path = self._folder / str(self._life)
            path.mkdir(parents=True, exist_ok=True)
            self._open = Rdict(str(path), options=self._options)
        return self._open

    def _from(self, start: bytes, *, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        with _telling():
            entries = self._database.iter()
            entries.seek(start)
        while True:
            with _telling():
                if not entries.valid():
                    entries.status()
                    return
                key, value = entries.key(), entries.value()
                entries.next()
            if not key.startswith(prefix):
                return
            yield key, value


def _owner(tenant: str, traveller: str) -> bytes:
    return tenant.encode() + _END + traveller.encode()


def _place(value: Output) -> bytes:
    return _VALUE + _owner(value.tenant, value.traveller) + _END + _LETTER_OF[value.topic] + value.key


class StateFolder:
    """The folder in which one worker keeps the local states of its partitions; made by `claimed`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._options = _options()
        self._opened: list[OnDisk] = []

    def of_partition(self, number: int) -> OnDisk:
        """Return the local state of a partition, as it was left."""
        state = OnDisk(self._path / f"partition-{number}", options=self._options)
        self._opened.append(state)
        return state

    def close(self) -> None:
        """Let go of all files."""
        for state in self._opened:
            state.close()


@contextmanager
def claimed(path: Path) -> Generator[StateFolder]:
    """Own a folder: two workers in one would take each other's state for theirs.

    The lock is the operating system's and falls with its holder, so a killed worker leaves no stale one.

    Raises:
        CannotStart: another worker has it, or it cannot be written.
    """
    here = path / f"form-{_FORM}"
    try:
        here.mkdir(parents=True, exist_ok=True)
        lock = (path / "lock").open("w")
    except OSError as why:
        raise CannotStart(
            f"The worker's state cannot be kept in {path}: {why.strerror}. "
            "Set ITINERARY_CONSOLIDATOR_STATE_FOLDER to a folder that it may write."
        ) from why
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"Another worker keeps its state in {path}; give each an ITINERARY_CONSOLIDATOR_STATE_FOLDER "
                "of its own."
            ) from None
        folder = StateFolder(here)
        try:
            yield folder
        finally:
            folder.close()


def _options() -> Options:
    table = BlockBasedOptions()
    table.set_bloom_filter(10, False)
    table.set_block_cache(Cache(_CACHE_BYTES))
    table.set_cache_index_and_filter_blocks(True)
    options = Options(raw_mode=True)
    options.set_block_based_table_factory(table)
    options.set_write_buffer_size(_WRITE_BUFFER_BYTES)
    options.set_max_open_files(200)
    options.set_keep_log_file_num(2)
    options.increase_parallelism(1)
    return options
