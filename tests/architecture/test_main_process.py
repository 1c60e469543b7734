"""The server's main process stays small: what is heavy lives in children."""

import subprocess
import sys


def test_the_application_imports_neither_numpy_nor_av() -> None:
    program = (
        "import sys, antiphon.cli.running, antiphon.engines.espeak.backend\n"
        "print(sorted({'numpy', 'av', 'soxr', 'espeakng_loader'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_line_loads_the_server_only_to_serve() -> None:
    program = "import sys, antiphon.cli.main; print(sorted({'fastapi', 'uvicorn'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
