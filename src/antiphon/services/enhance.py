"""Tags put into texts: by rules, or by a language model where one is set up. The words never change.

What comes back is compared with what went in, tags and spaces aside; where they differ, it is thrown away.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from antiphon.catalog.enhance import Rule, TagRules, load_tag_rules
from antiphon.domain.errors import AntiphonError
from antiphon.domain.ports import Enhancer
from antiphon.domain.tags import tokens, words_of
from antiphon.kit.http import Client
from antiphon.providers.chat import ChatEnhancer

_SENTENCE = re.compile(r"[^.!?…。！？\n]*(?:[.!?…。！？]+[\"'”’»)]*|\n+|$)")
_CAPITALS = re.compile(r"\b[^\W\d_a-zß-öø-ÿ]{2,}\b")
_NEW_TAG = re.compile(r"[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069<>{}/\\@#:;|=*_]{1,40}")
"""What a tag that is put in may be, in any script: no markup, no address, nothing unseen, no sentence."""
_LONGER = 3
"""Times as long as it was that a text may become, and `_TAGS_BESIDES` more."""
_TAGS_BESIDES = 200

log = structlog.get_logger("antiphon.enhance")


@dataclass(frozen=True, slots=True, kw_only=True)
class Enhanced:
    """A text with tags, or as it was, where they could not be put in.

    Args:
        text: With tags.
        original: As it was.
        failed: Whether it is as it was because something went wrong.
    """

    text: str
    original: str
    failed: bool = False


class RuleEnhancer:
    """Goes by words and marks, sentence by sentence.

    Args:
        rules: Which ask for which tag.
    """

    name = "rules"

    def __init__(self, rules: TagRules) -> None:
        self._rules = rules

    async def enhance(self, turns: Sequence[str]) -> Sequence[str]:
        """Put tags into each text; one that has some keeps to them, and gets no more."""
        return [self._tagged(text) for text in turns]

    def _tagged(self, text: str) -> str:
        if any(kind == "tag" for kind, _ in tokens(text)):
            return text
        rules, written, manner = self._rules, "", ""
        for found in _SENTENCE.finditer(text):
            sentence = found[0]
            said = sentence.strip()
            apart = not written or written[-1].isspace() or sentence[:1].isspace()
            if not (apart and any(map(str.isalnum, said))):
                written += sentence
                continue
            wanted = self._manner(said)
            tags = [_first(rules.sounds, said), wanted if wanted != manner else ""]
            if manner and not wanted:
                tags.append(rules.back)
            manner = wanted
            space = sentence[: len(sentence) - len(sentence.lstrip())]
            put = "".join(f"[{tag}] " for tag in tags if tag)
            written += space + put + sentence.lstrip()
            if said.endswith(("...", "…")) and text[found.end() :][:1].isspace() and text[found.end() :].strip():
                written += f" [{rules.ellipsis}]"
        return written

    def _manner(self, said: str) -> str:
        calls = "!" in said or "！" in said
        if calls and len(_CAPITALS.findall(said)) * 2 > len(said.split()):
            return self._rules.shout
        return _first(self._rules.manners, said) or (self._rules.call if calls else "")


def enhancer(http: Client, *, url: str | None, model: str | None, key: str) -> Enhancer:
    """A language model, where there is an address and a name for one; else rules."""
    if url is None or model is None:
        return RuleEnhancer(load_tag_rules())
    return ChatEnhancer(http, url=url, model=model, key=key)


class Enhance:
    """The use case.

    Args:
        enhancer: Who puts the tags in.
    """

    def __init__(self, enhancer: Enhancer) -> None:
        self.enhancer = enhancer

    async def of(self, turns: Sequence[str]) -> Sequence[Enhanced]:
        """Put tags into the turns of a conversation, or into one text. Nothing that goes wrong is raised."""
        try:
            made = await self.enhancer.enhance(turns)
        except AntiphonError as failure:
            log.warning("no tags could be put in", enhancer=self.enhancer.name, code=failure.code)
            made = ()
        if len(made) != len(turns):
            return [Enhanced(text=text, original=text, failed=True) for text in turns]
        return [_checked(text, now) for text, now in zip(turns, made, strict=True)]


def _checked(original: str, made: str) -> Enhanced:
    short = len(made) <= _LONGER * len(original) + _TAGS_BESIDES
    if short and words_of(made) == words_of(original) and _tags_only_added(original, made):
        return Enhanced(text=made, original=original)
    return Enhanced(text=original, original=original, failed=True)


def _tags_only_added(original: str, made: str) -> bool:
    """Whether the tags that were there are there still, in their order, and all others are but a few words each."""
    before, after = ([said for kind, said in tokens(text) if kind == "tag"] for text in (original, made))
    rest = iter(after)
    return all(tag in rest for tag in before) and all(tag in before or _NEW_TAG.fullmatch(tag) for tag in after)


def _first(rules: Sequence[Rule], said: str) -> str:
    return next((tag for finder, tag in rules if finder.search(said)), "")
