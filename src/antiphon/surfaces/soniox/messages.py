"""What goes over the websocket, both ways. Source: contracts, Soniox §2.2 and §2.3. Pure."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

import orjson

from antiphon.domain.errors import AntiphonError, InvalidRequest
from antiphon.surfaces.soniox.errors import told
from antiphon.surfaces.soniox.schemas import TextMessage
from antiphon.surfaces.soniox.translate import text_message

LONGEST_STREAM_ID = 256
LARGEST_AUDIO = 480 * 1024
"""Bytes of sound in one message: in base64 and with all that may stand beside it, below 1 MiB."""
MOST_CHARACTERS = 8192
"""Whose times are in one message: at most 25 bytes each."""

_ABOUT_A_STREAM = ("text", "text_end", "cancel")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepAlive:
    """The client is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A stream is to begin; `body` is still to be read."""

    stream_id: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Continue:
    """More text, or its end, or the end of a stream; `body` is still to be read."""

    stream_id: str
    body: Mapping[str, Any]


def read(text: str) -> KeepAlive | Start | Continue:
    """What a client's message is about.

    Raises:
        InvalidRequest: It cannot be said of which stream: "json", "message_format", "no_stream_id", or "too_long" or
            "wrong_type" for "stream_id" or "keep_alive".
    """
    try:
        body = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InvalidRequest("json") from None
    if not isinstance(body, dict):
        raise InvalidRequest("message_format")
    if "keep_alive" in body and "stream_id" not in body:
        if body["keep_alive"] is not True:
            raise InvalidRequest("wrong_type", "keep_alive")
        return KeepAlive()
    stream_id = _stream_id(body)
    if "model" not in body and any(name in body for name in _ABOUT_A_STREAM):
        return Continue(stream_id=stream_id, body=body)
    return Start(stream_id=stream_id, body=body)


def read_text(message: Continue) -> TextMessage:
    """The rest of a message to a stream that has begun.

    Raises:
        InvalidRequest: "wrong_type", "too_long", or "not_alone": text and cancel do not go together.
    """
    read = text_message(message.body)
    if read.cancel and (read.text is not None or read.text_end is not None):
        raise InvalidRequest("not_alone", "cancel")
    return read


def _stream_id(body: Mapping[str, Any]) -> str:
    stream_id = body.get("stream_id")
    if stream_id is None or stream_id == "":
        raise InvalidRequest("no_stream_id", "stream_id")
    if not isinstance(stream_id, str):
        raise InvalidRequest("wrong_type", "stream_id")
    if len(stream_id) > LONGEST_STREAM_ID:
        raise InvalidRequest("too_long", "stream_id", limit=LONGEST_STREAM_ID)
    return stream_id


def sound(
    stream_id: str, audio: bytes, *, timestamps: Mapping[str, Sequence[Any]] | None = None, last: bool
) -> Iterator[str]:
    """The messages that carry a piece of sound: one, or several where it is large.

    Args:
        stream_id: Whose it is.
        audio: Encoded bytes.
        timestamps: As `timestamps.Timeline.frame` gives them; from the first message on.
        last: Nothing follows.
    """
    audios = [audio[start : start + LARGEST_AUDIO] for start in range(0, len(audio), LARGEST_AUDIO)]
    times = [] if timestamps is None else list(_parted(timestamps))
    count = max(len(audios), len(times), 1)
    for number, (part, spoken) in enumerate(zip_longest(audios or [b""], times), 1):
        message: dict[str, Any] = {"stream_id": stream_id, "audio": base64.b64encode(part or b"").decode()}
        if spoken is not None:
            message["timestamps"] = spoken
        if last and number == count:
            message["audio_end"] = True
        yield _text(message)


def _parted(timestamps: Mapping[str, Sequence[Any]]) -> Iterator[Mapping[str, Sequence[Any]]]:
    """Times of characters in parts that fit a message."""
    for start in range(0, len(timestamps["characters"]), MOST_CHARACTERS):
        yield {name: values[start : start + MOST_CHARACTERS] for name, values in timestamps.items()}


def terminated(stream_id: str) -> str:
    """The message that ends a stream: its id may be used again."""
    return _text({"stream_id": stream_id, "terminated": True})


def failed(error: AntiphonError, *, stream_id: str | None, request_id: str) -> str:
    """The message that tells an error.

    Args:
        error: What went wrong.
        stream_id: In which stream; "" where a client's message named none; None for the whole connection, since
            clients give an error that names no stream to whoever is waiting.
        request_id: The connection's.
    """
    about = {} if stream_id is None else {"stream_id": stream_id}
    return _text({**about, **told(error, request_id)})


def _text(message: Mapping[str, Any]) -> str:
    return orjson.dumps(message).decode()
