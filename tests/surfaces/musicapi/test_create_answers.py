"""How clips are worded in every state of their task: pure, from a job to an answer."""

from uuid import UUID

import orjson
import pytest
from pydantic import TypeAdapter

from antiphon.domain.jobs import CANCELLED, Fault, Job, JobState
from antiphon.domain.money import MilliCredits
from antiphon.domain.songs import Clip, SongTempo, SongWish
from antiphon.services.songs import Order, Outcome
from antiphon.surfaces.musicapi.clips import answer, entries, letter, promised

TASK = UUID("01a1ff07-b2ed-73e5-9696-dd9c4e2cffa8")
ACCOUNT = UUID(int=7)
FIRST, SECOND, WHOLE_1, WHOLE_2 = (UUID(f"00000000-0000-4000-8000-00000000000{number}") for number in range(1, 5))
ASKED = {
    "mv": "sonic-v5",
    "title": "Mine",
    "tags": "",
    "lyrics": "",
    "gpt_description_prompt": None,
    "negative_tags": None,
    "style_weight": 0.5,
    "weirdness_constraint": None,
}
REFUNDED = "Task failed. Credits were refunded."


def clip(id_, **changes):
    made = {
        "title": "A title",
        "style": "pop",
        "lyrics": "la",
        "seconds": 104.876,
        "tempo": SongTempo(mean=120.0, low=118.0, high=122.0),
        "created_at": 0.0,
        "files": {"mp3": f"https://media.example/{id_}.mp3", "jpg": f"https://media.example/{id_}.jpg"},
    }
    return Clip(id=id_, **{**made, **changes})


def job(state, *, clips=(), joined=(), whole=(), fault=None):
    order = Order(
        wish=SongWish(verb="replace", seed=1),
        clips=(FIRST, SECOND),
        joined=joined,
        route="musicapi.create",
        model="sonic-v5",
    )
    outcome = Outcome(clips=clips, joined=whole)
    return Job(
        id=TASK,
        account_id=ACCOUNT,
        dialect="musicapi",
        kind="song",
        asked=b"{}",
        shown=orjson.dumps(promised(order, ASKED, pair="replaced")),
        made=TypeAdapter(Outcome).dump_json(outcome) if clips or whole else b"",
        state=state,
        price=MilliCredits(0),
        fault=fault,
        created_at=1_800_000_000.0,
    )


def states(told):
    return [entry["state"] for entry in told]


def test_a_clip_that_is_there_has_all_its_fields():
    first, _ = entries(job(JobState.SUCCEEDED, clips=(clip(FIRST), clip(SECOND))))

    assert first == {
        "clip_id": str(FIRST),
        "state": "succeeded",
        "title": "Mine",
        "tags": "pop",
        "lyrics": "la",
        "image_url": f"https://media.example/{FIRST}.jpg",
        "audio_url": f"https://media.example/{FIRST}.mp3",
        "video_url": None,
        "created_at": "2027-01-15T08:00:00.000Z",
        "mv": "sonic-v5",
        "gpt_description_prompt": None,
        "duration": "104.88",
        "negative_tags": None,
        "style_weight": 0.5,
        "weirdness_constraint": None,
    }


def test_a_clip_is_done_before_its_task():
    assert states(entries(job(JobState.RUNNING, clips=(clip(SECOND),)))) == ["running", "succeeded"]


def test_not_all_clips_are_done_before_their_task_is():
    both = (clip(FIRST), clip(SECOND))

    assert states(entries(job(JobState.RUNNING, clips=both))) == ["succeeded", "running"]
    assert states(entries(job(JobState.SUCCEEDED, clips=both))) == ["succeeded", "succeeded"]


def test_a_clip_that_is_made_can_be_heard_already():
    told = entries(job(JobState.RUNNING, clips=(clip(SECOND),)), heard="https://media.example/live/{}".format)

    assert [entry["audio_url"] for entry in told] == [
        f"https://media.example/live/{FIRST}",
        f"https://media.example/{SECOND}.mp3",
    ]


