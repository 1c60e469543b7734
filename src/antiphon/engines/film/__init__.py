"""Films: a camera that moves through what the painter composes, with weather, light and sound."""

from antiphon.domain.ports import FilmMaker, Plugin


def _films() -> FilmMaker:
    from antiphon.engines.film.maker import LocalFilmMaker  # noqa: PLC0415 - only who wants films needs it

    return LocalFilmMaker()


PLUGIN = Plugin(name="film", films=_films)
