"""Messages of the websocket."""

import base64
import json

import pytest

from antiphon.surfaces.soniox.messages import LARGEST_AUDIO, sound
from antiphon.surfaces.soniox.stream import MOST_TEXT

MEBIBYTE = 1024 * 1024
STREAM = "\x01" * 256  # Nothing takes more room in JSON.


@pytest.mark.parametrize("size", [0, 1, LARGEST_AUDIO, 3 * LARGEST_AUDIO])
def test_no_message_is_too_large_for_a_client_however_much_there_is_to_tell(size: int) -> None:
    characters = ["\x02"] * 2 * MOST_TEXT
    moments = [119.999] * len(characters)
    timestamps = {
        "characters": characters,
        "character_start_times_seconds": moments,
        "character_end_times_seconds": moments,
    }
    messages = list(sound(STREAM, b"x" * size, timestamps=timestamps, last=True))
    assert max(map(len, messages)) < MEBIBYTE
    told = [json.loads(message) for message in messages]
    assert b"".join(base64.b64decode(each["audio"], validate=True) for each in told) == b"x" * size
    for name, values in timestamps.items():
        assert [value for each in told if "timestamps" in each for value in each["timestamps"][name]] == values
    assert [each.get("audio_end", False) for each in told] == [False] * (len(told) - 1) + [True]
