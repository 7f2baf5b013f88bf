"""A lock on a file that ends with the process that holds it, however that ends."""

from __future__ import annotations

import os

try:
    import fcntl
except ImportError:  # Windows
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
else:

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


PRIVATE_FILE = 0o600


def take(path: str, *, is_new: bool) -> int | None:
    """Locks the file, making it if ``is_new``; returns its descriptor, or None where somebody else has it.

    Raises:
        OSError: The file cannot be made or opened.
    """
    flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | (os.O_CREAT | os.O_EXCL if is_new else 0)
    descriptor = os.open(path, flags, PRIVATE_FILE)
    try:
        _lock(descriptor)
        # Between opening and locking, who had it before may have removed it.
        if os.path.samestat(os.fstat(descriptor), os.stat(path)):
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None
