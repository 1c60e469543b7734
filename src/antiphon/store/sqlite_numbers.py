"""Accounts have short numbers in SQLite, because they stand in every row and every index of the ledger."""

from uuid import UUID

import apsw

from antiphon.domain.errors import NotFound

NUMBER = "SELECT number FROM account_number WHERE account_id = $1"


def number_of(connection: apsw.Connection, account_id: UUID | str) -> int:
    """The number of an account.

    Raises:
        NotFound: There is no such account.
    """
    number: int | None = connection.execute(NUMBER, (str(account_id),)).get
    if number is None:
        raise NotFound("account", "account_id")
    return number


def number_or_none(connection: apsw.Connection, account_id: UUID | None) -> int | None:
    """The number of an account, for a filter: None for all, and one that nobody has for one that is not there."""
    if account_id is None:
        return None
    number: int | None = connection.execute(NUMBER, (str(account_id),)).get
    return -1 if number is None else number


def project_key(account_id: UUID, project_id: UUID | None) -> str:
    """What a project is called in the lists of the request log: an account's first one, of which most are, is ""."""
    return "" if project_id is None or project_id == account_id else str(project_id)
