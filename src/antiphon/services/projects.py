"""Projects of accounts, and what accounts and projects may spend in a month."""

from collections.abc import Callable, Sequence
from uuid import UUID

from antiphon.domain.errors import Conflict, InvalidRequest, NotFound
from antiphon.domain.money import MilliCredits
from antiphon.domain.projects import Budget, BudgetStanding, Project
from antiphon.kit.clock import Clock
from antiphon.kit.ids import RANDOM_BYTES, uuid7
from antiphon.store.ports_projects import ProjectStore

LONGEST_NAME = 100


class Projects:
    """All that is done with projects. Each account has one from the beginning, called "default".

    Args:
        store: Where they are kept.
        clock: Tells the time.
        entropy: Gives that many bytes from a cryptographic source.
    """

    def __init__(self, *, store: ProjectStore, clock: Clock, entropy: Callable[[int], bytes]) -> None:
        self._store = store
        self._clock = clock
        self._entropy = entropy

    async def create(self, account_id: UUID, name: str) -> Project:
        """A new project of an account.

        Args:
            account_id: Whose it is.
            name: Unique in the account; 1 to 100 printable characters, and no UUID, so that it can be told from an id.

        Raises:
            InvalidRequest: "name".
            Conflict: "name_taken".
        """
        if not 0 < len(name) <= LONGEST_NAME or not name.isprintable() or _as_id(name) is not None:
            raise InvalidRequest("name", field="name", limit=LONGEST_NAME)
        now = self._clock.now()
        id_ = uuid7(int(now * 1000), self._entropy(RANDOM_BYTES))
        project = Project(id=id_, account_id=account_id, name=name, created_at=now)
        if not await self._store.add_project(project):
            raise Conflict("name_taken")
        return project

    async def list(self, account_id: UUID) -> Sequence[Project]:
        """An account's projects, oldest first."""
        return await self._store.projects_of(account_id)

    async def find(self, account_id: UUID, text: str) -> Project:
        """The account's project that an operator means by its id or its name.

        Raises:
            NotFound: "unknown_project": there is none, or it is another account's.
        """
        id_ = _as_id(text)
        found = await (self._store.project_named(account_id, text) if id_ is None else self._store.project(id_))
        if found is None or found.account_id != account_id:
            raise NotFound("unknown_project", field="project")
        return found

    async def set_budget(self, account_id: UUID, amount: MilliCredits, *, project_id: UUID | None = None) -> None:
        """Let a calendar month (UTC), from this one on, cost at most so much; what it has cost already counts.

        Args:
            account_id: Whose month.
            amount: At most this, in place of what was said before; 0 lets nothing begin that costs anything.
            project_id: What is done in this project only; None for all that the account does.
        """
        budget = Budget(account_id=account_id, project_id=project_id, amount=amount)
        await self._store.set_budget(budget, at=self._clock.now())

    async def clear_budget(self, account_id: UUID, *, project_id: UUID | None = None) -> None:
        """Let months cost what they may again.

        Raises:
            NotFound: "unknown_budget": there is none.
        """
        if not await self._store.clear_budget(account_id, project_id):
            raise NotFound("unknown_budget", field="project")

    async def budgets(self, account_id: UUID) -> Sequence[BudgetStanding]:
        """How an account's budgets stand in this month: the account's own first."""
        return await self._store.budgets_of(account_id, at=self._clock.now())


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
