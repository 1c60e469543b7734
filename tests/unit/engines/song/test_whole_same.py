"""The same request gives the same song: in this process, in another one, whatever the hashes of its strings are."""

import hashlib
import os
import subprocess
import sys

import pytest

from antiphon.engines.song.request import Request
from antiphon.engines.song.studio import created
from antiphon.engines.song.written import dump

WISHES = (
    {"style": "pop, summer, female voice", "description": "An upbeat song about road trips", "seconds": 40},
    {
        "style": "jazz, no drums, piano",
        "negative": "saxophone",
        "lyrics": "[Verse]\nBlue is the morning\n[Chorus]\nStay",
    },
    {"style": "drum and bass, dark, weird", "instrumental": True, "seconds": 30, "weirdness": 0.9},
    {"description": "lagu ceria tentang hujan", "style": "dangdut", "seconds": 40, "style_weight": 0.2},
)
ELSEWHERE = """
import hashlib
from unit.engines.song.test_whole_same import WISHES, written
for wish in WISHES:
    print(hashlib.sha256(written(wish)).hexdigest())
"""


def written(wish, seed=7):
    return dump(created(Request(seed=seed, **wish)))


@pytest.fixture(scope="module")
def here():
    return [written(wish) for wish in WISHES]


@pytest.mark.parametrize("hashes", ["0", "4242"])
def test_another_process_writes_the_same_bytes(here, hashes):
    environment = {**os.environ, "PYTHONHASHSEED": hashes, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [hashlib.sha256(score).hexdigest() for score in here]


def test_the_order_of_songs_does_not_matter(here):
    assert [written(wish) for wish in reversed(WISHES)] == here[::-1]


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: wish["style"])
def test_another_seed_writes_another_song(here, wish):
    before, after = (created(Request(seed=seed, **wish)) for seed in (7, 8))
    assert [part.notes for part in before.parts] != [part.notes for part in after.parts]
    assert before.chords != after.chords
