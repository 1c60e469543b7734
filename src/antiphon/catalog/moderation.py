"""What is not made on request: lists of names, phrases and words, read from the catalogue's TOML."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from antiphon.catalog.overrides import read

NAME = "moderation.toml"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class WordList(_Model):
    """Words and phrases.

    Args:
        enabled: Whether they are looked for.
        words: Those in the box.
        also: More of them.
        allowed: Those of `words` that are not looked for after all.
    """

    enabled: bool = True
    words: list[str] = []
    also: list[str] = []
    allowed: list[str] = []

    def wanted(self) -> tuple[str, ...]:
        """Those that are looked for."""
        if not self.enabled:
            return ()
        return tuple(word for word in (*self.words, *self.also) if word not in self.allowed and word.strip())


class WordLists(_Model):
    """All lists.

    Args:
        artists: Names that can hardly mean anything else.
        artists_as_such: Names that are ordinary words too.
        producers: How producers name themselves.
        inappropriate: What nobody should sing.
        copyrighted: Phrases that belong to somebody.
        lyrics_format: Whether the form of lyrics is looked at; without words.
    """

    artists: WordList = WordList()
    artists_as_such: WordList = WordList()
    producers: WordList = WordList()
    inappropriate: WordList = WordList()
    copyrighted: WordList = WordList()
    lyrics_format: WordList = WordList()


def load_moderation(override: Path | None = None) -> WordLists:
    """The lists in the box, with an operator's file over them.

    Raises:
        CatalogueError: The operator's file cannot be used.
    """
    return read(NAME, override, WordLists)
