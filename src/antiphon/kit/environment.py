"""What a child process is told of the environment. Nothing of it is read here: `settings` does that."""

import os
import tempfile
from pathlib import Path


def inherited(*, withheld: str) -> dict[str, str]:
    """The variables for a child: all, but for those that begin with `withheld`; "" withholds none."""
    return {name: value for name, value in os.environ.items() if not (withheld and name.startswith(withheld))}


def put_temporary_files(folder: Path) -> None:
    """Have temporary files made in `folder` from now on, by this process and by its children."""
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
