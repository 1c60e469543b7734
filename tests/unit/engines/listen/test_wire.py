import pytest

from antiphon.domain.heard import (
    ChordKind,
    Heard,
    HeardChord,
    HeardKey,
    HeardNote,
    HeardSection,
    HeardTempo,
    HeardWord,
    HearingFault,
    Wanted,
)
from antiphon.engines.listen.wire import (
    PIECE,
    pack_answer,
    pack_sound,
    pack_wanted,
    pieces,
    unpack_answer,
    unpack_sound,
    unpack_wanted,
)

HEARD = Heard(
    seconds=8.0,
    tempo=HeardTempo(bpm=120.0, alternative=60.0, steadiness=1.0),
    meter=4,
    division=3,
    beats=(0.0, 0.5, 1.0),
    downbeats=(0.0,),
    key=HeardKey(tonic=9, mode="minor", certainty=0.4, tuning=-3.0),
    chords=(HeardChord(start=0.0, end=2.0, root=9, kind=ChordKind.MINOR_SEVENTH, bass=0),),
    sections=(HeardSection(start=0.0, end=8.0, label="A", energy=1.0),),
    melody=(HeardNote(start=0.1, end=0.4, pitch=64, cents=5.0, velocity=80),),
    words=(HeardWord(start=0.1, end=0.4, text="Über", line=0),),
    sung=True,
)


@pytest.mark.parametrize("answer", [HEARD, *HearingFault])
def test_an_answer_arrives_as_it_was_sent(answer: Heard | HearingFault) -> None:
    assert unpack_answer(*pack_answer(answer)) == answer


@pytest.mark.parametrize("wanted", [Wanted(), Wanted(melody=False, lyrics="Laut\nund leise", language="de", stems=4)])
def test_what_is_wanted_arrives_as_it_was_sent(wanted: Wanted) -> None:
    assert unpack_wanted(pack_wanted(wanted)) == wanted


def test_sound_may_hold_any_bytes() -> None:
    assert unpack_sound(pack_sound("vocals", b"\0\1\0")) == ("vocals", b"\0\1\0")


@pytest.mark.parametrize("length", [0, 1, PIECE, PIECE + 1])
def test_pieces_are_the_whole(length: int) -> None:
    whole = bytes(length)
    assert b"".join(pieces(whole)) == whole
    assert max(map(len, pieces(whole)), default=0) <= PIECE
