"""The process that speaks: started afresh by the server, it prepares espeak once and forks one child a text.

Why a child for each text: espeak carries state from one text to the next, so that the same text would sound
different every time; a fork starts from the same memory always, and its crash is its own.

Run as `python -m antiphon.engines.espeak.renderer SOCKET FOLDER`.
"""

import contextlib
import functools
import os
import select
import shutil
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from antiphon.audio.encode import warm_up
from antiphon.audio.formats import encoding
from antiphon.domain.speech import Codec, SpeechPiece
from antiphon.domain.units import Seconds
from antiphon.engines.espeak.library import Espeak, installed_data
from antiphon.engines.espeak.timbre import Timbre
from antiphon.engines.espeak.utterance import Utterance
from antiphon.engines.espeak.voices import load_voices, nameless_variant, write_data_folder
from antiphon.engines.espeak.wire import (
    Kind,
    Setting,
    Speaker,
    pack_piece,
    unpack_pause,
    unpack_setting,
    unpack_speaker,
)
from antiphon.kit import cradle, frames

_NICENESS = 10
_SOON = 50  # Milliseconds; for so long a text may pause before the listener hears all of what there is.


class DataFolder:
    """espeak's data, which it reads from as long as it lives. Made at once.

    It stands among temporary files, and those are cleaned: what is missing is made again before each text, because
    espeak itself would go on without, in another voice or in none.

    One variant in it is a link to a file in the memory of whoever follows it. So a text can have a timbre of its own
    without a trace, and beside others.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._own = os.memfd_create("timbre")
        self._variant = path / "espeak-ng-data" / "voices" / "!v" / f"own{self._own}"
        self._make()
        self._whole = self._census()

    def mend(self) -> None:
        """Make again what is missing.

        Raises:
            OSError: It cannot be made.
        """
        if self._census() != self._whole:
            self._make()

    def own_variant(self, timbre: Timbre) -> str:
        """Let a variant sound like this in this process, and no other; its name.

        Raises:
            OSError: espeak would not find it.
        """
        text = nameless_variant(timbre).encode()
        with os.fdopen(os.memfd_create("timbre"), "wb", buffering=0) as file:  # The first is every child's.
            file.write(text)
            os.dup2(file.fileno(), self._own)
        if self._variant.read_bytes() != text:
            raise FileNotFoundError(self._variant)
        return self._variant.name

    def _make(self) -> None:
        write_data_folder(self.path, source=installed_data(), voices=load_voices())
        with contextlib.suppress(FileExistsError):
            self._variant.symlink_to(f"/proc/self/fd/{self._own}")

    def _census(self) -> tuple[int, ...]:
        data = self.path / "espeak-ng-data"
        try:
            return tuple(sum(1 for _ in part.iterdir()) for part in (data, data / "voices", data / "voices" / "!v"))
        except FileNotFoundError:
            return ()


def speak(espeak: Espeak, data: DataFolder, sock: socket.socket) -> None:
    """Do one text's work over `sock`, as `wire.py` describes it.

    Raises:
        ConnectionError: The server has closed its end: nobody wants the rest.
    """
    _, payload = frames.receive(sock)
    setting = unpack_setting(payload)
    data.mend()
    utterance = Utterance(setting, sample_rate=espeak.sample_rate, send=_sender(sock))
    stage = Stage(espeak, data, utterance)
    stage.enter(setting.speaker)
    kind, payload = frames.receive(sock)
    while kind != Kind.END and not utterance.capped:
        stage.perform(Kind(kind), payload)
        if kind == Kind.TEXT:
            frames.send(sock, Kind.SPOKEN)
            if not _more(sock):
                utterance.rest()
        kind, payload = frames.receive(sock)
    utterance.finish()
    _stay(sock)


class Stage:
    """Where one text is performed.

    Args:
        espeak: Speaks.
        data: Where its voices are.
        utterance: Takes what it says.
    """

    def __init__(self, espeak: Espeak, data: DataFolder, utterance: Utterance) -> None:
        self._espeak = espeak
        self._data = data
        self._utterance = utterance

    def enter(self, speaker: Speaker) -> None:
        """Let this one speak from here on."""
        variant = "" if speaker.timbre is None else f"+{self._data.own_variant(speaker.timbre)}"
        self._espeak.set_voice(speaker.voice + variant)
        self._espeak.set_pace(speaker.pace)
        self._utterance.louder(speaker.gain)

    def perform(self, kind: Kind, payload: bytes) -> None:
        """Do what a message asks for."""
        match kind:
            case Kind.TEXT:
                self._utterance.speak(self._espeak, payload.decode())
            case Kind.SPEAKER:
                self.enter(unpack_speaker(payload))
            case Kind.PAUSE:
                self._utterance.pause(unpack_pause(payload))
            case Kind.SOUND:
                self._utterance.sound(self._espeak, payload.decode())
            case _:
                raise ValueError(kind)


def _more(sock: socket.socket) -> bool:
    """Whether more text, or its end, comes soon."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(_SOON))


def _stay(sock: socket.socket) -> None:
    """Wait until the server closes its end, and leave unread what it still sends of a text that was cut.

    A socket that is closed before takes with it what the server has not read of the sound.
    """
    poll = select.poll()
    poll.register(sock, select.POLLRDHUP)
    poll.poll()


def _rehearse(espeak: Espeak) -> None:
    """Go once through all that a text needs, so that children find it loaded, and the interpreter warm.

    Always the same, so that what espeak carries on from it is the same in every child of every such process.
    """
    voice = load_voices()[0]
    for codec in (Codec.PCM_S16LE, Codec.MP3):
        setting = Setting(
            speaker=Speaker(voice=f"{voice.english.espeak}+{voice.id}", pace=voice.pace),
            encoding=encoding(codec),
            reduce_silence=True,
            max_duration=Seconds(1.0),
        )
        espeak.set_voice(setting.speaker.voice)
        espeak.set_pace(setting.speaker.pace)
        utterance = Utterance(setting, sample_rate=espeak.sample_rate, send=pack_piece)
        utterance.speak(espeak, "To begin, a word or two.")
        utterance.finish()


def _sender(sock: socket.socket) -> Callable[[SpeechPiece], None]:
    """Sends pieces; after the first, other texts' first pieces go before this one's rest."""
    steps = iter((_NICENESS,))

    def send(piece: SpeechPiece) -> None:
        frames.send(sock, Kind.PIECE, pack_piece(piece))
        os.nice(next(steps, 0))

    return send


def main(control: socket.socket, folder: Path) -> None:
    """Prepare, fork as told, and tidy up when the server is gone."""
    data = DataFolder(folder)
    espeak = Espeak(data.path)
    warm_up()
    _rehearse(espeak)
    try:
        cradle.tend(control, functools.partial(speak, espeak, data))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # The interpreter would take its extensions apart one by one, and complain about it.


if __name__ == "__main__":
    main(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]))
