"""The command line as a process."""

import io
import json
import os
import signal
import struct
import subprocess
import sys

import av
import psutil
import pytest
import soundfile

from antiphon.audio.formats import FORMATS
from e2e.running import eventually, lives

ENDINGS = [(codec, suffix) for codec, entry in FORMATS.items() for suffix in entry.suffixes[:1]]
MAGIC = {".wav": b"RIFF", ".flac": b"fLaC", ".opus": b"OggS", ".mp3": b"\xff", ".aac": b"\xff"}
BOOK = "It was a bright cold day, and the clocks were striking. "


@pytest.fixture
def say(antiphon, tmp_path):
    """`antiphon say` in an empty folder."""
    return lambda *arguments, **options: antiphon("say", *arguments, cwd=tmp_path, **options)


@pytest.mark.parametrize(("codec", "suffix"), ENDINGS)
def test_the_ending_chooses_the_format(say, tmp_path, codec, suffix):
    done = say("Hello, world.", "-o", f"hello{suffix}")
    assert (done.returncode, done.stdout) == (0, "")
    assert "s of speech" in done.stderr
    sound = (tmp_path / f"hello{suffix}").read_bytes()
    assert sound.startswith(MAGIC.get(suffix, b""))
    assert [path.name for path in tmp_path.iterdir()] == [f"hello{suffix}"]
    if suffix in MAGIC:
        with av.open(io.BytesIO(sound)) as container:
            seconds = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
        assert f"{seconds:.1f}" in done.stderr or abs(seconds - float(done.stderr.split()[0])) < 0.15


def test_the_sizes_in_a_wav_header_are_those_of_the_file(say, tmp_path):
    assert say("Hello, world.", "-o", "hello.wav").returncode == 0
    sound = (tmp_path / "hello.wav").read_bytes()
    (riff,), (data,) = struct.unpack_from("<I", sound, 4), struct.unpack_from("<I", sound, 40)
    assert (riff, data) == (len(sound) - 8, len(sound) - 44)
    assert soundfile.info(str(tmp_path / "hello.wav")).frames == data // 2


def test_a_flac_file_knows_how_long_it_is(say, tmp_path):
    assert say("Hello, world.", "-o", "hello.flac").returncode == 0
    sound, _ = soundfile.read(tmp_path / "hello.flac")
    assert soundfile.info(str(tmp_path / "hello.flac")).frames == len(sound)


def test_every_option_is_heard(say, tmp_path):
    options = ["--voice", "Maya", "--language", "de", "--format", "pcm_s16le", "--sample-rate", "16000"]
    assert say("Guten Morgen, meine Damen.", "-o", "usual.raw", *options).returncode == 0
    assert say("Guten Morgen, meine Damen.", "-o", "fast.raw", *options, "--speed", "1.3").returncode == 0
    usual, fast = ((tmp_path / name).stat().st_size for name in ("usual.raw", "fast.raw"))
    assert fast == pytest.approx(usual / 1.3, rel=0.12)


def test_sound_goes_to_a_pipe_and_words_do_not(say):
    done = say("Hello, world.", "-o", "-", "--format", "flac", text=False)
    assert done.returncode == 0
    assert soundfile.info(io.BytesIO(done.stdout)).samplerate == 24_000


def test_a_pipe_that_closes_early_ends_it_quietly(tmp_path):
    command = [sys.executable, "-m", "antiphon", "say", BOOK * 500, "-o", "-", "--format", "wav"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=False) as process:
        assert process.stdout.read(100).startswith(b"RIFF")
        process.stdout.close()
        errors = process.stderr.read()
        assert process.wait(timeout=20) == 1
    assert b"Traceback" not in errors


