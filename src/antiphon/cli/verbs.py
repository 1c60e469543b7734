"""All that an operator can ask of whoever holds the data folder: the server, or a command while there is none."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from antiphon.kit.control import ControlError, Handler
from antiphon.store.folder import DataFolder
from antiphon.store.sqlite import SqliteStore
from antiphon.store.sqlite_backup import BackupRefused, back_up
from antiphon.surfaces.ops.control import Meant, control_handlers
from antiphon.surfaces.ops.control_accounts import account_handlers
from antiphon.surfaces.ops.control_jobs import job_handlers
from antiphon.surfaces.ops.control_projects import project_handlers
from antiphon.surfaces.ops.control_users import sign_in_handlers
from antiphon.surfaces.ops.control_webhooks import webhook_handlers

if TYPE_CHECKING:
    from antiphon.house import House  # Takes half a second, which most commands need not wait.


def verbs(house: "House", first_account: UUID, folder: DataFolder) -> dict[str, Handler]:
    """Every verb, for the control socket or for a call on the spot.

    Args:
        house: The services they work with.
        first_account: Whose keys, projects and budgets the verbs are about where no account is named.
        folder: The folder that this process holds.
    """

    async def backup(to: Path) -> Mapping[str, Any]:
        if not isinstance(house.store, SqliteStore):
            raise ControlError("not_sqlite", "This database is backed up with its own means, such as pg_dump.")
        try:
            size = await asyncio.to_thread(back_up, folder.database, to)
        except BackupRefused as refused:
            raise ControlError(refused.code, str(refused)) from refused
        return {"path": str(to), "bytes": size}

    meant = Meant(first=first_account, accounts=house.accounts, projects=house.projects)
    return {
        **control_handlers(house.keys, meant),
        **project_handlers(house.projects, meant, prices=house.prices),
        **sign_in_handlers(house.users, house.payments, meant),
        **account_handlers(house.accounts, house.credits, back_up=backup),
        **webhook_handlers(house.outbox, meant),
        **job_handlers(house.queue, meant),
    }
