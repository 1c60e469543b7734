"""Writes songs, plays them and sings them: a score first, then everything else from it."""

from antiphon.domain.ports import Plugin, SongMaker


def _songs() -> SongMaker:
    from antiphon.engines.song.maker import LocalSongMaker  # noqa: PLC0415 - only who wants songs needs it

    return LocalSongMaker()


PLUGIN = Plugin(name="song", songs=_songs)
