"""What clients of Sonna's ask for under kills, what it costs, and what they were told of it."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SPEECH, GENERATE = "/api/v1/tts/synthesize", "/api/generate"
_CREDIT = 1_000
_ALICE = {"voice": "Alice", "ttsModel": "eleven-flash-v2-5"}
_SONG = {"type": "MUSIC", "model": "suno-v5", "prompt": "Rain", "instrumental": True, "durationSeconds": 10}
_FILM = {"type": "VIDEO", "prompt": "Waves", "resolution": "480p", "durationSeconds": 1}
_COSTS = {"grok-image": (340, 306), "qwen-z-image": (70, 63), "suno-v5": (1_020, 918), "video": (85, 85)}
"""Credits of one, signed in and with a key. Source: docs/reference/sonna.md."""
_CHARACTER = (1_050, 945)
_PICTURES = tuple(model for model in _COSTS if model.endswith("-image"))
_TAKES = 2


@dataclass(slots=True, kw_only=True)
class Wish:
    """Something that a client asks for, once or until it has an answer.

    Args:
        label: Its `X-Request-Id`; its `Idempotency-Key` too, where it is asked for again.
        path: Where it is asked for.
        body: What is sent.
        cost: What it is to be charged, in thousandths of a credit.
        items: What it is in the library, in items; 0 with a key.
        signed: Whether a signed-in user asks.
        again: Whether it has an `Idempotency-Key`.
        job: The job that was acknowledged.
        state: "asked" until an answer came; then "waits" for a job, "made", "failed" or "refused".
        cancelled: Whether the cancelling of its job was acknowledged.
        urls: Where its files are, once they were told.
        ids: Its items that were told.
    """

    label: str
    path: str
    body: Mapping[str, Any]
    cost: int
    items: int
    signed: bool
    again: bool
    job: str = ""
    state: str = "asked"
    cancelled: bool = False
    urls: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)


@dataclass(slots=True, kw_only=True)
class Change:
    """What a client did to an item of its own.

    Args:
        titles: What it may be called: as it was acknowledged last, and what was asked for since without an answer.
        asked: Whether its deletion was asked for.
        gone: Whether that was acknowledged.
    """

    titles: set[str] = field(default_factory=set)
    asked: bool = False
    gone: bool = False


def wish(label: str, chance: random.Random, *, kinds: str) -> Wish:
    """A wish that nobody had before.

    Args:
        label: What it is called.
        chance: What it is.
        kinds: One of these letters each time: s(peech), p(icture), m(usic), f(ilm).
    """
    signed = chance.random() < 0.7
    path, body, cost, items = _asked(chance.choice(kinds), label, chance, with_key=not signed)
    if path == GENERATE and chance.random() < 0.5:
        body |= {"async": True}
    return Wish(
        label=label,
        path=path,
        body={**body, "title": label},
        cost=cost,
        items=items if signed else 0,
        signed=signed,
        again=chance.random() < 0.6,
    )


def _asked(kind: str, label: str, chance: random.Random, *, with_key: bool) -> tuple[str, dict[str, Any], int, int]:
    match kind:
        case "s":
            text = "Good day. "[: chance.randrange(4, 10)] + label
            return SPEECH, {**_ALICE, "text": text}, len(text) * _CHARACTER[with_key], 1
        case "p":
            model, many = chance.choice(_PICTURES), chance.choice((1, 1, 1, 2))
            body = {"type": "IMAGE", "model": model, "prompt": label, "n": many, "outputFormat": "jpeg"}
            return GENERATE, body, many * _COSTS[model][with_key] * _CREDIT, many
        case "m":
            return GENERATE, dict(_SONG), _COSTS["suno-v5"][with_key] * _CREDIT, _TAKES
        case _:
            return GENERATE, dict(_FILM), _COSTS["video"][with_key] * _CREDIT, 1
