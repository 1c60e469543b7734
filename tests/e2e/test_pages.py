"""What a browser, a monitor and a code generator find."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from e2e.running import eventually


class Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name in {"src", "href"} and value and tag != "a"]


@pytest.fixture
def http(server):
    with server.client() as client:
        yield client


def test_the_documentation_comes_from_this_server_alone(http):
    page = http.get("/docs")
    assert page.status_code == 200
    links = Links()
    links.feed(page.text)
    assert len(links.found) >= 3
    for link in links.found:
        assert not urlsplit(link).netloc, link
        asset = http.get(link)
        assert asset.status_code == 200
        assert len(asset.content) > 100
    assert not re.search(r"https?://(?!127\.0\.0\.1)[a-z]", page.text)


def test_the_openapi_document_describes_what_there_is(http):
    document = http.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert set(document["paths"]["/tts"]) >= {"post"}
    operation = document["paths"]["/tts"]["post"]
    assert set(operation["responses"]) >= {"200", "400", "401", "429", "503"}
    for reference in _references(document):
        part = document
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]
        assert part


def test_every_parameter_of_a_path_is_described(http):
    for path, operations in http.get("/openapi.json").json()["paths"].items():
        shared = operations.pop("parameters", [])
        for method, operation in operations.items():
            described = [one["name"] for one in shared + operation.get("parameters", []) if one["in"] == "path"]
            assert (method, path, sorted(described)) == (method, path, sorted(re.findall(r"{(\w+)}", path)))


def _references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def test_metrics_count_requests(server, http):
    def count() -> float:
        lines = re.findall(r"^antiphon_requests_total\{(.*)\} (\S+)$", http.get("/metrics").text, re.MULTILINE)
        return sum(
            float(value) for labels, value in lines if 'route="soniox.tts"' in labels and 'status="200"' in labels
        )

    before = count()
    for _ in range(3):
        assert server.say().status_code == 200
    assert count() == before + 3
    assert 'antiphon_maker_ready{maker="espeak"} 1.0' in http.get("/metrics").text


def test_health_and_readiness_answer_without_a_key(server):
    with server.client() as http:
        del http.headers["Authorization"]
        assert http.get("/healthz").json() == {"status": "ok"}
        assert http.get("/readyz").json() == {"ready": True, "store": True, "makers": {"espeak": True, "tone": True}}


def test_the_main_process_loads_no_heavy_library(server):
    assert server.say().status_code == 200
    mapped = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert "python" in mapped
    for heavy in ("numpy", "libav", "soxr", "espeak", "openblas"):
        assert heavy not in mapped, heavy
    assert "numpy" in Path(f"/proc/{server.forking().pid}/maps").read_text()


UNKNOWN = [("GET", "/nothing", 404), ("GET", "/tts", 405), ("DELETE", "/tts", 405), ("POST", "/healthz", 405)]


@pytest.mark.parametrize(("method", "path", "status"), UNKNOWN)
def test_what_there_is_not_is_said_in_the_dialects_words(http, method, path, status):
    answer = http.request(method, path)
    body = answer.json()
    assert (answer.status_code, body["error_code"]) == (status, status)
    assert body["request_id"] == answer.headers["x-request-id"]


def test_the_log_has_a_line_for_each_request_and_no_text_of_any(server):
    secret = "A text that is nobody's business"
    answer = server.say(text=secret)
    path = server.data.parent / "data.log"
    eventually(lambda: answer.headers["x-request-id"] in path.read_text())
    log = path.read_text()
    assert secret not in log
    assert server.key not in log
