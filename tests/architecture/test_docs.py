"""The pages say what is so: what they list is complete, their links lead somewhere, their code works."""

import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import click
import httpx
import pytest
import typer

import antiphon
from antiphon.audio.formats import FORMATS
from antiphon.catalog.models import load_speech_models
from antiphon.cli.main import cli
from antiphon.engines.espeak.voices import load_languages, load_voices
from antiphon.settings import Settings
from architecture.pages import DOCS, ROOT, blocks, read, rows, section

PLUGIN_PAGE = DOCS / "how-to" / "write-a-plugin.md"
LISTED = subprocess.run(
    ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git there is
    cwd=ROOT,
    capture_output=True,
    text=True,
    check=True,
).stdout.split("\0")
FILES = [ROOT / name for name in LISTED if name and (ROOT / name).is_file()]
PAGES = [path for path in FILES if path.suffix == ".md"]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$|`[^`\n]*`", "", text, flags=re.MULTILINE | re.DOTALL)


def commands(group: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    yield path, group
    for name, command in getattr(group, "commands", {}).items():
        yield from commands(command, f"{path} {name}")


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented_with_its_default(name: str) -> None:
    found = [row for row in rows(read("reference", "settings.md")) if row[0] == f"ANTIPHON_{name.upper()}"]
    default = Settings.model_fields[name].default
    told = "not set" if default in (None, ()) else str(default).lower() if isinstance(default, bool) else str(default)
    assert [row[-2] for row in found] == [told]


def test_no_setting_is_documented_that_is_not_there() -> None:
    told = re.findall(r"ANTIPHON_([A-Z_]+)", read("reference", "settings.md"))
    assert {name.lower() for name in told} <= set(Settings.model_fields)


@pytest.mark.parametrize(("path", "command"), list(commands(typer.main.get_command(cli), "antiphon")))
def test_every_command_is_documented_with_its_options(path: str, command: click.Command) -> None:
    page = read("reference", "cli.md")
    depth = "#" * min(3, 2 + path.count(" ") // 2)
    text = section(page, f"{depth} `{path}`")
    named = [option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)]
    missing = [
        name for name in named if name not in {"--help", "-h"} and f"`{name}`" not in text and name.startswith("-")
    ]
    assert missing == []


def test_no_option_is_documented_that_is_not_there() -> None:
    there = {
        option
        for _, command in commands(typer.main.get_command(cli), "antiphon")
        for parameter in command.params
        for option in parameter.opts
    }
    told = set(re.findall(r"`(--[a-z-]+)`", read("reference", "cli.md")))
    assert told - there <= {"--help"}


def test_every_format_is_documented_with_its_rates() -> None:
    def listed(values: tuple[int, ...]) -> str:
        return ", ".join(map(str, values)) or "none"

    told = rows(section(read("reference", "soniox.md"), "## Formats"))[2:]
    assert told == [
        (
            codec.value,
            entry.content_type,
            listed(entry.sample_rates),
            str(entry.default_sample_rate),
            listed(entry.bitrates),
            str(entry.default_bitrate or "none"),
        )
        for codec, entry in FORMATS.items()
    ]


def test_every_voice_is_documented() -> None:
    told = rows(section(read("reference", "soniox.md"), "## Voices"))[2:]
    assert told == [(voice.id, voice.gender, voice.accent, voice.description) for voice in load_voices()]


def test_every_language_is_documented_with_what_stands_in() -> None:
    table = rows(section(read("reference", "soniox.md"), "## Languages"))[2:]
    told = {cells for row in table for cells in (row[:3], row[3:])}
    assert told == {(known.code, known.name, known.spoken_as or "") for known in load_languages()}


def test_the_page_on_speech_names_the_languages_that_stand_in() -> None:
    page = " ".join(read("explain", "speech.md").split())
    stand_ins = [known for known in load_languages() if known.spoken_as]
    assert [known.name for known in stand_ins if f"{known.name} as {known.spoken_as}" not in page] == []


def test_every_model_is_documented() -> None:
    told = [row[0] for row in rows(section(read("reference", "soniox.md"), "## Models"))[2:]]
    assert told == [model.id for model in load_speech_models()]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(text)):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        to = (page.parent / path).resolve() if path else page
        if not to.exists() or (anchor and anchor not in anchors(to.read_text(encoding="utf-8"))):
            broken.append(target)
    assert broken == []


def test_every_decision_is_listed() -> None:
    listed = set(re.findall(r"\]\((\d{4}-[^)]*)\)", read("decisions", "README.md")))
    assert listed == {path.name for path in (DOCS / "decisions").glob("[0-9]*.md")}


@pytest.mark.parametrize("page", sorted((DOCS / "decisions").glob("[0-9]*.md")), ids=name_of)
def test_a_decision_has_its_parts_and_one_line_to_quote(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings == ["Context", "Decision", "Consequences", "Alternatives"]
    assert len(re.findall(r"^> .*(?:\n> .*)*", section(text, "## Decision"), re.MULTILINE)) == 1


def test_the_changelog_has_this_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.findall(r"^## \[([^\]]+)\]", text, re.MULTILINE)[0] == antiphon.__version__


@pytest.mark.parametrize("part", ["espeakng-loader", "GPL-3.0", "libx264", "Apache License, Version 2.0"])
def test_the_notice_names_what_is_not_ours(part: str) -> None:
    assert part in (ROOT / "NOTICE").read_text(encoding="utf-8")


# One letter of each stands in brackets, so that this file does not name them itself.
MACHINE = re.compile(
    r"/[w]ork/|/[r]oot/|/[h]ome/\w|/[t]mp/lab|files\.python[h]osted|pypi\.org/[s]imple|--(?:extra-)?index-[u]rl\s"
)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_no_file_names_a_machine_or_a_package_index(path: Path) -> None:
    text = path.read_text(encoding="utf-8", errors="replace")
    assert MACHINE.findall(text) == []


@pytest.fixture(scope="module")
def with_the_plugin(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment as the page on plugins leaves it: its package installed."""
    page = PLUGIN_PAGE.read_text(encoding="utf-8")
    (module,) = blocks(page, "python")
    (project,) = blocks(page, "toml")
    folder = tmp_path_factory.mktemp("plugin")
    source = folder / "antiphon-bell"
    source.mkdir()
    (source / "pyproject.toml").write_text(project, encoding="utf-8")
    (source / "antiphon_bell.py").write_text(module, encoding="utf-8")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-build-isolation", "--no-deps"]
    subprocess.run([*pip, "--target", str(folder / "installed"), str(source)], check=True, timeout=60)
    return {
        **os.environ,
        "PYTHONPATH": str(folder / "installed"),
        "ANTIPHON_BOOTSTRAP_KEY": "key-of-the-page-on-plugins",
        "PWD": str(folder),
    }


def test_the_plugin_of_the_page_serves_its_model(with_the_plugin: dict[str, str]) -> None:
    models = subprocess.run(
        [sys.executable, "-m", "antiphon", "models"], env=with_the_plugin, capture_output=True, text=True, check=True
    )
    assert ["bell-1", "soniox", "bell", "Bell"] in [line.split() for line in models.stdout.splitlines()]
    assert models.stderr == ""


def test_the_plugin_of_the_page_speaks(with_the_plugin: dict[str, str], tmp_path: Path) -> None:
    page = PLUGIN_PAGE.read_text(encoding="utf-8")
    body = re.search(r"-d '(\{.*?\})'", page)
    assert body
    with subprocess.Popen(
        [sys.executable, "-m", "antiphon", "serve", "--port", "0"],
        cwd=tmp_path,
        env=with_the_plugin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout
        try:
            url = next(found[1] for line in server.stdout if (found := re.search(r"answers at (\S+)", line)))
            headers = {
                "Authorization": f"Bearer {with_the_plugin['ANTIPHON_BOOTSTRAP_KEY']}",
                "Content-Type": "application/json",
            }
            answer = httpx.post(f"{url}/tts", content=body[1], headers=headers)
            ready = httpx.get(f"{url}/readyz").json()
        finally:
            server.terminate()
            server.stdout.read()
    assert (answer.status_code, answer.headers["x-antiphon-engine"]) == (200, "bell")
    assert "x-antiphon-stand-in" not in answer.headers
    assert len(answer.content) == 3 * 24_000 // 5 * 2  # Three words of 200 ms.
    assert ready["makers"]["bell"] is True


def test_every_example_in_toml_is_toml() -> None:
    for page in PAGES:
        for block in blocks(page.read_text(encoding="utf-8"), "toml"):
            tomllib.loads(block)
