"""Sonna from outside: the calls of its pages as they stand there, by Node and curl, against a real server.

Sources: sonnalabs.app/news/sonna-api-quickstart, steps 3 to 5, and docs.sonnalabs.app, "Speech API"; only host, key and
voice are others.
"""

import json
from urllib.parse import parse_qs, urlsplit

from e2e.published import CURL, NODE, VOICE, curl, ours, printed
from e2e.running import Running
from e2e.songs import decoded

SPEECH_API = """POST https://api.sonnalabs.app/api/v1/tts/synthesize
Authorization: Bearer sona_sk_your_api_key_here
Content-Type: application/json"""
"""The page "Speech API" gives no command, but these lines."""


def heard(server: Running, url: str, *, at_least: float) -> None:
    """See that there is sound at an address."""
    with server.client() as http:
        sound, rate = decoded(http, url)
    assert at_least < len(sound) / rate < 60
    assert abs(sound).max() > 0.05


def test_the_quickstarts_blob_says_where_its_speech_is(server: Running) -> None:
    call = (NODE / "quickstart_speech.mjs").read_text()
    blob = json.loads(printed(f"{ours(call, server)}console.log(await audioBlob.text());"))
    heard(server, blob["url"], at_least=1.5)
    assert blob["creditsCharged"] == 43 * 0.945


def test_the_quickstarts_command_says_where_its_speech_is(server: Running) -> None:
    command = (CURL / "quickstart_speech.sh").read_text()
    heard(server, curl(ours(command, server))["url"], at_least=1.5)


def test_the_lines_of_the_speech_page_say_where_speech_is(server: Running) -> None:
    asked, *headers = ours(SPEECH_API, server).splitlines()
    method, url = asked.split()
    lines = " ".join(f"-H '{header}'" for header in headers)
    body = json.dumps({"text": "Welcome to Sonna.", "voice": VOICE})
    answer = curl(f"curl -X {method} {url} {lines} -d '{body}'")
    heard(server, answer["url"], at_least=0.5)
    assert {"url", "remainingCredits", "projectCreated"} <= set(answer)


STATUSES = {
    "first": 201,
    "newKey": 201,
    "google": 501,
    "mobile": 501,
    **dict.fromkeys(["synthesize", "signedIn", "dialogue", "enhance", "enhanceDialogue", "voices", "filters"], 200),
    **dict.fromkeys(["toggle", "favorites", "models", "credits", "renewal", "keys", "revoked"], 200),
}
FOUND = {
    "synthesize": {"url", "remainingCredits", "projectCreated"},
    "dialogue": {"url", "remainingCredits", "turns", "totalChars", "projectCreated"},
    "enhance": {"text", "original"},
    "enhanceDialogue": {"turns"},
    "voices": {"voices"},
    "filters": {"providers", "genders", "languages", "accents", "categories"},
    "toggle": {"success", "favorited"},
    "favorites": {"favorites"},
    "models": {"version", "timestamp", "models", "metadata"},
    "credits": {"credits", "payg_credits", "plan", "expiresAt"},
    "renewal": {"action", "credits", "plan", "expiresAt"},
    "newKey": {"success", "key", "apiKey"},
}
"""What the pages say that each answer has."""


def test_every_call_that_the_pages_name_is_answered_to_plain_fetch(server: Running) -> None:
    link = urlsplit((server.data / "first-link").read_text().strip())
    (code,) = parse_qs(link.query)["code"]
    said = json.loads(printed((NODE / "sonna.mjs").read_text(), server.url, server.key, code))
    assert {name: answer["status"] for name, answer in said.items()} == STATUSES
    assert {name for name, fields in FOUND.items() if not fields <= said[name]["body"].keys()} == set()
    # Whoever is signed in pays the full rate.
    charged = {name: said[name]["body"]["creditsCharged"] for name in ("synthesize", "signedIn")}
    assert charged == {"synthesize": 16 * 1.89, "signedIn": 16 * 2.1}
    heard(server, said["dialogue"]["body"]["url"], at_least=1.5)
