"""What voices are called by in lists."""

from antiphon.catalog.voice_tags import load_voice_tags
from antiphon.engines.espeak.backend import EspeakMaker

TAGS = load_voice_tags()


def test_every_voice_of_the_default_maker_is_called_by_something() -> None:
    assert list(TAGS) == [voice.id for voice in EspeakMaker().voices()]
    assert all(tags.age in {"young", "middle_aged", "old"} and tags.use_case and tags.style for tags in TAGS.values())


def test_tags_can_be_typed_and_are_said_once() -> None:
    for tags in TAGS.values():
        for words in (tags.use_case, tags.style):
            assert len(set(words)) == len(words)
            assert all(word.replace("_", "").isalpha() and word == word.lower() for word in words)


def test_every_use_has_several_voices_to_choose_from() -> None:
    uses = [use for tags in TAGS.values() for use in tags.use_case]
    assert all(uses.count(use) > 1 for use in uses)
