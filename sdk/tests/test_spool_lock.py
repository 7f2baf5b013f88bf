import builtins
import importlib
import sys
from types import SimpleNamespace

from threadline import _spool_lock


def test_a_lock_is_held_by_one(tmp_path):
    path = str(tmp_path / "a.lock")
    assert _spool_lock.take(path, is_new=True) is not None
    assert _spool_lock.take(path, is_new=False) is None


def test_on_windows_the_first_byte_is_locked(tmp_path, monkeypatch):
    locked = []
    windows = SimpleNamespace(LK_NBLCK=2, locking=lambda *arguments: locked.append(arguments))
    usual = builtins.__import__

    def without_fcntl(name, *rest):
        if name == "fcntl":
            raise ImportError(name)
        return usual(name, *rest)

    monkeypatch.setitem(sys.modules, "msvcrt", windows)
    monkeypatch.setattr(builtins, "__import__", without_fcntl)
    try:
        lock = importlib.reload(_spool_lock)
        descriptor = lock.take(str(tmp_path / "a.lock"), is_new=True)
    finally:
        monkeypatch.undo()
        importlib.reload(_spool_lock)
    assert locked == [(descriptor, 2, 1)]
