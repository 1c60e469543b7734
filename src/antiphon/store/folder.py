"""The data folder: one process at a time, and a secret that is nobody else's."""

import fcntl
import hashlib
import hmac
import os
import secrets
import shutil
import stat
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from antiphon.store.errors import FolderInUse, FolderUnusable, SecretUnusable

_PRIVATE = 0o600
_SECRET_BYTES = 64
_SHORTEST_SECRET = 32
_HEX_SECRET = 64
"""From this many hexadecimal digits on (32 bytes) a secret is read as such, below as text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """What the server knows and its database does not; each part of 32 bytes.

    Args:
        pepper: Keys are stored as their HMAC under this.
        encryption: For what has to be read again, such as the keys of providers.
    """

    pepper: bytes = field(repr=False)
    encryption: bytes = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """The secret in `text`: hexadecimal digits, 64 of them or more, or any 32 characters or more.

        Raises:
            SecretUnusable: It is too short.
        """
        text = text.strip()
        if len(text) < _SHORTEST_SECRET:
            raise SecretUnusable(
                f"The server's secret is too short: it has {len(text)} characters and needs at least "
                f"{_SHORTEST_SECRET}. One can be made with: openssl rand -hex 64"
            )
        root = _from_hex(text) or text.encode("utf-8", "surrogateescape")
        return cls(pepper=_derived(root, b"pepper"), encryption=_derived(root, b"encryption"))


def _from_hex(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text) if len(text) >= _HEX_SECRET else None
    except ValueError:
        return None


def _derived(root: bytes, purpose: bytes) -> bytes:
    return hmac.digest(root, b"antiphon " + purpose, hashlib.sha256)


def control_socket(folder: Path) -> Path:
    """Where the server that holds `folder` listens for its operator."""
    return folder / "control.sock"


class DataFolder:
    """A data folder that this process holds. Made by `claim`; let go by `release` or by the process's end.

    Args:
        path: The folder.
        lock: An open descriptor of its lock file, locked.
    """

    def __init__(self, path: Path, lock: int) -> None:
        self.path = path
        self._lock: int | None = lock

    @classmethod
    def claim(cls, path: Path) -> Self:
        """Make the folder (0700) where it is missing, and take it for this process.

        Raises:
            FolderInUse: Another process has it.
            FolderUnusable: It cannot be made or written to.
        """
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE)
        except OSError as error:
            raise FolderUnusable(path, error.strerror or str(error)) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = _pid(os.pread(lock, 32, 0))
            os.close(lock)
            raise FolderInUse(path, holder) from error
        os.ftruncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        return cls(path, lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def release(self) -> None:
        """Let others have the folder. A second call does nothing."""
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    @property
    def database(self) -> Path:
        """Where SQLite's file is."""
        return self.path / "antiphon.db"

    @property
    def control_socket(self) -> Path:
        """Where this server listens for its operator."""
        return control_socket(self.path)

    @property
    def first_key_path(self) -> Path:
        """Where the first key waits until somebody has seen it."""
        return self.path / "first-key"

    @property
    def first_link_path(self) -> Path:
        """Where the link to the first account waits until somebody has used it."""
        return self.path / "first-link"

    def secret(self, given: str | None = None) -> Secret:
        """The server's secret: `given`, or else the folder's own, which is made the first time.

        Raises:
            SecretUnusable: It is too short, or others can read the file.
            FolderUnusable: It cannot be read or written.
        """
        if given is not None:
            return Secret.parse(given)
        path = self.path / "secret"
        try:
            if not path.exists():
                _write_private(path, secrets.token_hex(_SECRET_BYTES) + "\n")
            if stat.S_IMODE(path.stat().st_mode) & 0o077:
                raise SecretUnusable(f"Others can read {path}. Make it private with: chmod 600 {path}")
            return Secret.parse(path.read_text(encoding="utf-8", errors="surrogateescape"))
        except OSError as error:
            raise FolderUnusable(path, error.strerror or str(error)) from error

    def scratch(self) -> Path:
        """A folder for what is thrown away, empty now: what a killed server left in it is gone.

        Raises:
            FolderUnusable: It cannot be made.
        """
        path = self.path / "scratch"
        shutil.rmtree(path, ignore_errors=True)
        try:
            path.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise FolderUnusable(path, error.strerror or str(error)) from error
        return path.resolve()

    def keep_first_key(self, key: str) -> None:
        """Write the first key down (0600), safely on disk when this returns.

        Raises:
            FolderUnusable: It cannot be written.
        """
        try:
            _write_private(self.first_key_path, key + "\n")
        except OSError as error:
            raise FolderUnusable(self.first_key_path, error.strerror or str(error)) from error

    def first_key(self) -> str | None:
        """The first key, if it was written down and not yet forgotten."""
        try:
            return self.first_key_path.read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None

    def keep_first_link(self, link: str) -> None:
        """Write the link to the first account down (0600).

        Raises:
            FolderUnusable: It cannot be written.
        """
        try:
            _write_private(self.first_link_path, link + "\n")
        except OSError as error:
            raise FolderUnusable(self.first_link_path, error.strerror or str(error)) from error

    def forget_first_link(self) -> None:
        """Remove that link: it was used, or shown to somebody, or is none any more."""
        self.first_link_path.unlink(missing_ok=True)

    def forget_first_key(self) -> None:
        """Remove the first key: somebody has seen it."""
        self.first_key_path.unlink(missing_ok=True)


def _pid(content: bytes) -> int | None:
    text = content.strip()
    return int(text) if text.isdigit() else None


def _write_private(path: Path, text: str) -> None:
    """Write a file that is whole or not there at all, readable by its owner alone."""
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