def test_standard_input_is_read_as_it_comes(tmp_path):
    command = [sys.executable, "-m", "antiphon", "say", "-o", "-", "--format", "pcm_s16le"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        sound, errors = process.communicate("Grüße aus der Röhre.".encode(), timeout=20)
    assert process.returncode == 0, errors
    assert len(sound) > 24_000


WRONG = {
    "voice": (["--voice", "Nobody"], "there is no voice 'Nobody'"),
    "format": (["--format", "midi"], "midi"),
    "ending": (["-o", "hello.midi"], "no format is known for '.midi'"),
    "rate": (["--sample-rate", "12345"], "8000, 16000"),
    "speed": (["--speed", "9"], "less than or equal to 2"),
    "folder": (["-o", "nowhere/hello.wav"], "No such file or directory"),
}


@pytest.mark.parametrize(("options", "reason"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_in_a_line_and_leaves_no_file(say, tmp_path, options, reason):
    refused = say("Hello.", *(options if "-o" in options else [*options, "-o", "hello.wav"]))
    assert refused.returncode in {1, 2}
    assert reason in " ".join(refused.stderr.replace("│", " ").split())
    assert "Traceback" not in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_there_is_said_in_a_line(say, tmp_path):
    refused = say("--file", "nothing.txt", "-o", "hello.wav")
    assert (refused.returncode, "nothing.txt: No such file" in refused.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["", " \n"])
def test_there_must_be_something_to_say(say, tmp_path, text):
    refused = say(text, "-o", "hello.wav")
    assert (refused.returncode, "nothing to say" in refused.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("wrong", [b"caf\xe9", b"fine " * 20_000 + b"\xc3"])
def test_a_file_that_is_no_utf_8_is_refused(say, tmp_path, wrong):
    (tmp_path / "book.txt").write_bytes(wrong)
    refused = say("--file", "book.txt", "-o", "book.mp3")
    assert refused.returncode == 1
    assert "book.txt is not UTF-8" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["book.txt"]


def test_an_output_that_cannot_be_written_is_said_in_a_line(say):
    refused = say("Hello.", "-o", "/proc/hello.wav")
    assert refused.returncode == 1
    assert "/proc/hello.wav" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_an_interrupted_command_leaves_no_file_and_no_process(tmp_path):
    (tmp_path / "book.txt").write_text(BOOK * 20_000)
    command = [sys.executable, "-m", "antiphon", "say", "--file", "book.txt", "-o", "book.flac"]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            eventually(lambda: any(part.stat().st_size > 100_000 for part in tmp_path.glob(".*.part")))
            family = psutil.Process(process.pid).children(recursive=True)
            os.killpg(process.pid, signal.SIGINT)  # As a terminal does.
            _, errors = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert [path.name for path in tmp_path.iterdir()] == ["book.txt"]
    assert family
    eventually(lambda: not any(map(lives, family)), within=2)


def test_what_was_there_stays_when_it_fails(say, tmp_path):
    (tmp_path / "kept.wav").write_bytes(b"old")
    (tmp_path / "bad.txt").write_bytes(b"fine at first. " * 1000 + b"\xff")
    assert say("--file", "bad.txt", "-o", "kept.wav").returncode == 1
    assert (tmp_path / "kept.wav").read_bytes() == b"old"


def _peak(command: list[str], folder) -> int:
    """The most memory that any one process of the command had, in KiB."""
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss


def test_a_book_takes_no_more_memory_than_a_page(tmp_path):
    words = len(BOOK.split())
    peaks = []
    for name, count in (("page", 1_000), ("book", 20_000)):
        (tmp_path / f"{name}.txt").write_text(BOOK * (count // words))
        command = [sys.executable, "-m", "antiphon", "say", "--file", f"{name}.txt", "-o", f"{name}.ulaw"]
        peaks.append(_peak([*command, "--speed", "2"], tmp_path))
    assert peaks[1] <= 1.2 * peaks[0]
    assert (tmp_path / "book.ulaw").stat().st_size > 15 * (tmp_path / "page.ulaw").stat().st_size


def test_voices_are_listed_for_people_and_for_programs(antiphon):
    listed = antiphon("voices", "--language", "de").stdout.splitlines()
    assert listed[0].split() == ["voice", "gender", "accent", "description"]
    assert len(listed) == 1 + 28
    read = json.loads(antiphon("voices", "--json").stdout)
    assert len(read) == 28
    assert {"voice": "Adrian", "gender": "male"}.items() <= next(v for v in read if v["voice"] == "Adrian").items()


def test_voices_of_a_language_that_there_is_not_are_refused(antiphon):
    refused = antiphon("voices", "--language", "klingon")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "no language 'klingon'" in refused.stderr


def test_languages_are_listed_with_those_that_stand_in(antiphon):
    read = json.loads(antiphon("languages", "--json").stdout)
    assert len(read) == 62
    assert {entry["code"] for entry in read if entry["spoken_as"]} == {"gl", "su", "tl"}


def test_models_are_listed(antiphon):
    listed = antiphon("models")
    assert listed.returncode == 0
    for name in ("tts-rt-v1", "tts-rt-v1-preview", "tts-rt-v2"):
        assert name in listed.stdout
    assert listed.stderr == ""


def test_it_explains_itself_by_its_own_name(antiphon):
    explained = antiphon("say", "--help")
    assert (explained.returncode, explained.stderr) == (0, "")
    assert "Usage: antiphon say" in explained.stdout


def test_the_version_is_told(antiphon):
    assert antiphon("--version").stdout.startswith("antiphon ")
