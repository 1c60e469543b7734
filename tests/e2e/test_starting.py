"""What a server says when it cannot start, and what it needs to."""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys

import httpx
import pytest

from e2e.running import KEY

REFUSALS = {
    "an address that others reach": (["--host", "192.0.2.1"], {}, "keys would travel in clear"),
    "a certificate that is not there": (["--tls-cert", "no.pem", "--tls-key", "no.key"], {}, "Cannot use --tls-cert"),
    "a proxy that is everybody": (["--behind-proxy", "0.0.0.0/0"], {}, "not '0.0.0.0/0'"),
    "a port that is no number": ([], {"ANTIPHON_PORT": "http"}, "ANTIPHON_PORT"),
    "a bootstrap key that is too short": ([], {"ANTIPHON_BOOTSTRAP_KEY": "hunter2"}, "ANTIPHON_BOOTSTRAP_KEY"),
    "a secret that is too short": ([], {"ANTIPHON_SECRET": "hunter2"}, "too short"),
    "an option that is wrong": (["--log-level", "loud"], {}, "--log-level"),
}


@pytest.mark.parametrize(("options", "environment", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_what_cannot_be_used_is_said_in_a_line(antiphon, tmp_path, options, environment, reason):
    refused = antiphon("serve", *options, cwd=tmp_path, environment={"ANTIPHON_PORT": "0", **environment})
    assert (refused.returncode, refused.stdout) == (1, "")
    assert reason in refused.stderr
    assert "Traceback" not in refused.stderr
    assert len(refused.stderr.strip().splitlines()) <= 2
    assert "hunter2" not in refused.stderr


def test_a_port_in_use_is_said_in_a_line(antiphon, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = antiphon("serve", "--port", str(port), "--data", str(tmp_path))
    assert refused.returncode == 1
    assert f"port {port}" in refused.stderr
    assert "in use" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_second_server_on_the_same_folder_is_refused(antiphon, launch):
    first = launch()
    refused = antiphon("serve", "--port", "0", "--data", str(first.data))
    assert refused.returncode == 1
    assert str(first.data) in refused.stderr
    assert str(first.process.pid) in refused.stderr
    assert "Traceback" not in refused.stderr
    assert first.say().status_code == 200


def test_a_folder_that_cannot_be_made_is_said_in_a_line(antiphon, tmp_path):
    (tmp_path / "file").touch()
    refused = antiphon("serve", "--port", "0", "--data", str(tmp_path / "file" / "data"))
    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert str(tmp_path) in refused.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_server_stops_at_once(launch, number):
    running = launch()
    running.process.send_signal(number)
    assert running.process.wait(timeout=3) == 0


def test_a_signal_while_starting_ends_it_without_a_traceback(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-m", "antiphon", "serve", "--port", "0", "--data", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while not (tmp_path / "lock").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        try:
            _, errors = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode in {0, 130}
    assert "Traceback" not in errors


def test_a_restart_keeps_keys_and_sound(launch):
    first = launch()
    sound = first.say().content
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(timeout=20) == 0
    again = launch(data=first.data, ANTIPHON_BOOTSTRAP_KEY="")
    answer = again.say()
    assert (answer.status_code, answer.content) == (200, sound)


def test_the_first_key_of_a_folder_works_and_is_kept_from_logs(launch):
    running = launch(ANTIPHON_BOOTSTRAP_KEY="")
    kept = running.data / "first-key"
    key = kept.read_text().strip()
    assert kept.stat().st_mode & 0o777 == 0o600
    with running.wire(key=key) as wire:
        assert wire.head()[0] == 200
    with running.wire(key=KEY) as wire:
        assert wire.head()[0] == 401
    assert key not in (running.data.parent / f"{running.data.name}.log").read_text()


def test_with_a_certificate_it_speaks_https(launch, tmp_path):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("the program openssl makes the certificate")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    made = [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*made, "-keyout", key, "-out", certificate, *names], check=True, capture_output=True)
    running = launch("--tls-cert", str(certificate), "--tls-key", str(key))
    trusting = ssl.create_default_context(cafile=certificate)
    assert running.url.startswith("https://127.0.0.1:")
    with running.client(verify=trusting) as http:
        answer = http.post("/tts", json={**_WISH, "text": "Hello over TLS."})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "audio/mpeg")
    with running.wire(verify=trusting, **_WISH) as wire:
        assert wire.head()[0] == 200
        assert wire.rest()
    with pytest.raises(httpx.TransportError):
        httpx.get(running.url.replace("https", "http") + "/healthz")


_WISH = {"model": "tts-rt-v2", "language": "en", "voice": "Adrian", "audio_format": "mp3", "text": "Hello."}


def test_every_other_address_needs_more_than_a_wish(antiphon, tmp_path):
    name = os.uname().nodename
    refused = antiphon("serve", "--port", "0", "--host", name, "--data", str(tmp_path))
    assert refused.returncode == 1
    assert "127.0.0.1" in refused.stderr
