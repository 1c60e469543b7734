"""Why a store or its folder cannot be used at all. Each message is meant for whoever runs the server."""

from pathlib import Path

from antiphon.domain.errors import AntiphonError


class StoreRefused(AntiphonError):
    """What is on disk and what was asked do not fit. Somebody has to look; the message says at what."""

    code = "store_refused"


class FolderInUse(StoreRefused):
    """Another process works in the data folder.

    Args:
        path: The folder.
        pid: That process, where it is known.
    """

    code = "folder_in_use"

    def __init__(self, path: Path, pid: int | None) -> None:
        holder = "another process" if pid is None else f"process {pid}"
        super().__init__(
            f"The data folder {path} is in use by {holder}. Stop that server first, or choose another folder."
        )
        self.path = path
        self.pid = pid


class FolderUnusable(StoreRefused):
    """The data folder cannot be made or written to.

    Args:
        path: What could not be used.
        reason: The system's word for why.
    """

    code = "folder_unusable"

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"Cannot use {path} for data: {reason}.")
        self.path = path
        self.reason = reason


class SecretUnusable(StoreRefused):
    """The server's secret is missing strength or privacy, or is not the one the keys were made with."""

    code = "secret_unusable"


class SchemaTooNew(StoreRefused):
    """The database was written by a later release.

    Args:
        found: The version in the database.
        known: The highest version of this release.
    """

    code = "schema_too_new"

    def __init__(self, *, found: int, known: int) -> None:
        super().__init__(
            f"The database has schema version {found}, this release knows versions up to {known}. "
            "Install the later release again, or start with another data folder."
        )
        self.found = found
        self.known = known


class StoreDamaged(StoreRefused):
    """The database does not pass its own check.

    Args:
        path: The database.
        finding: The first thing SQLite complains about.
    """

    code = "store_damaged"

    def __init__(self, path: Path, finding: str) -> None:
        super().__init__(f"The database {path} is damaged ({finding}). Restore it from a backup.")
        self.path = path
        self.finding = finding


class DatabaseUnreachable(StoreRefused):
    """No connection to the database can be made.

    Args:
        database: Its address, without the password.
        reason: Why, in the words of whoever refused.
    """

    code = "database_unreachable"

    def __init__(self, database: str, reason: str) -> None:
        super().__init__(f"Cannot connect to the database {database}: {reason}.")
        self.database = database
        self.reason = reason


class SchemaTooOld(StoreRefused):
    """The database was not yet brought to the schema of this release.

    Args:
        database: Its address, without the password.
        found: The version in the database; 0 for an empty one.
        needed: The version that this release works with.
    """

    code = "schema_too_old"

    def __init__(self, database: str, *, found: int, needed: int) -> None:
        super().__init__(
            f"The database {database} has schema version {found}, this release needs version {needed}. "
            "Bring it there with: antiphon migrate"
        )
        self.database = database
        self.found = found
        self.needed = needed
