"""What a song is about: the topic that a description names, and its other words that carry meaning."""

import re

from antiphon.engines.song.tags import Kind, overheard, words_of

_ABOUT = re.compile(r"\b(?:about|regarding|tentang|mengenai|soal)\s+(.+)", re.IGNORECASE | re.DOTALL)
_DEDICATED = re.compile(
    r"\b(?:song|ballad|anthem|lullaby|hymn|tune|ode|lagu|balada)"
    r"(?:\s+(?:of|to)|(?:\s+\w+){0,2}?\s+(?:for|untuk|buat))\s+(.+)",
    re.IGNORECASE | re.DOTALL,
)
_END = re.compile(
    r"[.,;:!?()\[\]\"“”\n|/]|\s[-–—]\s|\b(?:with|dengan|featuring|tanpa|without|in the style of)\b", re.IGNORECASE
)
_CLAUSE = re.compile(
    r"\b(?:who|which|that|where|when|while|because|but|so|yang|ketika|saat|karena|tetapi|tapi)\b", re.IGNORECASE
)
_LINKS = re.compile(
    r"\b(?:and|or|in|on|at|of|for|to|from|by|into|over|dan|di|ke|dari|untuk|pada|atau)\b", re.IGNORECASE
)
_MOST_WORDS, _LONGEST_WORD, _SHORT = 5, 16, 4
_EMPTY_WORDS = """
a an the my your our his her their its this that these those some any all and or but of in on at to for from by with
without as into over is are be was it i you we they he she me us song songs music track tune lyrics words make write
create sing give want need please about like style genre very really so too just something someone kind mood vibe feel
feeling minute minutes second seconds long short good great nice new
lagu musik buat buatkan tulis tentang yang dan di ke dari untuk dengan pada ini itu saya aku kamu kita kami dia mereka
sebuah seorang para sangat sekali tanpa atau agar supaya tolong ingin mau adalah akan lirik bernuansa nuansa
"""
_MUSIC_WORDS = "song songs music track tune lyrics beat lagu musik lirik make write create buat buatkan tulis"
_SMALL_WORDS = "of the in and a an on at to for di ke dari dan yang untuk"
_EMPTY, _MUSIC, _SMALL = (frozenset(words.split()) for words in (_EMPTY_WORDS, _MUSIC_WORDS, _SMALL_WORDS))
_ARTICLES = frozenset({"a", "an", "the", "some", "sebuah", "seorang"})


def outside_topic(description: str) -> str:
    """A description without what the song is about: there, no word is meant as a tag."""
    found = _ABOUT.search(description)
    if found is None:
        return description
    end = _END.search(found[1])
    rest = found[1][end.start() :] if end else ""
    return f"{description[: found.start()]} {rest}"


def topic(description: str) -> str:
    """What it is about, in a few words of its own such as "road trips"; empty where it names nothing."""
    found = _ABOUT.search(description) or _DEDICATED.search(description)
    if found is not None:
        return _short(_END.split(found[1].strip(), maxsplit=1)[0])
    return ""


def headline(description: str) -> str:
    """What a song could be called after its description; empty where nothing there is short and of its own."""
    about = [word for word in topic(description).split() if word.casefold() not in _ARTICLES]
    for piece in () if about else _END.split(description):
        about = about or _phrase(piece)
    return " ".join(
        word if place and word in _SMALL else word[:1].upper() + word[1:] for place, word in enumerate(about)
    )


def _phrase(piece: str) -> list[str]:
    """A short phrase that is not only tags, as it stands; else its first words that are no tags."""
    own = _meaning(piece)
    words = re.findall(r"[^\W_][\w'’-]*", piece)
    if own and len(words) <= _SHORT and not _MUSIC & {word.casefold() for word in words}:
        return words if all(len(word) <= _LONGEST_WORD for word in words) else own[:2]
    return own[:2]


def content(text: str) -> tuple[str, ...]:
    """The words of a text that carry meaning, in order, each once."""
    return tuple(dict.fromkeys(word for word in words_of(text) if word not in _EMPTY and len(word) > 1))


def _short(phrase: str) -> str:
    """The beginning of a phrase that can stand for all of it: never half a clause."""
    for pattern in (_CLAUSE, _LINKS):
        head = pattern.split(phrase, maxsplit=1)[0].strip()
        if len(phrase.split()) > _MOST_WORDS and head:
            phrase = head
    words = [word.strip("'-") for word in re.findall(r"[^\W_][\w'’-]*", phrase)]
    if len(words) > _MOST_WORDS:
        words = words[:_MOST_WORDS]
    return " ".join(word for word in words if word and len(word) <= _LONGEST_WORD)


def _meaning(piece: str) -> list[str]:
    """The first words next to each other that are neither tags nor empty."""
    tagged = {word for tag in overheard(piece) if tag.kind is not Kind.MODE for word in tag.text.split()}
    run: list[str] = []
    for word in words_of(piece):
        if word in tagged or word in _EMPTY or len(word) > _LONGEST_WORD or not word.isalpha():
            if run:
                break
        else:
            run.append(word)
    return run
