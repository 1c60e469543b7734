"""One text on its way from espeak's samples to encoded pieces with word times."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from antiphon.audio.encode import open_encoder
from antiphon.audio.resample import Resampler
from antiphon.audio.samples import Samples, silence
from antiphon.audio.silence import SilenceReducer
from antiphon.domain.phrases import runs_on
from antiphon.domain.speech import SpeechPiece, WordTime
from antiphon.domain.text import speakable
from antiphon.domain.units import Hertz, Milliseconds, Seconds
from antiphon.engines.espeak.library import Espeak, Event, EventKind
from antiphon.engines.espeak.wire import Setting

_FIRST_PIECE = 0.06
_LONGEST_PIECE = 1.0
_PAUSE_KEPT = Seconds(0.12)
_PAUSE_BEFORE_SOUND = Seconds(0.02)  # Of what is kept; the rest can go out without knowing what follows.
_PAUSE_WITHIN = Seconds(0.1)  # In a sentence that was cut as it was too long.
_LAST_PAUSE = Seconds(0.008)  # As espeak ends a text.
_WAITING_PAUSE = Seconds(0.18)  # No codec needs more silence to let go of all sound; shorter than most pauses.
_NOTHING_TO_SAY = 0.1  # Seconds of silence for a text without a single word.
_FULL_SCALE = np.float32(1 / 32768)
_UNCHANGED = np.float32(1)
_BENT_FROM = np.float32(0.7)  # Of full scale; what is louder comes ever nearer to it.
_AUDIBLE = 10 ** (-50 / 20)  # Of full scale; as `audio.silence` has it.


class Utterance:
    """Takes text by text, gives pieces to `send`; the first soon, later ones longer, as that costs less.

    A pause waits for what follows it, for at the end of all texts there is none.

    Args:
        setting: How to speak.
        sample_rate: Of the samples espeak makes.
        send: Takes each piece.
    """

    def __init__(self, setting: Setting, *, sample_rate: Hertz, send: Callable[[SpeechPiece], object]) -> None:
        self.capped = False
        self._send = send
        self._rate_in, self._rate_out = sample_rate, setting.encoding.sample_rate
        self._pause = None
        if setting.reduce_silence:
            self._pause = SilenceReducer(sample_rate, keep=_PAUSE_KEPT, before_sound=_PAUSE_BEFORE_SOUND)
        self._resampler = Resampler(sample_rate, setting.encoding.sample_rate)
        self._encoder = open_encoder(setting.encoding)
        self._end = None if setting.max_duration is None else round(setting.max_duration * self._rate_out)
        self._offset = 0  # Code points before the present text.
        self._taken = 0  # Samples in, all texts.
        self._waiting = 0  # Of them, those of a pause that waits for what follows it.
        self._waited = 0  # Samples of that pause that were not kept waiting.
        self._base = 0  # Samples in before the present text.
        self._made = 0  # Samples out.
        self._sent = 0  # Samples out, in pieces sent.
        self._encoded = bytearray()
        self._wanted = _FIRST_PIECE
        self._spoken = False  # Whether there was any sound but silence.
        self._text = ""
        self._told = 0  # Code points of the present text up to the end of the last word.
        self._audible = np.zeros(1, np.int64)  # The last audible sample in before the present chunk, and those in it.
        self._gain = _UNCHANGED
        self._open: Event | None = None
        self._closed: deque[tuple[int, int, int, int]] = deque()  # Offset and length in the text, samples in.

    def speak(self, espeak: Espeak, text: str) -> None:
        """Speak the next part of the text; pieces go out meanwhile. One without a sound is passed over."""
        self._base, self._text, self._told = self._taken, speakable(text), 0
        pause = self._waiting
        espeak.speak(self._text, self._hear)
        self._close_word(self._taken)
        if self._waiting - pause == self._taken - self._base:
            self._shorten(pause)
            while self._closed and self._closed[-1][0] >= self._offset:
                self._closed.pop()
        elif runs_on(text):
            self._shorten(round(_PAUSE_WITHIN * self._rate_in))
        self._offset += len(text)

    def sound(self, espeak: Espeak, mnemonics: str) -> None:
        """Make a sound that is no word, from espeak's phonemes; pieces go out meanwhile."""
        self._base, self._text, self._told = self._taken, "", 0
        espeak.pronounce(mnemonics, self._hear)
        self._wait(round(_PAUSE_WITHIN * self._rate_in))

    def pause(self, length: Seconds) -> None:
        """Be silent, besides the pause that is there."""
        self._wait(round(length * self._rate_in))
        self._push(silence(self._waiting))
        self._waited += self._waiting
        self._waiting = 0
        self._send_when_due()

    def louder(self, decibels: float) -> None:
        """Make what comes from here on so much louder than espeak does. The loudest is bent, not cut."""
        self._gain = np.float32(10 ** (decibels / 20))

    def rest(self) -> None:
        """Send all that was spoken, as nobody knows when there will be more."""
        self._let_go(_WAITING_PAUSE)
        self._wanted = _FIRST_PIECE
        if self._encoded or (self._closed and self._settled(self._closed[0])):
            self._send_piece(last=False)

    def finish(self) -> None:
        """Send what is left, as the last piece."""
        if not self.capped:
            if not self._spoken:
                self._push(silence(round(_NOTHING_TO_SAY * self._rate_in)))
            self._let_go(_LAST_PAUSE)
            if self._pause:
                self._encode(self._resampler.push(self._pause.finish()))
            self._encode(self._resampler.finish())
        self._encoded += self._encoder.finish()
        self._send_piece(last=True)

    def _hear(self, chunk: bytes, events: tuple[Event, ...]) -> bool:
        samples = self._played(np.frombuffer(chunk, np.dtype("<i2")).astype(np.float32) * _FULL_SCALE)
        audible = np.flatnonzero(np.abs(samples) >= _AUDIBLE) + self._taken
        self._audible = np.concatenate((self._audible[-1:], audible))
        for event in events:
            self._note(event)
        self._taken += len(samples)
        self._pass(samples)
        self._send_when_due()
        return not self.capped

    def _send_when_due(self) -> None:
        if self._made - self._sent >= self._wanted * self._rate_out and self._encoded:
            self._send_piece(last=False)
            self._wanted = min(2 * self._wanted, _LONGEST_PIECE)

    def _pass(self, samples: Samples) -> None:
        """Take sound; silence at its end waits."""
        loud = np.flatnonzero(samples)
        length = int(loud[-1]) + 1 if loud.size else 0
        if length:
            self._push(np.concatenate((silence(self._waiting), samples[:length])))
            self._waiting = self._waited = 0
            self._spoken = True
        self._waiting += len(samples) - length

    def _wait(self, length: int) -> None:
        """Let so many more samples of silence wait."""
        self._waiting += length
        self._taken += length

    def _played(self, samples: Samples) -> Samples:
        """As loud as it is to be."""
        if self._gain == _UNCHANGED:
            return samples
        louder = samples * self._gain
        over = np.maximum(np.abs(louder) - _BENT_FROM, 0) / (1 - _BENT_FROM)
        bent = np.copysign(_BENT_FROM + (1 - _BENT_FROM) * np.tanh(over), louder)
        return np.where(over > 0, bent, louder).astype(np.float32)

    def _shorten(self, pause: int) -> None:
        """Let no more of the present pause wait than `pause` samples."""
        surplus = max(0, self._waiting - pause)
        self._waiting -= surplus
        self._taken -= surplus

    def _let_go(self, pause: Seconds) -> None:
        """Let as much of the present pause pass, of what there is of it."""
        length = min(self._waiting, max(0, round(pause * self._rate_in) - self._waited))
        self._push(silence(length))
        self._waiting -= length
        self._waited += length

    def _push(self, samples: Samples) -> None:
        self._encode(self._resampler.push(self._pause.push(samples) if self._pause else samples))

    def _encode(self, samples: Samples) -> None:
        if self._end is not None and self._made + len(samples) > self._end:
            samples = samples[: self._end - self._made]
            self.capped = True
        self._made += len(samples)
        self._encoded += self._encoder.push(samples)

    def _note(self, event: Event) -> None:
        """Follow the words. A number is one, though espeak tells each word that it is read as."""
        if event.kind == EventKind.END:
            self._close_word(self._base + event.sample)
        if event.kind == EventKind.WORD:
            start, end = event.position - 1, event.position - 1 + event.length
            if start >= self._told and self._text[start:end].strip():
                self._close_word(self._base + event.sample)
                self._open, self._told = event, end

    def _close_word(self, end: int) -> None:
        """The word ends with its last audible sample before `end`: the pause after it is nobody's."""
        if self._open is not None:
            start = self._base + self._open.sample
            place = self._offset + self._open.position - 1
            length = min(self._open.length, len(self._text) - self._open.position + 1)
            heard = int(self._audible[max(1, int(np.searchsorted(self._audible, end))) - 1]) + 1
            self._closed.append((place, length, start, max(start, min(end, heard))))
            self._open = None

    def _send_piece(self, *, last: bool) -> None:
        self._send(
            SpeechPiece(
                audio=bytes(self._encoded),
                duration=self._duration(),
                words=self._words(last=last),
                last=last,
                capped=last and self.capped,
            )
        )
        self._encoded.clear()
        self._sent = self._made

    def _words(self, *, last: bool) -> tuple[WordTime, ...]:
        """The words that can be told by now, and were not."""
        told = []
        while self._closed and (last or self._settled(self._closed[0])):
            place, length, start, end = self._closed.popleft()
            told.append(WordTime(offset=place, length=length, start=self._moved(start), end=self._moved(end)))
        if self._pause and told:
            self._pause.forget(self._time(start))
        return _within(told, self._duration()) if last or self.capped else tuple(told)

    def _duration(self) -> Milliseconds:
        return Milliseconds(round(1000 * self._made / self._rate_out))

    def _settled(self, word: tuple[int, int, int, int]) -> bool:
        """Whether a word was delivered to its end, and its times will not change."""
        end = word[3]
        certain = self._pause is None or self._time(end) <= self._pause.settled
        return certain and self._moved(end) <= self._duration()

    def _moved(self, sample: int) -> Milliseconds:
        """When a sample in is heard."""
        return self._pause.moved(self._time(sample)) if self._pause else self._time(sample)

    def _time(self, sample: int) -> Milliseconds:
        return Milliseconds(1000 * sample // self._rate_in)


def _within(words: Iterable[WordTime], limit: Milliseconds) -> tuple[WordTime, ...]:
    """The words that begin before `limit`; none ends after it."""
    return tuple(replace(word, end=min(word.end, limit)) for word in words if word.start < limit)
