"""The page on adding a genre says what is so: appended to the files, its stanzas make songs."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import antiphon
from architecture.pages import blocks, read

MADE = """
import json
from antiphon.engines.song.request import Request
from antiphon.engines.song.check import faults
from antiphon.engines.song.studio import created
for seed in range(3):
    score = created(Request(seed=seed, style="surf music, gusty", seconds=30))
    print(json.dumps([score.credits.style, score.credits.moods, score.credits.unknown, faults(score)]))
"""


@pytest.fixture(scope="module")
def with_the_stanzas(tmp_path_factory):
    """A copy of the package with what the page appends."""
    package = tmp_path_factory.mktemp("checkout") / "antiphon"
    shutil.copytree(Path(antiphon.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    for block in blocks(read("how-to", "add-a-genre.md"), "toml"):
        name = "genres.toml" if block.startswith("[genres.") else "moods.toml"
        with (package / "engines" / "song" / "data" / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{block}")
    return {**os.environ, "PYTHONPATH": str(package.parent)}


def test_the_genre_and_the_mood_of_the_page_make_songs(with_the_stanzas):
    done = subprocess.run(
        [sys.executable, "-c", MADE], env=with_the_stanzas, capture_output=True, text=True, check=True
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [["surf", ["windswept"], [], []]] * 3
