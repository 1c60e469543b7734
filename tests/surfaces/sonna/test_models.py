"""The list of all models: what each costs, how much it takes, and who serves it."""

from antiphon.domain.ports import Makers
from antiphon.surfaces.sonna.generate.openapi import paths
from antiphon.surfaces.sonna.generate.schemas import AcceptedAnswer, GenerateAnswer, JobAnswer, ModelsAnswer
from surfaces.sonna.making import IMAGE, MUSIC, VIDEO

PATH = "/api/v1/models"


async def listed(made):
    return {model["id"]: model for model in (await made.http.get(PATH)).json()["models"]}


async def test_all_modalities_are_there(made) -> None:
    body = (await made.http.get(PATH)).json()
    assert {name: body[name] for name in ("success", "version", "timestamp", "metadata")} == {
        "success": True,
        "version": "1.0",
        "timestamp": "2027-01-15T08:00:00.250Z",
        "metadata": {"total": 18, "types": ["SPEECH", "IMAGE", "MUSIC", "VIDEO"]},
    }
    kinds = [model["type"] for model in body["models"]]
    assert [kinds.count(kind) for kind in ("SPEECH", "IMAGE", "MUSIC", "VIDEO")] == [7, 6, 4, 1]


async def test_the_documented_examples_are_taken_as_they_are(made) -> None:
    examples = paths()["paths"]["/api/generate"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    for kind, status in (("picture", 200), ("song", 200), ("film", 202)):
        answer = await made.http.post("/api/generate", json=examples[kind]["value"])
        assert (kind, answer.status_code) == (kind, status)


async def test_a_picture_model_is_told_whole(made) -> None:
    aspects = ["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9"]
    assert (await listed(made))["nano-banana-pro"] == {
        "id": "nano-banana-pro",
        "name": "Nano Banana Pro",
        "type": "IMAGE",
        "provider": "Google",
        "description": "Maximum quality.",
        "planRequired": "pro",
        "endpoint": "/api/generate",
        "pricing": {
            "unit": "image",
            "options": [
                {"option": "1K", "credits": 1530, "apiCredits": 1377},
                {"option": "2K", "credits": 1530, "apiCredits": 1377},
                {"option": "4K", "credits": 2035, "apiCredits": 1831.5},
            ],
            "by": "resolution",
        },
        "limits": {
            "promptCharacters": 32_000,
            "n": 4,
            "inputImages": 4,
            "aspectRatios": aspects,
            "resolutions": ["1K", "2K", "4K"],
        },
        "available": True,
        "engine": "echo",
        "standIn": True,
    }


async def test_what_is_told_of_prices_is_what_is_charged(made) -> None:
    models = await listed(made)
    for body in (IMAGE, MUSIC, {**VIDEO, "resolution": "1080p", "durationSeconds": 1}):
        answer = (await made.asked(body)).json()
        if "creditsCharged" not in answer:
            answer = await made.ended(answer["jobId"])
        options = models[body["model"]]["pricing"]["options"]
        usual = {"VIDEO": "1080p", "IMAGE": "1K", "MUSIC": None}[body["type"]]
        assert [one["apiCredits"] for one in options if one["option"] == usual] == [answer["creditsCharged"]]


async def test_speech_is_told_with_its_characters(made) -> None:
    models = await listed(made)
    assert models["eleven-flash-v2-5"]["pricing"] == {
        "unit": "character",
        "options": [{"option": None, "credits": 1.05, "apiCredits": 0.945}],
    }
    assert (models["eleven-v3"]["limits"], models["eleven-v3"]["planRequired"]) == ({"characters": 5_000}, "pro")
    assert models["google-neural2"]["planRequired"] is None
    served = {name: models["google-neural2"][name] for name in ("available", "engine", "standIn")}
    assert served == {"available": True, "engine": "espeak", "standIn": True}


async def test_what_nobody_makes_is_told_as_not_available(making) -> None:
    async with making(makers=Makers()) as made:
        states = {(model["available"], model["engine"], model["standIn"]) for model in (await listed(made)).values()}
    assert states == {(False, None, False)}


async def test_the_list_is_there_where_generating_is_switched_off(making) -> None:
    async with making(generate=False) as made:
        assert len(await listed(made)) == 18


async def test_what_is_answered_is_what_the_openapi_document_says(made) -> None:
    image = await made.asked(IMAGE)
    GenerateAnswer.model_validate(image.json(), strict=True, extra="forbid")
    music = await made.asked(MUSIC)
    GenerateAnswer.model_validate(music.json(), strict=True, extra="forbid")
    film = (await made.asked(VIDEO)).json()
    AcceptedAnswer.model_validate(film, strict=True, extra="forbid")
    standing = await made.ended(film["jobId"])
    JobAnswer.model_validate(standing, strict=True)
    unsaid = set(standing) - set(JobAnswer.model_fields) - set(GenerateAnswer.model_fields)
    assert unsaid == set()
    ModelsAnswer.model_validate((await made.http.get(PATH)).json(), strict=True, extra="forbid")


def test_every_route_is_in_the_openapi_document() -> None:
    found = {(path, method) for path, item in paths()["paths"].items() for method in item if method != "parameters"}
    wanted = {("/api/generate", "post"), ("/api/generate/{job_id}", "get"), ("/api/generate/{job_id}", "delete")}
    assert found == {*wanted, (PATH, "get")}
