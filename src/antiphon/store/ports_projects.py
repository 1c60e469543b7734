"""What every store can do about projects, budgets, temporary keys and cloned voices; see `ports`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from antiphon.domain.keys import ApiKey, TemporaryKey
from antiphon.domain.projects import Budget, BudgetStanding, Project
from antiphon.domain.voices import ClonedVoice


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTemporaryKey:
    """A temporary key as it was found.

    Args:
        key: Its terms.
        digest: The keyed hash under which it is stored, 32 bytes.
        parent: The key it was made with, as it is now.
        used: Whether a stream was begun with it, where it is for one only.
    """

    key: TemporaryKey
    digest: bytes
    parent: ApiKey
    used: bool


class ProjectStore(Protocol):
    """Projects and their budgets. Every method raises `Unavailable` where the database fails.

    Every account has its first project, whose id is the account's and whose name is `FIRST_PROJECT`, without its ever
    being added; its `created_at` is the account's.
    """

    async def add_project(self, project: Project) -> bool:
        """Add a project. False: the account has one of that name, and nothing was done."""

    async def project(self, project_id: UUID) -> Project | None:
        """The project of that id."""

    async def project_named(self, account_id: UUID, name: str) -> Project | None:
        """The account's project of that name."""

    async def projects_of(self, account_id: UUID) -> Sequence[Project]:
        """An account's projects, the first one first, then in the order of ids."""

    async def set_budget(self, budget: Budget, *, at: float) -> None:
        """Set a budget, in place of the one there was. What was spent since the month of `at` began counts."""

    async def clear_budget(self, account_id: UUID, project_id: UUID | None) -> bool:
        """Take a budget away. False: there was none."""

    async def budgets_of(self, account_id: UUID, *, at: float) -> Sequence[BudgetStanding]:
        """An account's budgets in the month of `at`: the account's own first, then by project."""


class TemporaryKeyStore(Protocol):
    """Temporary keys. Every method raises `Unavailable` where the database fails."""

    async def add_temporary(self, key: TemporaryKey, *, digest: bytes) -> None:
        """Add a key. Keys that expired an hour ago or more are forgotten on this occasion, some hundreds at most."""

    async def find_temporary(self, digest: bytes) -> StoredTemporaryKey | None:
        """The key with that digest, whatever has become of it or of its parent."""

    async def use_temporary(self, key_id: UUID, *, at: float) -> bool:
        """Note that a stream was begun with a key for one use. False: one was before."""

    async def revoked(self, key_ids: Collection[UUID]) -> frozenset[UUID]:
        """Which of these (long-lived) keys are revoked."""


class VoiceStore(Protocol):
    """Cloned voices. Every method raises `Unavailable` where the database fails."""

    async def add_voice(self, voice: ClonedVoice) -> bool:
        """Add a voice. False: the project has one of that name, and nothing was done."""

    async def voice(self, project_id: UUID, voice_id: UUID) -> ClonedVoice | None:
        """A project's voice of that id."""

    async def voices_of(
        self, project_id: UUID, *, after: UUID | None = None, most: int = 1000
    ) -> Sequence[ClonedVoice]:
        """A project's voices in the order of ids, from the one after `after` on."""

    async def count_voices(self, project_id: UUID) -> int:
        """How many voices a project has."""

    async def remeasure_voice(self, voice: ClonedVoice) -> bool:
        """Take over a voice's `likeness` and `fault`. False: there is no such voice any more."""

    async def remove_voice(self, project_id: UUID, voice_id: UUID) -> ClonedVoice | None:
        """Take a voice away; it as it was, or None where there was none."""
