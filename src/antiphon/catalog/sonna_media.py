"""What Sonna offers besides speech: its models of pictures, music and films."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Literal

MediaType = Literal["IMAGE", "MUSIC", "VIDEO"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaModel:
    """A model as Sonna sells it.

    Args:
        id: Its name in requests.
        name: For people.
        type: What it makes.
        provider: What Sonna calls its vendor.
        vendor: Whose it is, as headers name it; "" for one of our own.
        description: For people.
        price: The name of its price.
        priced_by: Which field of a request chooses the price; "" for none.
        resolutions: Those that a request may have, the usual one first.
        qualities: Likewise; empty where the field chooses nothing.
    """

    id: str
    name: str
    type: MediaType
    provider: str
    vendor: str
    description: str
    price: str
    priced_by: Literal["", "resolution", "quality"] = ""
    resolutions: tuple[str, ...] = ()
    qualities: tuple[str, ...] = ()

    def options(self) -> tuple[str, ...]:
        """Those that have prices of their own; one "" where the price is the same whatever is chosen."""
        match self.priced_by:
            case "resolution":
                return self.resolutions
            case "quality":
                return self.qualities
            case _:
                return ("",)

    def option(self, *, resolution: str | None, quality: str | None) -> str:
        """The one that a request chooses, by what it says or by what is usual."""
        usual = self.options()[0]
        chosen = {"resolution": resolution, "quality": quality}.get(self.priced_by)
        return chosen or usual


@functools.cache
def load_media_models() -> Mapping[str, MediaModel]:
    """The models by id, in the catalogue's order."""
    text = resources.files(__package__).joinpath("sonna_media.toml").read_text(encoding="utf-8")
    return {entry["id"]: _model(entry) for entry in tomllib.loads(text)["model"]}


def _model(entry: dict[str, Any]) -> MediaModel:
    lists = {name: tuple(entry.get(name, ())) for name in ("resolutions", "qualities")}
    return MediaModel(**{"price": entry["id"], **entry, **lists})
