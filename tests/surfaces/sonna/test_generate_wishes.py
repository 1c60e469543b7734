"""What becomes of the fields of `/api/generate`: the makers are asked for what was wished."""

import base64

from surfaces.sonna.making import IMAGE, MUSIC, VIDEO

LIKE = "data:image/png;base64," + base64.b64encode(b"like a sunset").decode()

PICTURES = [
    ({"seed": 7}, {"prompt": "A mountain at dusk", "seed": 7, "aspect": "1:1", "size": "1K", "count": 1}),
    ({"aspectRatio": "21:9", "resolution": "4K", "n": 4}, {"aspect": "21:9", "size": "4K", "count": 4}),
    ({"outputFormat": "jpg"}, {"format": "jpeg"}),
    ({"outputFormat": None, "resolution": None, "n": None, "seed": None}, {"format": "png", "size": "1K", "count": 1}),
    ({"inputImages": [LIKE, LIKE]}, {"like": ["like a sunset", "like a sunset"]}),
    ({"inputImages": []}, {"like": []}),
    ({"seed": 2**32 - 1, "title": "My project", "unheard": "of"}, {"seed": 2**32 - 1, "title": "My project"}),
]

PROMPT = MUSIC["prompt"]
SONGS = [
    ({}, {"verb": "create", "description": PROMPT, "lyrics": None, "instrumental": False, "seconds": None}),
    ({"customMode": True, "prompt": "[Verse]\nLa"}, {"description": "", "lyrics": "[Verse]\nLa"}),
    ({"customMode": True, "lyrics": "[Verse]\nLa"}, {"description": PROMPT, "lyrics": "[Verse]\nLa"}),
    ({"lyrics": "[Verse]\nLa", "prompt": ...}, {"description": "", "lyrics": "[Verse]\nLa"}),
    ({"customMode": True, "instrumental": True}, {"description": PROMPT, "lyrics": None, "instrumental": True}),
    ({"customMode": True, "instrumental": True, "prompt": ..., "style": "jazz"}, {"style": "jazz", "description": ""}),
    ({"instrumental": True, "lyrics": "La"}, {"lyrics": None}),
    (
        {"style": "jazz", "title": "Mine", "negativeTags": "drums"},
        {"style": "jazz", "title": "Mine", "negative": "drums"},
    ),
    ({"vocalGender": "m"}, {"gender": "male"}),
    ({"vocalGender": "f", "durationSeconds": 10}, {"gender": "female", "seconds": 10.0}),
]

FILMS = [
    ({"seed": 7}, {"prompt": "Waves", "seed": 7, "seconds": 5.0, "size": "720p", "aspect": "16:9", "like": None}),
    (
        {"durationSeconds": 1, "resolution": "1080p", "aspectRatio": "9:16", "model": ...},
        {"seconds": 1.0, "size": "1080p", "aspect": "9:16"},
    ),
    ({"inputImage": LIKE, "title": "My film"}, {"like": "like a sunset", "title": "My film"}),
]


def part(wish: dict, of: dict) -> dict:
    return {name: wish[name] for name in of}


async def test_pictures_are_made_as_they_are_wished(made) -> None:
    for fields, wanted in PICTURES:
        answer = (await made.asked(IMAGE, **fields)).json()
        wish = await made.made(answer["imageUrl"])
        assert part(wish, wanted) == wanted
        assert (answer["seed"], len(answer["images"])) == (wish["seed"], wish["count"])


async def test_songs_are_made_as_they_are_wished(made) -> None:
    for fields, wanted in SONGS:
        answer = (await made.asked(MUSIC, **fields)).json()
        first, second = [await made.made(track["audioUrl"]) for track in answer["tracks"]]
        assert part(first, wanted) == wanted
        assert (first["take"], second) == (1, {**first, "take": 2})
        assert answer["audioUrl"] == answer["tracks"][0]["audioUrl"]


async def test_films_are_made_as_they_are_wished(made) -> None:
    for fields, wanted in FILMS:
        film = await made.ended((await made.asked(VIDEO, **fields)).json()["jobId"])
        assert part(await made.made(film["videoUrl"]), wanted) == wanted


async def test_another_request_draws_another_chance(made) -> None:
    seeds = {(await made.asked(IMAGE)).json()["seed"] for _ in range(3)}
    assert len(seeds) == 3


async def test_files_are_there_for_a_day(made) -> None:
    answer = (await made.asked(IMAGE, outputFormat="webp")).json()
    file = await made.http.get(answer["imageUrl"], headers={"X-API-Key": ""})
    assert (file.status_code, file.headers["content-type"]) == (200, "image/webp")
    made.clock.advance(24 * 3600)
    assert (await made.http.get(answer["imageUrl"])).status_code == 404
