"""A server that a module's tests share."""

from collections.abc import Iterator

import pytest

from e2e.running import Running, start, stop


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = start(tmp_path_factory.mktemp("server") / "data")
    yield running
    assert stop(running) == 0
