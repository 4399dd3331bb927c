"""A disk of a few megabytes that a test may fill: a tmpfs, which only root may mount."""

import errno
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_PIECE_BYTES = 64 * 1024


class Disk:
    """What is mounted on a folder."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def fill(self) -> None:
        """Take all the room that is left."""
        with self._ballast.open("ab", buffering=0) as ballast:
            piece = bytes(_PIECE_BYTES)
            try:
                while piece:
                    piece = piece[: ballast.write(piece)]
            except OSError as full:
                if full.errno != errno.ENOSPC:
                    raise

    def free(self) -> None:
        """Give it back."""
        self._ballast.unlink()


@contextmanager
def small_disk(folder: Path, *, megabytes: int) -> Generator[Disk]:
    """Mount a small disk on a folder; what the folder held before is hidden until the end."""
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={megabytes}m,mode=0755"
    subprocess.run(["/usr/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], check=True)
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["/usr/bin/umount", "--lazy", folder], check=True)
