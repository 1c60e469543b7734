"""What the same cores do without a server: espeak and the encoder called straight from worker processes.

Prints the requests per second of `WORKERS` processes that speak the benchmark's text `COUNT` times in all.
Usage: python straight.py FORMAT WORKERS COUNT TEXT
"""

import multiprocessing
import sys
import tempfile
import time
from multiprocessing.synchronize import Barrier
from pathlib import Path

from antiphon.audio.encode import warm_up
from antiphon.audio.formats import encoding
from antiphon.domain.speech import Codec
from antiphon.engines.espeak.library import Espeak, installed_data
from antiphon.engines.espeak.utterance import Utterance
from antiphon.engines.espeak.voices import espeak_name, load_languages, load_voices, write_data_folder
from antiphon.engines.espeak.wire import Setting, Speaker


def work(barrier: Barrier, folder: str, codec: str, count: int, text: str) -> None:
    espeak = Espeak(Path(folder))
    warm_up()
    voice = next(voice for voice in load_voices() if voice.id == "Adrian")
    english = next(language for language in load_languages() if language.code == "en")
    setting = Setting(
        speaker=Speaker(voice=espeak_name(voice, english), pace=voice.pace),
        encoding=encoding(Codec(codec)),
        reduce_silence=False,
        max_duration=None,
    )
    barrier.wait()
    for _ in range(count):
        espeak.set_voice(setting.speaker.voice)
        espeak.set_pace(setting.speaker.pace)
        utterance = Utterance(setting, sample_rate=espeak.sample_rate, send=lambda _piece: None)
        utterance.speak(espeak, text)
        utterance.finish()
    barrier.wait()


def main() -> None:
    codec, workers, count, text = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    with tempfile.TemporaryDirectory() as folder:
        write_data_folder(Path(folder), source=installed_data(), voices=load_voices())
        barrier = multiprocessing.Barrier(workers + 1)
        each = count // workers
        processes = [
            multiprocessing.Process(target=work, args=(barrier, folder, codec, each, text)) for _ in range(workers)
        ]
        for process in processes:
            process.start()
        barrier.wait()
        begun = time.perf_counter()
        barrier.wait()
        print(each * workers / (time.perf_counter() - begun))
        for process in processes:
            process.join()


if __name__ == "__main__":
    main()
