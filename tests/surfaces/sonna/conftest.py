from pathlib import Path

import pytest

from surfaces.sonna.served import Serving, in_folder


@pytest.fixture
def serving(tmp_path: Path) -> Serving:
    """Runs Sonna; arguments are its maker, and settings."""
    return in_folder(tmp_path)
