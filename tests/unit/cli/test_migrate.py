import os
import subprocess
import sys

PROGRAM = """
import sys, typer
from antiphon.cli.failing import explained
from antiphon.cli.migrate import migrate
cli = typer.Typer()
cli.command()(migrate)
sys.exit(explained(cli))
"""


def run(*args, **env):
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *args], capture_output=True, text=True, check=False, env={**os.environ, **env}
    )


def test_without_a_database_it_says_how_to_name_one():
    done = run(ANTIPHON_DATABASE_URL="")
    assert done.returncode == 1
    assert "ANTIPHON_DATABASE_URL" in done.stderr


def test_a_database_that_is_not_there_is_told_without_its_password(tmp_path):
    done = run("--database-url", f"postgresql://me:hunter2@/db?host={tmp_path}")
    assert done.returncode == 1
    assert done.stderr.startswith("antiphon: Cannot connect to the database postgresql:///db")
    assert "hunter2" not in done.stderr
    assert "Traceback" not in done.stderr