def test_a_clip_that_failed_beside_a_good_one_says_so_and_the_task_does_not():
    told = answer(job(JobState.SUCCEEDED, clips=(clip(SECOND),)))

    assert states(told["data"]) == ["failed", "succeeded"]
    assert told["data"][0]["error_message"] == "This clip failed. The task is paid for by its other clip."
    assert "error_message" not in told["data"][1]
    assert "error" not in told


@pytest.mark.parametrize(
    ("state", "fault", "text"),
    [
        (
            JobState.FAILED,
            Fault(code="deadline"),
            "Task failed due to timeout. Credits were previously refunded.",
        ),
        (JobState.FAILED, Fault(code="unavailable"), REFUNDED),
        (JobState.FAILED, Fault(code="poison"), REFUNDED),
        (JobState.FAILED, Fault(code="internal"), REFUNDED),
        (
            JobState.FAILED,
            Fault(code="invalid_request"),
            "Task failed: nothing can be made of its source. Credits were refunded.",
        ),
        (JobState.FAILED, Fault(code="invalid_request", text="It is no music."), "It is no music."),
        (JobState.CANCELLED, Fault(code=CANCELLED), "Task was cancelled. Credits were refunded."),
        (JobState.EXPIRED, None, REFUNDED),
    ],
)
def test_a_task_that_failed_says_why_of_each_clip_and_of_itself(state, fault, text):
    told = answer(job(state, fault=fault))

    assert (told["code"], told["message"], told["error"]) == (200, "success", text)
    assert [(entry["state"], entry["audio_url"], entry["error_message"]) for entry in told["data"]] == [
        ("failed", None, text)
    ] * 2


def test_a_whole_song_is_null_till_it_is_there():
    wanted = {"joined": (WHOLE_1, WHOLE_2)}
    told = entries(job(JobState.RUNNING, clips=(clip(FIRST),), **wanted))
    assert [(pair["replaced"]["state"], pair["full"]) for pair in told] == [("succeeded", None), ("running", None)]

    made = {"clips": (clip(FIRST), clip(SECOND)), "whole": (clip(WHOLE_1, lyrics="la la"), clip(WHOLE_2))}
    told = entries(job(JobState.SUCCEEDED, **made, **wanted))
    assert [set(pair) for pair in told] == [{"replaced", "full"}] * 2
    assert [pair["full"]["clip_id"] for pair in told] == [str(WHOLE_1), str(WHOLE_2)]
    assert told[0]["full"]["lyrics"] == "la la"


def test_a_whole_song_that_failed_beside_its_part_says_so():
    told = entries(job(JobState.SUCCEEDED, clips=(clip(FIRST), clip(SECOND)), joined=(WHOLE_1, WHOLE_2)))

    assert [(pair["replaced"]["state"], pair["full"]["state"]) for pair in told] == [("succeeded", "failed")] * 2


def test_of_a_pair_that_failed_only_the_part_says_so():
    told = entries(job(JobState.FAILED, joined=(WHOLE_1, WHOLE_2)))

    assert [(pair["replaced"]["state"], pair["full"]) for pair in told] == [("failed", None)] * 2


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (JobState.SUCCEEDED, "song.completed"),
        (JobState.FAILED, "song.failed"),
        (JobState.CANCELLED, "song.failed"),
        (JobState.RUNNING, "song.streaming"),
    ],
)
def test_a_letter_is_the_answer_with_its_task_its_platform_and_its_event(state, event):
    one = job(state, clips=(clip(FIRST),) if state is JobState.SUCCEEDED else ())
    named, body = letter(one)

    assert named == event
    assert orjson.loads(body) == {
        **orjson.loads(orjson.dumps(answer(one))),
        "task_id": str(TASK),
        "platform": "suno",
        "event": event,
    }
