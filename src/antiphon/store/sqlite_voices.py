"""Cloned voices in SQLite: every statement about them. For parameters see `sqlite_keys`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import apsw

from antiphon.domain.speech import Likeness
from antiphon.domain.voices import ClonedVoice
from antiphon.store.readers import Readers
from antiphon.store.writer import Writer

_NOWHERE = ""
"""Sorts before every id."""

_COLUMNS = "id, account_id, project_id, name, filename, created_at, clip, pitch, span, pace, tilt, fault"

ADD = f"""
    INSERT INTO cloned_voice ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (project_id, name) DO NOTHING
"""  # noqa: S608 - the columns are ours
VOICE = f"SELECT {_COLUMNS} FROM cloned_voice WHERE project_id = $1 AND id = $2"  # noqa: S608 - as above
VOICES_OF = f"""
    SELECT {_COLUMNS} FROM cloned_voice WHERE project_id = $1 AND id > $2 ORDER BY id LIMIT $3
"""  # noqa: S608 - as above
COUNT = "SELECT count(*) FROM cloned_voice WHERE project_id = $1"
REMEASURE = """
    UPDATE cloned_voice SET pitch = $1, span = $2, pace = $3, tilt = $4, fault = $5 WHERE project_id = $6 AND id = $7
"""
REMOVE = f"DELETE FROM cloned_voice WHERE project_id = $1 AND id = $2 RETURNING {_COLUMNS}"  # noqa: S608 - as above


class SqliteVoices:
    """The `VoiceStore` on SQLite.

    Args:
        writer: Runs what changes anything.
        readers: Run the rest.
    """

    def __init__(self, *, writer: Writer, readers: Readers) -> None:
        self._write = writer.write
        self._read = readers.run
        self._read_now = readers.now

    async def add_voice(self, voice: ClonedVoice) -> bool:
        """Add a voice. False: the project has one of that name, and nothing was done."""
        row = (
            str(voice.id),
            str(voice.account_id),
            str(voice.project_id),
            voice.name,
            voice.filename,
            voice.created_at,
            voice.clip,
            *_figures(voice.likeness),
            voice.fault,
        )
        return await self._write(lambda connection: _changed(connection, ADD, row))

    async def voice(self, project_id: UUID, voice_id: UUID) -> ClonedVoice | None:
        """A project's voice of that id."""
        given = (str(project_id), str(voice_id))
        row = self._read_now(lambda connection: connection.execute(VOICE, given).fetchone())
        return None if row is None else _voice(row)

    async def voices_of(
        self, project_id: UUID, *, after: UUID | None = None, most: int = 1000
    ) -> Sequence[ClonedVoice]:
        """A project's voices in the order of ids, from the one after `after` on."""
        given = (str(project_id), _NOWHERE if after is None else str(after), most)
        return await self._read(lambda connection: tuple(map(_voice, connection.execute(VOICES_OF, given))))

    async def count_voices(self, project_id: UUID) -> int:
        """How many voices a project has."""
        count: int = await self._read(lambda connection: connection.execute(COUNT, (str(project_id),)).get)
        return count

    async def remeasure_voice(self, voice: ClonedVoice) -> bool:
        """Take over a voice's `likeness` and `fault`. False: there is no such voice any more."""
        row = (*_figures(voice.likeness), voice.fault, str(voice.project_id), str(voice.id))
        return await self._write(lambda connection: _changed(connection, REMEASURE, row))

    async def remove_voice(self, project_id: UUID, voice_id: UUID) -> ClonedVoice | None:
        """Take a voice away; it as it was, or None where there was none."""

        def work(connection: apsw.Connection) -> ClonedVoice | None:
            rows = connection.execute(REMOVE, (str(project_id), str(voice_id))).fetchall()
            return _voice(rows[0]) if rows else None

        return await self._write(work)


def _changed(connection: apsw.Connection, statement: str, row: tuple[Any, ...]) -> bool:
    connection.execute(statement, row)
    return connection.changes() == 1


def _figures(likeness: Likeness | None) -> tuple[float | None, ...]:
    if likeness is None:
        return (None, None, None, None)
    return (likeness.pitch, likeness.span, likeness.pace, likeness.tilt)


def _voice(row: tuple[Any, ...]) -> ClonedVoice:
    id_, account_id, project_id, name, filename, created_at, clip, pitch, span, pace, tilt, fault = row
    return ClonedVoice(
        id=UUID(id_),
        account_id=UUID(account_id),
        project_id=UUID(project_id),
        name=name,
        filename=filename,
        created_at=created_at,
        clip=clip,
        likeness=None if pitch is None else Likeness(pitch=pitch, span=span, pace=pace, tilt=tilt),
        fault=fault,
    )
