import io

import av
import numpy as np
import pytest

from antiphon.audio.encode import open_encoder
from antiphon.audio.formats import encoding
from antiphon.audio.id3 import titled
from antiphon.domain.speech import Codec


@pytest.mark.parametrize("title", ["A project", "Mañana – 明日 \U0001f600", "x" * 300])
def test_players_show_the_title_and_hear_the_same(title):
    encoder = open_encoder(encoding(Codec.MP3))
    sound = encoder.push(np.sin(np.arange(24_000, dtype=np.float32) / 10) / 2) + encoder.finish()
    decoded = []
    for content in (sound, titled(title) + sound):
        with av.open(io.BytesIO(content), format="mp3") as file:
            decoded.append(np.concatenate([frame.to_ndarray()[0] for frame in file.decode(audio=0)]))
            shown = file.metadata.get("title")
    assert shown == title
    assert np.array_equal(*decoded)
