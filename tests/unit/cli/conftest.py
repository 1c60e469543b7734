"""Commands as processes, with a server that holds the data folder or with nobody."""

import asyncio
import contextlib
import os

import pytest

from antiphon.cli.verbs import verbs
from antiphon.house import open_house
from antiphon.kit import control
from antiphon.kit.clock import SystemClock
from antiphon.settings import load
from antiphon.store.folder import DataFolder
from unit.cli.forking import Forking


@contextlib.asynccontextmanager
async def server(path):
    """What a running server offers to its operator; gives its house."""
    settings = load(data=path)
    with DataFolder.claim(path) as folder:
        async with open_house(folder, settings, SystemClock()) as house:
            first = await house.first_start(settings, remember=lambda _key: None)
            async with control.serve(folder.control_socket, verbs(house, first.id, folder)):
                yield house


@contextlib.asynccontextmanager
async def nobody(path):
    path.mkdir()
    yield None


@pytest.fixture(params=[server, nobody])
async def holder(request, tmp_path):
    """The data folder is there, and a server holds it or not."""
    async with request.param(tmp_path / "data") as house:
        yield house


@pytest.fixture
async def house(tmp_path):
    """The data folder is held by a server; its house."""
    async with server(tmp_path / "data") as opened:
        yield opened


@pytest.fixture(scope="module")
def forking():
    started = Forking()
    yield started
    started.close()


@pytest.fixture
def command(tmp_path, forking):
    """Makes something that runs commands of a program on the data folder; gives status, output and errors."""

    def made(program):
        async def ran(*arguments, **environment):
            status, out, err = await asyncio.to_thread(
                forking.run,
                program,
                [str(argument) for argument in arguments],
                folder=tmp_path,
                environment={**os.environ, "ANTIPHON_DATA": str(tmp_path / "data"), "COLUMNS": "200", **environment},
            )
            assert "Traceback" not in err
            return status, out, err

        return ran

    return made
