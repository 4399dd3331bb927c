"""What a mail that found a hole in a library might do in the process that reads it."""

import ctypes
import os
import socket
import struct
from pathlib import Path


def spin() -> bytes:
    while True:
        pass


def eat_memory() -> bytes:
    return bytes(8 << 30)


def die() -> bytes:
    os._exit(139)


def fail() -> bytes:
    return bytes(1 // len(b""))


def connect() -> bytes:
    with socket.create_connection(("127.0.0.1", 9)):
        return b"connected"


def connect_below_python() -> bytes:
    """Open a connection past every check of Python's own; says what the kernel answers."""
    libc = ctypes.CDLL(None, use_errno=True)
    address = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(9), b"\x7f\x00\x00\x01")
    libc.connect(libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0), address, len(address))
    return os.strerror(ctypes.get_errno()).encode()


def write_file(path: str) -> bytes:
    Path(path).write_bytes(b"x" * 4096)
    return b"written"
