import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.kit import frames


@contextlib.contextmanager
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def reader_of(data: bytes) -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=300)), max_size=5))
def test_what_is_framed_is_read(messages):
    async def read_all() -> list[tuple[int, bytes]]:
        reader = reader_of(b"".join(frames.frame(kind, payload) for kind, payload in messages))
        return [await frames.read(reader) for _ in messages]

    assert asyncio.run(read_all()) == messages


def test_what_is_sent_is_received():
    with pair() as (one, other):
        frames.send(one, 7, b"hello")
        frames.send(one, 8)
        assert frames.receive(other) == (7, b"hello")
        assert frames.receive(other) == (8, b"")


def test_a_message_larger_than_any_buffer_arrives_whole():
    payload = bytes(range(256)) * 20_000
    with pair() as (one, other):
        sending = threading.Thread(target=frames.send, args=(one, 1, payload))
        sending.start()
        assert frames.receive(other) == (1, payload)
        sending.join()


WHOLE = frames.frame(1, b"payload")


@pytest.mark.parametrize("length", range(len(WHOLE)))
def test_an_end_within_a_message_is_an_end(length):
    with pair() as (one, other):
        one.sendall(WHOLE[:length])
        one.close()
        with pytest.raises(frames.Ended):
            frames.receive(other)


@pytest.mark.parametrize("length", range(len(WHOLE)))
async def test_an_end_within_a_message_is_an_end_to_a_reader_too(length):
    with pytest.raises(frames.Ended):
        await frames.read(reader_of(WHOLE[:length]))


OVERSIZED = struct.pack("<BI", 1, frames.LARGEST + 1) + b"x"


def test_a_length_that_cannot_be_is_an_end():
    with pair() as (one, other):
        one.sendall(OVERSIZED)
        with pytest.raises(frames.Ended):
            frames.receive(other)


async def test_a_length_that_cannot_be_is_an_end_to_a_reader_too():
    with pytest.raises(frames.Ended):
        await frames.read(reader_of(OVERSIZED))


async def test_a_reset_connection_is_an_end():
    reader = asyncio.StreamReader()
    reader.set_exception(ConnectionResetError())
    with pytest.raises(frames.Ended):
        await frames.read(reader)
