"""What the fields of a synthesis say of the way to speak. Pure.

The figures are ours: nobody publishes what a stability of 0.3 is. They are chosen so that each acts as its name says,
enough to be heard, and so that the contract's defaults leave the voice as it is.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from antiphon.catalog.deliveries import Deliveries
from antiphon.catalog.sonna import SonnaModel
from antiphon.domain.delivery import PLAIN, Delivery
from antiphon.surfaces.sonna.schemas import SynthesizeRequest

FEWEST_INSTRUCTIONS = 30
"""Code points from which on style instructions act. Source: contracts, Sonna §1.3."""

_STABLE, _SIMILAR, _CENTRE = 0.5, 0.75, 0.5  # The contract's defaults.
_WAVER = 20  # Steps of flutter at stability 0.
_UNBOOSTED = Delivery(brightness=-6, loudness=-1.0)
_SEMITONES = 40  # From pitch 0 to pitch 1.


def delivery(request: SynthesizeRequest, model: SonnaModel, deliveries: Deliveries) -> Delivery:
    """The way to speak, from those fields that act with a model; the others say nothing."""
    way = PLAIN
    for field in sorted(model.takes & _ACTING.keys()):
        way = way.and_also(_ACTING[field](request, deliveries))
    return way


def _stable(request: SynthesizeRequest, _: Deliveries) -> Delivery:
    given = _STABLE if request.stability is None else request.stability
    return Delivery(melody=4 ** (_STABLE - given), flutter=round(_WAVER * max(0.0, _STABLE - given)))


def _similar(request: SynthesizeRequest, _: Deliveries) -> Delivery:
    share = request.similarity_boost
    return Delivery(resemblance=1.0 if share is None else min(1.0, share / _SIMILAR))


def _boosted(request: SynthesizeRequest, _: Deliveries) -> Delivery:
    return _UNBOOSTED if request.speaker_boost is False else PLAIN


def _exaggerated(request: SynthesizeRequest, _: Deliveries) -> Delivery:
    share = request.style_exaggeration or 0.0
    return Delivery(melody=1 + share, pitch=1.5 * share, pace=1 - 0.08 * share, loudness=2 * share)


def _pitched(request: SynthesizeRequest, _: Deliveries) -> Delivery:
    return Delivery(pitch=_SEMITONES * ((_CENTRE if request.pitch is None else request.pitch) - _CENTRE))


def _instructed(request: SynthesizeRequest, deliveries: Deliveries) -> Delivery:
    said = request.style_instructions or ""
    if not request.style_instructions_enabled or len(said) < FEWEST_INSTRUCTIONS:
        return PLAIN
    return deliveries.way(said) or PLAIN


_ACTING: Mapping[str, Callable[[SynthesizeRequest, Deliveries], Delivery]] = MappingProxyType(
    {
        "stability": _stable,
        "similarity_boost": _similar,
        "speaker_boost": _boosted,
        "style_exaggeration": _exaggerated,
        "pitch": _pitched,
        "style_instructions": _instructed,
    }
)
"""What each field says; `SonnaModel.takes` says where it is listened to."""
