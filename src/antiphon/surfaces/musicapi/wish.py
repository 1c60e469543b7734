"""From a body that has the fields of `create` to a wish, and to what answers say again of it.

Source: contracts, MusicAPI §3.1 and §3.3.
"""

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from antiphon.domain.songs import SongVerb, SongWish
from antiphon.surfaces.musicapi import fields
from antiphon.surfaces.musicapi.fields import SEEDS, Body, Model

NEEDED = frozenset({"mv", "custom_mode"})
"""What a body has to have, wherever nothing else is said. "words" are lyrics, or what they shall be about."""

_DESCRIPTION, _TITLE, _NEGATIVE = 400, 80, 1000
_DURATION = (10, 360)
_GENDERS: Mapping[str, Literal["male", "female"]] = {"f": "female", "m": "male"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """What a body asks for.

    Args:
        wish: It, without sources.
        model: Whose limits it keeps to.
        asked: What is said again in answers about its clips.
    """

    wish: SongWish
    model: Model
    asked: Mapping[str, Any]


def wished(body: Body, verb: SongVerb, *, needs: Collection[str] = NEEDED, task: str = "") -> Wished:
    """What a body asks for.

    Args:
        body: What was sent.
        verb: What is to be done.
        needs: What the body has to have.
        task: Its type, for errors about what that type alone needs.

    Raises:
        InvalidRequest: The first of its fields that is wrong.
    """
    model = fields.model_of(body, needed="mv" in needs)
    custom = fields.needed_flag(body, "custom_mode") if "custom_mode" in needs else fields.flag(body, "custom_mode")
    instrumental = fields.flag(body, "make_instrumental") or False
    auto = fields.flag(body, "auto_lyrics") or False
    fields.flag(body, "use_suno_cdn")  # It chooses nothing here, but what is no boolean is refused as ever.
    prompt = fields.text(body, "prompt", most=model.prompt)
    about = fields.text(body, "gpt_description_prompt", most=_DESCRIPTION, quoted=True)
    own = (bool(prompt) and not about) if custom is None else custom  # Lyrics, where nobody says what they are.
    lyrics = prompt if own and not auto and not instrumental else ""
    described = (prompt if auto else "") if own else about
    if "words" in needs and not instrumental and not (lyrics + described).strip():
        raise fields.missing("prompt" if own else "gpt_description_prompt", task)
    plain = plainly(body, verb, model=model)
    length = fields.whole(body, "duration", *_DURATION)
    wish = replace(
        plain,
        description=described,
        lyrics=lyrics if lyrics.strip() else None,
        instrumental=instrumental,
        seconds=None if length is None else min(float(length), model.longest),
    )
    asked = {**echoed(wish, model), "lyrics": lyrics, "gpt_description_prompt": None if own else about or None}
    return Wished(wish=wish, model=model, asked=asked)


def plainly(body: Body, verb: SongVerb, *, model: Model) -> SongWish:
    """A wish of all that a body says besides words: a title, a style, whose voice, and how strongly.

    Raises:
        InvalidRequest: The first of these fields that is wrong.
    """
    style = fields.text(body, "tags", most=model.tags)
    title = fields.text(body, "title", most=_TITLE)
    negative = fields.text(body, "negative_tags", most=_NEGATIVE)
    gender = _GENDERS.get(fields.one_of(body, "vocal_gender", _GENDERS))
    return SongWish(
        verb=verb,
        seed=secrets.randbelow(SEEDS),
        title=title,
        style=style,
        negative=negative,
        gender=gender if model.gendered else None,
        style_weight=fields.number(body, "style_weight", 0, 1),
        weirdness=fields.number(body, "weirdness_constraint", 0, 1),
        audio_weight=fields.number(body, "audio_weight", 0, 1),
    )


def echoed(wish: SongWish, model: Model) -> dict[str, Any]:
    """What answers say again of a wish; of its words, nothing."""
    return {
        "mv": model.name or None,
        "title": wish.title,
        "tags": wish.style,
        "lyrics": "",
        "gpt_description_prompt": None,
        "negative_tags": wish.negative or None,
        "style_weight": wish.style_weight,
        "weirdness_constraint": wish.weirdness,
    }
