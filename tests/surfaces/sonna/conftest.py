from pathlib import Path

import pytest

from surfaces.sonna.making import Serving as MakingServing
from surfaces.sonna.making import open_making
from surfaces.sonna.served import Serving, in_folder


@pytest.fixture
def serving(tmp_path: Path) -> Serving:
    """Runs Sonna; arguments are its maker, and settings."""
    return in_folder(tmp_path)


@pytest.fixture
def making(tmp_path: Path) -> MakingServing:
    """Runs `/api/generate`; arguments are its makers, and settings."""
    return lambda **chosen: open_making(tmp_path / "data", **chosen)


@pytest.fixture
async def made(making: MakingServing):
    """`/api/generate`, running."""
    async with making() as running:
        yield running
