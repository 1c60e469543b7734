"""Finds the plugins, and reports those that cannot load instead of failing with them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from antiphon.catalog.builtin import BUILTIN
from antiphon.catalog.models import load_speech_models
from antiphon.domain.models import SpeechModel
from antiphon.domain.ports import (
    FilmMaker,
    Listener,
    PictureMaker,
    Plugin,
    SleeveMaker,
    SongMaker,
    SpeechMaker,
)

GROUP = "antiphon.plugins"
"""The entry-point group in which installed packages offer plugins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """A plugin that cannot be used: where it was named, and why not."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """What was found."""

    plugins: tuple[Plugin, ...]
    broken: tuple[Broken, ...]

    def speech_makers(self) -> Mapping[str, SpeechMaker]:
        """A maker from each plugin that speaks, by the plugin's name. None is started."""
        return {plugin.name: plugin.speech() for plugin in self.plugins if plugin.speech is not None}

    def song_maker(self) -> SongMaker | None:
        """The maker of the first plugin that makes songs."""
        return next((plugin.songs() for plugin in self.plugins if plugin.songs is not None), None)

    def sleeve_maker(self) -> SleeveMaker | None:
        """The maker of the first plugin that makes covers and films of songs."""
        return next((plugin.sleeves() for plugin in self.plugins if plugin.sleeves is not None), None)

    def picture_maker(self) -> PictureMaker | None:
        """The maker of the first plugin that makes pictures."""
        return next((plugin.pictures() for plugin in self.plugins if plugin.pictures is not None), None)

    def film_maker(self) -> FilmMaker | None:
        """The maker of the first plugin that makes films."""
        return next((plugin.films() for plugin in self.plugins if plugin.films is not None), None)

    def listener(self, cache: Path) -> Listener | None:
        """The first listener whose plugin has what it needs.

        Args:
            cache: A folder that stays, for what it compiles.
        """
        found = (plugin.listener(cache) for plugin in self.plugins if plugin.listener is not None)
        return next((listener for listener in found if listener is not None), None)

    def speech_models(self) -> Sequence[SpeechModel]:
        """The catalogue's models of speech, then those that plugins bring; of two with one id, the first."""
        models: dict[str, SpeechModel] = {}
        for model in (*load_speech_models(), *(model for plugin in self.plugins for model in plugin.models)):
            models.setdefault(model.id, model)
        return tuple(models.values())


def discover(entry_points: Iterable[metadata.EntryPoint] | None = None) -> Registry:
    """Load every plugin: those in the box, then those installed. Of two with one name, the first is kept.

    Args:
        entry_points: What to load besides the box; by default what is installed in `GROUP`.
    """
    plugins: dict[str, Plugin] = {}
    broken: list[Broken] = []
    for entry_point in (
        *_builtin(),
        *(metadata.entry_points(group=GROUP) if entry_points is None else entry_points),
    ):
        found = _load(entry_point)
        if isinstance(found, Broken):
            broken.append(found)
        elif found.name in plugins:
            broken.append(Broken(source=entry_point.value, reason=f"the name {found.name!r} is taken"))
        else:
            plugins[found.name] = found
    return Registry(plugins=tuple(plugins.values()), broken=tuple(broken))


def _builtin() -> Iterator[metadata.EntryPoint]:
    for path in BUILTIN:
        yield metadata.EntryPoint(name=path, value=path, group=GROUP)


def _load(entry_point: metadata.EntryPoint) -> Plugin | Broken:
    try:
        plugin = entry_point.load()
    except Exception as failure:  # noqa: BLE001 - whatever a stranger's module raises, the server starts
        return Broken(source=entry_point.value, reason=f"{type(failure).__name__}: {failure}")
    if not isinstance(plugin, Plugin):
        return Broken(source=entry_point.value, reason=f"is no antiphon.domain.ports.Plugin: {type(plugin).__name__}")
    return plugin
