import asyncio
import json
import os
import socket
import stat

import pytest
import uvloop

from antiphon.kit.control import ControlError, call, serve


async def echo(args):
    return {"you said": args}


async def refuse(_args):
    raise ControlError("closed", "Not today.")


async def asked(path, verb, **args):
    return await asyncio.to_thread(call, path, verb, **args)


async def said(path, *lines):
    """What comes back over one connection for these raw lines, until the server hangs up."""
    reader, writer = await asyncio.open_unix_connection(str(path))
    writer.write(b"".join(lines))
    writer.write_eof()
    answers = await reader.read()
    writer.close()
    return [json.loads(answer) for answer in answers.splitlines()]


async def test_a_verb_is_answered_with_its_result(tmp_path):
    async with serve(tmp_path / "s", {"echo": echo}):
        assert await asked(tmp_path / "s", "echo", a=1, b="ü\n") == {"you said": {"a": 1, "b": "ü\n"}}


def test_it_works_on_uvloop_too(tmp_path):
    async def work():
        async with serve(tmp_path / "s", {"echo": echo}):
            return await asked(tmp_path / "s", "echo", a=1)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(work()) == {"you said": {"a": 1}}


async def test_a_refusal_keeps_its_code_and_message(tmp_path):
    async with serve(tmp_path / "s", {"refuse": refuse}):
        with pytest.raises(ControlError, match="Not today") as caught:
            await asked(tmp_path / "s", "refuse")
    assert caught.value.code == "closed"


async def test_an_unknown_verb_is_refused(tmp_path):
    async with serve(tmp_path / "s", {}):
        with pytest.raises(ControlError) as caught:
            await asked(tmp_path / "s", "dance")
    assert caught.value.code == "unknown_verb"


async def test_a_handler_that_breaks_ends_its_connection_and_no_other(tmp_path):
    async def broken(_args):
        raise ZeroDivisionError

    told = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    async with serve(tmp_path / "s", {"broken": broken, "echo": echo}):
        with pytest.raises(ControlError) as caught:
            await asked(tmp_path / "s", "broken")
        assert caught.value.code == "bad_reply"
        assert await asked(tmp_path / "s", "echo") == {"you said": {}}


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"null\n",
        b"[]\n",
        b"\xff\n",
        b'{"verb": 1, "args": {}}\n',
        b'{"verb": "echo", "args": []}\n',
        b"[" * 60000 + b"\n",
    ],
)
async def test_what_is_no_request_is_told_so(tmp_path, line):
    async with serve(tmp_path / "s", {"echo": echo}):
        (answer,) = await said(tmp_path / "s", line)
    assert answer["error"]["code"] == "bad_request"


async def test_several_lines_are_answered_in_order(tmp_path):
    line = b'{"verb": "echo", "args": {"n": %d}}\n'
    async with serve(tmp_path / "s", {"echo": echo}):
        answers = await said(tmp_path / "s", line % 1, line % 2)
    assert [answer["result"]["you said"]["n"] for answer in answers] == [1, 2]


async def test_a_line_beyond_the_limit_ends_the_connection(tmp_path):
    async with serve(tmp_path / "s", {"echo": echo}):
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
        writer.write(b"x" * (1 << 17))
        assert await reader.read() == b""
        writer.close()


async def test_the_socket_is_for_its_owner_alone_and_goes_with_the_server(tmp_path):
    path = tmp_path / "s"
    async with serve(path, {}):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()


async def test_the_end_does_not_wait_for_idle_clients(tmp_path):
    async with serve(tmp_path / "s", {"echo": echo}):
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "s"))
        writer.write(b'{"verb": "echo", "args": {}}\n')
        await reader.readline()
    assert await reader.read() == b""
    writer.close()


async def test_a_path_longer_than_the_kernel_takes_works(tmp_path):
    folder = tmp_path / ("d" * 100) / ("e" * 100)
    folder.mkdir(parents=True)
    async with serve(folder / "control.sock", {"echo": echo}):
        assert (folder / "control.sock").is_socket()
        assert await asked(folder / "control.sock", "echo", n=1) == {"you said": {"n": 1}}
    assert not (folder / "control.sock").exists()


async def test_the_socket_of_a_killed_server_is_replaced(tmp_path):
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    async with serve(path, {"echo": echo}):
        assert await asked(path, "echo") == {"you said": {}}


async def test_the_socket_of_a_living_server_is_not(tmp_path):
    path = tmp_path / "s"
    async with serve(path, {"echo": echo}):
        with pytest.raises(ControlError) as caught:
            async with serve(path, {}):
                pass
        assert await asked(path, "echo") == {"you said": {}}
    assert caught.value.code == "in_use"


async def test_a_file_that_is_no_socket_is_never_removed(tmp_path):
    path = tmp_path / "s"
    path.write_text("precious")
    with pytest.raises(OSError, match="in use"):
        async with serve(path, {}):
            pass
    assert path.read_text() == "precious"


@pytest.mark.parametrize("left_over", [False, True])
def test_a_client_is_told_that_nobody_serves(tmp_path, left_over):
    path = tmp_path / "s"
    if left_over:
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(path))
    with pytest.raises(ControlError) as caught:
        call(path, "echo")
    assert caught.value.code == "not_serving"


async def test_another_user_is_kept_out(tmp_path):
    async with serve(tmp_path / "s", {"echo": echo}, users={os.geteuid() + 1}):
        with pytest.raises(ControlError) as caught:
            await asked(tmp_path / "s", "echo")
    assert caught.value.code == "bad_reply"
