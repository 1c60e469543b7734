import json

import pytest
from typer.testing import CliRunner

from antiphon.cli.failing import CommandFailed
from antiphon.cli.main import cli


@pytest.fixture
def run():
    return lambda *arguments: CliRunner().invoke(cli, list(arguments))


LISTS = [("voices", "voice"), ("languages", "code"), ("models", "model")]


@pytest.mark.parametrize(("command", "column"), LISTS)
def test_a_list_says_the_same_to_people_and_programs(run, command, column):
    head, *rows = run(command).stdout.splitlines()
    entries = json.loads(run(command, "--json").stdout)
    assert head.split()[0] == column
    assert [row.split()[0] for row in rows] == [entry[column] for entry in entries]


@pytest.mark.parametrize("command", ["say", "voices"])
def test_a_language_that_there_is_not_is_named(run, command):
    arguments = ["Hello."] if command == "say" else []
    failure = run(command, *arguments, "--language", "xx").exception
    assert isinstance(failure, CommandFailed)
    assert str(failure) == "there is no language 'xx'; `antiphon languages` lists them"


def test_an_ending_that_means_nothing_is_answered_with_those_that_do(run):
    failure = run("say", "Hello.", "-o", "hello.xyz").exception
    assert isinstance(failure, CommandFailed)
    assert ".mp3" in str(failure)
    assert ".opus" in str(failure)


RATES = [
    (["-o", "a.flac", "--sample-rate", "8000"], "flac takes one of these as --sample-rate: 16000, 24000, 44100, 48000"),
    (["-o", "a.opus", "--bitrate", "1"], "opus takes one of these as --bitrate: 16000, 32000, 64000, 96000, 128000"),
    (["-o", "a.wav", "--bitrate", "64000"], "wav has no bitrate; leave --bitrate out"),
]


@pytest.mark.parametrize(("options", "message"), RATES)
def test_what_a_format_cannot_have_is_answered_with_what_it_can(run, options, message):
    failure = run("say", "Hello.", *options).exception
    assert isinstance(failure, CommandFailed)
    assert str(failure).startswith(message)


COMMANDS = [
    [],
    *(["serve"], ["say"], ["voices"], ["languages"], ["models"]),
    *(["keys"], ["keys", "create"], ["keys", "list"], ["keys", "revoke"]),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(run, command):
    explained = run(*command, "--help")
    assert (explained.exit_code, explained.stderr) == (0, "")
    assert f"Usage: {' '.join(['antiphon', *command])}" in explained.stdout
    assert run(*command, "-h").stdout == explained.stdout
