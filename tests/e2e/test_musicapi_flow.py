"""A client of MusicAPI from outside, from a wish to the files of a song."""

import io
from itertools import pairwise

import mido
import numpy as np
import pytest

from e2e.songs import SHORT, asked, balance, decoded, ended, sound, submitted

UNHURRIED = """
[musicapi.create.rates]
key = { limit = "unlimited", seconds = 3 }
"""


@pytest.fixture
def http(launch, tmp_path):
    """A client of a server that takes requests as they come."""
    limits = tmp_path / "limits.toml"
    limits.write_text(UNHURRIED)
    with launch(ANTIPHON_LIMITS_FILE=str(limits)).client() as client:
        yield client


def data(http, name, clip):
    return asked(http, f"/api/v1/sonic/{name}", clip_id=clip["clip_id"])["data"]


def level(samples):
    return float(np.sqrt(np.mean(samples**2)))


def test_a_song_is_made_gone_on_with_taken_apart_and_written_down(http):
    before = balance(http)
    song = ended(http, submitted(http, **SHORT))[0]
    wish = {"task_type": "extend_music", "mv": "sonic-v5", "custom_mode": True, "make_instrumental": True}
    part = ended(http, submitted(http, **wish, continue_clip_id=song["clip_id"], continue_at=6, duration=10))[0]
    (whole,) = ended(http, submitted(http, task_type="concat_music", continue_clip_id=part["clip_id"]))
    stems = ended(http, submitted(http, "/api/v1/sonic/stems/basic", clip_id=whole["clip_id"]))
    midi = data(http, "midi", stems[0])
    words, again = (data(http, "aligned-lyrics", whole)["alignment"] for _ in range(2))
    wav = data(http, "wav", whole)["wav_url"]
    seconds = float(whole["duration"])

    assert before - balance(http) == 15 + 15 + 2 + 15 + 1 + 1 + 1
    assert seconds > float(song["duration"])
    heard, rate = decoded(http, wav)
    assert seconds <= len(heard) / rate <= seconds + 4
    assert abs(len(heard) - len(sound(http, whole)[0])) < 0.1 * rate

    assert [stem["stem"] for stem in stems] == ["vocals", "instrumental"]
    assert all(level(sound(http, stem)[0]) > 0.005 for stem in stems)

    (track,) = midi["instruments"]
    played = mido.MidiFile(file=io.BytesIO(http.get(midi["midi_url"]).content), charset="utf-8")
    assert len(track["notes"]) == sum(message.type == "note_on" and message.velocity > 0 for message in played)
    assert all(0 <= note["start"] < note["end"] <= seconds + 1 for note in track["notes"])

    assert words == again
    assert whole["lyrics"].startswith("".join(word["word"] for word in words))
    assert all(word["start_s"] < word["end_s"] <= seconds for word in words)
    assert all(one["start_s"] <= other["start_s"] for one, other in pairwise(words))
