"""Cloned voices in PostgreSQL: every statement about them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from antiphon.domain.speech import Likeness
from antiphon.domain.voices import ClonedVoice
from antiphon.store.postgres_connections import translating
from antiphon.store.postgres_rows import text

_COLUMNS = "id, account_id, project_id, name, filename, created_at, clip, pitch, span, pace, tilt, fault"
_UNMEASURED = (None,) * 4

ADD_VOICE = f"""
    INSERT INTO cloned_voice ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (project_id, name) DO NOTHING RETURNING id
"""  # noqa: S608 - the columns are ours
VOICE = f"SELECT {_COLUMNS} FROM cloned_voice WHERE project_id = $1 AND id = $2"  # noqa: S608 - as above
VOICES_OF = f"""
    SELECT {_COLUMNS} FROM cloned_voice WHERE project_id = $1 AND ($2::uuid IS NULL OR id > $2) ORDER BY id LIMIT $3
"""  # noqa: S608 - as above
COUNT_VOICES = "SELECT count(*) FROM cloned_voice WHERE project_id = $1"
REMEASURE = """
    UPDATE cloned_voice SET pitch = $3, span = $4, pace = $5, tilt = $6, fault = $7
    WHERE project_id = $1 AND id = $2 RETURNING id
"""
REMOVE_VOICE = f"""
    DELETE FROM cloned_voice WHERE project_id = $1 AND id = $2 RETURNING {_COLUMNS}
"""  # noqa: S608 - as above


class PostgresVoices:
    """The `VoiceStore` on PostgreSQL.

    Args:
        pool: Connections.
    """

    def __init__(self, pool: Any) -> None:
        self._pool = pool

    async def add_voice(self, voice: ClonedVoice) -> bool:
        """Add a voice. False: the project has one of that name, and nothing was done."""
        row = (
            voice.id,
            voice.account_id,
            voice.project_id,
            text(voice.name),
            text(voice.filename),
            voice.created_at,
            text(voice.clip),
        )
        with translating():
            return await self._pool.fetchval(ADD_VOICE, *row, *_measures(voice)) is not None

    async def voice(self, project_id: UUID, voice_id: UUID) -> ClonedVoice | None:
        """A project's voice of that id."""
        return await self._one(VOICE, project_id, voice_id)

    async def voices_of(
        self, project_id: UUID, *, after: UUID | None = None, most: int = 1000
    ) -> Sequence[ClonedVoice]:
        """A project's voices in the order of ids, from the one after `after` on."""
        with translating():
            found = await self._pool.fetch(VOICES_OF, project_id, after, most)
        return tuple(_voice(row) for row in found)

    async def count_voices(self, project_id: UUID) -> int:
        """How many voices a project has."""
        with translating():
            count: int = await self._pool.fetchval(COUNT_VOICES, project_id)
        return count

    async def remeasure_voice(self, voice: ClonedVoice) -> bool:
        """Take over a voice's `likeness` and `fault`. False: there is no such voice any more."""
        with translating():
            return await self._pool.fetchval(REMEASURE, voice.project_id, voice.id, *_measures(voice)) is not None

    async def remove_voice(self, project_id: UUID, voice_id: UUID) -> ClonedVoice | None:
        """Take a voice away; it as it was, or None where there was none."""
        return await self._one(REMOVE_VOICE, project_id, voice_id)

    async def _one(self, statement: str, project_id: UUID, voice_id: UUID) -> ClonedVoice | None:
        with translating():
            row = await self._pool.fetchrow(statement, project_id, voice_id)
        return None if row is None else _voice(row)


def _measures(voice: ClonedVoice) -> tuple[Any, ...]:
    one = voice.likeness
    return (*(_UNMEASURED if one is None else (one.pitch, one.span, one.pace, one.tilt)), text(voice.fault))


def _voice(row: Mapping[str, Any]) -> ClonedVoice:
    known = dict(row)
    measured = {name: known.pop(name) for name in ("pitch", "span", "pace", "tilt")}
    return ClonedVoice(**known, likeness=None if measured["pitch"] is None else Likeness(**measured))
