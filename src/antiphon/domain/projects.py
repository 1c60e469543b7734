"""Parts of an account with keys, voices and limits of their own, and how much a month may cost.

What Soniox calls an organisation is an account; each has one project from the beginning.
"""

from dataclasses import dataclass
from uuid import UUID

from antiphon.domain.money import MilliCredits

FIRST_PROJECT = "default"
"""The name of the project that each account has from the beginning. Its id is the account's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """A part of an account.

    Args:
        id: Made by the server, sorts by time; of the first project, the account's.
        account_id: Whose it is.
        name: Unique in the account.
        created_at: Unix seconds.
    """

    id: UUID
    account_id: UUID
    name: str
    created_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a calendar month (UTC) may cost at most, spent and held together.

    Args:
        account_id: Whose it is.
        project_id: Of one project only; None for the whole account.
        amount: At most this; 0 lets nothing begin that costs anything.
    """

    account_id: UUID
    project_id: UUID | None
    amount: MilliCredits


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetStanding:
    """A budget in the present month.

    Args:
        budget: The budget.
        spent: What was charged since the month began.
        held: What is held for requests at work.
    """

    budget: Budget
    spent: MilliCredits
    held: MilliCredits
