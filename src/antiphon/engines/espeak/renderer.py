"""The process that speaks: started afresh by the server, it prepares espeak once and forks one child a text.

Why a child for each text: espeak carries state from one text to the next, so that the same text would sound
different every time; a fork starts from the same memory always, and its crash is its own.

Run as `python -m antiphon.engines.espeak.renderer SOCKET FOLDER`.
"""

import contextlib
import functools
import shutil
import socket
import sys
from pathlib import Path

from antiphon.audio.encode import warm_up
from antiphon.domain.speech import SpeechPiece
from antiphon.engines.espeak.library import Espeak, installed_data
from antiphon.engines.espeak.utterance import Utterance
from antiphon.engines.espeak.voices import load_voices, write_data_folder
from antiphon.engines.espeak.wire import Kind, pack_piece, unpack_setting
from antiphon.kit import cradle, frames


def speak(espeak: Espeak, sock: socket.socket) -> None:
    """Do one text's work over `sock`, as `wire.py` describes it.

    Raises:
        ConnectionError: The server has closed its end: nobody wants the rest.
    """
    _, payload = frames.receive(sock)
    setting = unpack_setting(payload)
    espeak.set_voice(setting.voice)
    espeak.set_pace(setting.pace)

    def send(piece: SpeechPiece) -> None:
        frames.send(sock, Kind.PIECE, pack_piece(piece))

    utterance = Utterance(setting, sample_rate=espeak.sample_rate, send=send)
    kind, payload = frames.receive(sock)
    while kind == Kind.TEXT and not utterance.capped:
        utterance.speak(espeak, payload.decode())
        frames.send(sock, Kind.SPOKEN)
        kind, payload = frames.receive(sock)
    utterance.finish()
    with contextlib.suppress(frames.Ended):
        frames.receive(sock)  # Stay until the last bytes are taken.


def main(control: socket.socket, folder: Path) -> None:
    """Prepare, fork as told, and tidy up when the server is gone."""
    voices = load_voices()
    write_data_folder(folder, source=installed_data(), voices=voices)
    espeak = Espeak(folder)
    warm_up()
    try:
        cradle.tend(control, functools.partial(speak, espeak))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]))
