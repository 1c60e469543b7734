"""Speak a list of lines in a process of its own, since a crash of espeak would end the tests.

Run as `python perform.py FOLDER`, with a JSON list on stdin: objects with `voice`, `pace` and `text`, and perhaps
`variant`, the text of a variant file that the voice is spoken in. Line N leaves
its samples in FOLDER/N.s16le; the phonemes of all lines come out as a JSON list on stdout.
"""

import json
import sys
from pathlib import Path

from antiphon.engines.espeak.library import Espeak, installed_data
from antiphon.engines.espeak.voices import load_voices, write_data_folder


def perform(folder: Path) -> None:
    write_data_folder(folder, source=installed_data(), voices=load_voices())
    espeak = Espeak(folder)
    phonemes = []
    for number, line in enumerate(json.load(sys.stdin)):
        if "variant" in line:
            (folder / "espeak-ng-data" / "voices" / "!v" / f"given{number}").write_text(line["variant"])
            line["voice"] += f"+given{number}"
        espeak.set_voice(line["voice"])
        espeak.set_pace(line["pace"])
        with (folder / f"{number}.s16le").open("wb") as file:
            espeak.speak(line["text"], lambda chunk, _events, file=file: file.write(chunk) >= 0)
        phonemes.append(espeak.phonemes(line["text"]))
    print(json.dumps(phonemes))  # noqa: T201 - this is how the test gets them


if __name__ == "__main__":
    perform(Path(sys.argv[1]))
