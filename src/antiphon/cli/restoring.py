"""What `antiphon restore` does, once a folder is held."""

import asyncio
import os
from pathlib import Path

from antiphon.kit.clock import SystemClock
from antiphon.services.keys import Keys, SecretChanged
from antiphon.settings import Settings
from antiphon.store.folder import DataFolder
from antiphon.store.sqlite import SqliteStore
from antiphon.store.sqlite_backup import BackupRefused, put_in_place, restored


def put_back(file: Path, folder: DataFolder, settings: Settings, *, over: bool) -> Path | None:
    """Make a backup the database of a folder; where the former database is now, if there was one.

    Raises:
        BackupRefused: It is not sound, or another server's; or there is a database, and it may not go `over` that.
    """
    if folder.database.exists() and not over:
        raise BackupRefused(folder.database, "there is a database already; --force lets the backup take its place")
    given = settings.secret.get_secret_value() if settings.secret else None
    secret = folder.path / "secret"
    if given is None and not secret.exists():
        raise BackupRefused(secret, "put the secret of the server that the backup comes from there first")
    pepper = folder.secret(given).pepper
    with restored(file, folder.database) as new:
        try:
            fault = asyncio.run(_fault_in(new, pepper, settings))
        except SecretChanged as other:
            raise BackupRefused(file, "it was made with another secret than the one here") from other
        if fault:
            raise BackupRefused(file, f"its ledger is not sound ({fault})")
        return put_in_place(new, folder.database)


async def _fault_in(database: Path, pepper: bytes, settings: Settings) -> str:
    """What is wrong with a ledger, "" for nothing; brings the database to this release's schema."""
    store = SqliteStore.open(database)
    try:
        keys = Keys(
            store=store.keys,
            temporary=store.temporary,
            pepper=pepper,
            prefix=settings.key_prefix,
            clock=SystemClock(),
            entropy=os.urandom,
        )
        await keys.first_account()  # Compares the secret.
        return (await store.ledger.verify()).fault
    finally:
        await store.close()
