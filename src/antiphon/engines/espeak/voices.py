"""The named voices and the languages, as data, and how espeak is told of them.

espeak reads its voices from a folder. Ours is made of links to the package's own files, one *variant* file for
each voice, which holds its character in any language, and one *voice file* for each English dialect that espeak
lacks. A voice speaks English as its dialect does, and every other language as espeak does: "en-au+Cooper",
"fr+Cooper".

Pure but for `write_data_folder` and the reading of the two tables. The server's main process lists voices from
here, so nothing heavy is imported.
"""

import functools
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

from antiphon.engines.espeak.phonemes import with_table
from antiphon.engines.espeak.timbre import Timbre, timbre_lines

Gender = Literal["male", "female", "neutral"]
_Spec = TypeVar("_Spec")

_ENGLISH = "en"
_PACES = range(140, 201)
_STRESS_KINDS = 8
_MAX_REPLACEMENTS = 60
"""espeak keeps so many (`N_REPLACE_PHONEMES`) and drops the rest without a word."""


class CatalogueInvalid(ValueError):
    """A table of voices or languages is wrong.

    Args:
        entry: Which entry, such as "voice Maya".
        fault: What is wrong with it.
    """

    def __init__(self, entry: str, fault: str) -> None:
        super().__init__(f"{entry}: {fault}")
        self.entry = entry
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A way to speak English.

    Args:
        accent: What a list of voices calls it, such as "Australian".
        espeak: The name of espeak's voice for it; where `phonemes` is set, of the one we write.
        phonemes: espeak's table of phonemes to start from, for a dialect that espeak lacks; None where it has it.
        rules: espeak's conditional dictionary rules to switch on.
        sounds: For phonemes of that table, the sounds they get instead: "table/phoneme", see `phonemes.py`.
        replace: Phonemes said in place of others in some positions: "FLAGS OLD NEW" in espeak's mnemonics; flags
            0 everywhere, 1 at the end of words only, 2 in unstressed syllables only, 3 both.
        stress_length: Lengths of vowels in syllables of eight kinds of stress; empty for espeak's own.
        stress_amplitude: Their loudness, likewise.
    """

    accent: str
    espeak: str
    phonemes: str | None = None
    rules: tuple[int, ...] = ()
    sounds: Mapping[str, str] = field(default_factory=dict)
    replace: tuple[str, ...] = ()
    stress_length: tuple[int, ...] = ()
    stress_amplitude: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        entry = f"dialect {self.espeak}"
        for numbers in (self.stress_length, self.stress_amplitude):
            _require(len(numbers) in {0, _STRESS_KINDS}, entry, f"{len(numbers)} kinds of stress, not 8")
        _require(len(self.replace) <= _MAX_REPLACEMENTS, entry, f"over {_MAX_REPLACEMENTS} replacements")
        for line in self.replace:
            _require(len(line.split()) == len(("flags", "old", "new")), entry, f"not a replacement: {line!r}")
        made = self.sounds or self.replace or self.rules or self.stress_length or self.stress_amplitude
        _require(self.phonemes is not None or not made, entry, "says how it differs, but not from what")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceSpec:
    """A named voice.

    Args:
        id: What requests name, and the name of its variant file.
        gender: As heard.
        description: A few words on its character.
        english: How it speaks English.
        pace: Words per minute at speed 1.0.
        timbre: What it sounds like, whatever it says.
    """

    id: str
    gender: Gender
    description: str
    english: Dialect
    pace: int
    timbre: Timbre

    def __post_init__(self) -> None:
        entry = f"voice {self.id}"
        _require(self.id.isascii() and self.id.isalnum(), entry, "an id is ASCII letters and digits")
        _require(self.gender in get_args(Gender), entry, f"gender {self.gender!r}")
        _require(bool(self.description), entry, "no description")
        _require(self.pace in _PACES, entry, f"pace {self.pace} is outside {_PACES.start}-{_PACES.stop - 1}")

    @property
    def accent(self) -> str:
        """Of its English, such as "British"."""
        return self.english.accent


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageSpec:
    """A language that can be asked for.

    Args:
        code: As clients name it, two letters.
        name: In English.
        espeak: The name of espeak's voice for it.
        spoken_as: The English name of the language that stands in; None where espeak knows this one.
    """

    code: str
    name: str
    espeak: str
    spoken_as: str | None = None

    def __post_init__(self) -> None:
        entry = f"language {self.code}"
        _require(len(self.code) == len("en") and self.code.islower(), entry, "a code is two small letters")
        _require(bool(self.name and self.espeak), entry, "no name, or no voice of espeak's")


@functools.cache
def load_voices() -> tuple[VoiceSpec, ...]:
    """The voices in the order a list shows them.

    Raises:
        CatalogueInvalid: The table is wrong; says where.
    """
    return read_voices(_table("voices.toml"))


@functools.cache
def load_languages() -> tuple[LanguageSpec, ...]:
    """The languages by code.

    Raises:
        CatalogueInvalid: The table is wrong; says where.
    """
    return read_languages(_table("languages.toml"))


@functools.cache
def load_regions() -> Mapping[str, LanguageSpec]:
    """Languages as they are spoken in a region, by language and region, such as "pt-PT"."""
    languages = {language.code: language for language in load_languages()}
    regions: Mapping[str, str] = _table("languages.toml")["regions"]
    return {name: replace(languages[name.partition("-")[0]], espeak=espeak) for name, espeak in regions.items()}


def read_voices(table: Mapping[str, Any]) -> tuple[VoiceSpec, ...]:
    """The voices of a table shaped like `voices.toml`: `dialects` by key, `voices` as a list.

    Raises:
        CatalogueInvalid: An entry is wrong; says which.
    """
    dialects = {key: _built(Dialect, f"dialect {key}", entry) for key, entry in table["dialects"].items()}
    voices = tuple(_voice(entry, dialects) for entry in table["voices"])
    for voice in voices:
        alike = sum(other.id.casefold() == voice.id.casefold() for other in voices)
        _require(alike == 1, f"voice {voice.id}", "the id is there twice")
    return voices


def read_languages(table: Mapping[str, Any]) -> tuple[LanguageSpec, ...]:
    """The languages of a table shaped like `languages.toml`: entries by code.

    Raises:
        CatalogueInvalid: An entry is wrong; says which.
    """
    return tuple(
        _built(LanguageSpec, f"language {code}", {"code": code, **entry}) for code, entry in table["languages"].items()
    )


def espeak_name(spec: VoiceSpec, language: LanguageSpec) -> str:
    """What espeak calls this voice in this language, such as "en-au+Cooper"."""
    return f"{speaker_name(spec, language)}+{spec.id}"


def speaker_name(spec: VoiceSpec, language: LanguageSpec) -> str:
    """What espeak calls the language as this voice speaks it, such as "en-au"."""
    return spec.english.espeak if language.code == _ENGLISH else language.espeak


def variant_file(spec: VoiceSpec) -> str:
    """The text of espeak's variant file for a voice: all but its language."""
    gender = () if spec.gender == "neutral" else (f"gender {spec.gender}",)
    return _variant(spec.id, *gender, *timbre_lines(spec.timbre))


def nameless_variant(timbre: Timbre) -> str:
    """The text of a variant file for a timbre that belongs to no named voice."""
    return _variant("nameless", *timbre_lines(timbre))


def _variant(name: str, *lines: str) -> str:
    return "\n".join(("language variant", f"name {name}", *lines, ""))


def dialect_file(dialect: Dialect) -> str:
    """The text of espeak's voice file for a dialect that it lacks. Its table of phonemes has the same name."""
    lines = [
        f"name English ({dialect.accent})",
        f"language {dialect.espeak}",
        f"phonemes {dialect.espeak}",
        *_numbers("dictrules", dialect.rules),
        *_numbers("stressLength", dialect.stress_length),
        *_numbers("stressAmp", dialect.stress_amplitude),
        *(f"replace {line}" for line in dialect.replace),
    ]
    return "\n".join((*lines, ""))


def write_data_folder(target: Path, *, source: Path, voices: Sequence[VoiceSpec]) -> None:
    """Make `target`/espeak-ng-data: links to what the package has, and files for these voices.

    Args:
        target: The folder that espeak will be given. Made where it is missing; may be there from before.
        source: The package's `espeak-ng-data`.
        voices: Those that shall be known.

    Raises:
        OSError: The folder cannot be written.
        PhonemeMissing: A dialect names a phoneme that the package does not have.
    """
    data = target / "espeak-ng-data"
    variants = data / "voices" / "!v"
    variants.mkdir(parents=True, exist_ok=True)
    dialects = {voice.english.espeak: voice.english for voice in voices if voice.english.phonemes is not None}
    for entry in source.resolve().iterdir():
        link = data / entry.name
        if entry.name not in {"voices", "phontab"} and not link.is_symlink():
            link.symlink_to(entry)
    (data / "phontab").write_bytes(_phoneme_tables((source / "phontab").read_bytes(), dialects.values()))
    for name, dialect in dialects.items():
        (data / "voices" / name).write_text(dialect_file(dialect), encoding="utf-8")
    for voice in voices:
        (variants / voice.id).write_text(variant_file(voice), encoding="utf-8")


def _phoneme_tables(compiled: bytes, dialects: Iterable[Dialect]) -> bytes:
    for dialect in dialects:
        compiled = with_table(compiled, name=dialect.espeak, includes=dialect.phonemes or "", sounds=dialect.sounds)
    return compiled


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath(name).read_text(encoding="utf-8"))


def _voice(facts: Mapping[str, Any], dialects: Mapping[str, Dialect]) -> VoiceSpec:
    entry = f"voice {facts.get('id', '?')}"
    english = dialects.get(facts.get("english", ""))
    _require(english is not None, entry, f"no such dialect: {facts.get('english')!r}")
    timbre = _built(Timbre, entry, facts.get("timbre", {}))
    return _built(VoiceSpec, entry, {**facts, "english": english, "timbre": timbre})


def _built(kind: type[_Spec], entry: str, facts: Mapping[str, Any]) -> _Spec:
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in facts.items()}
    try:
        return kind(**values)
    except CatalogueInvalid:
        raise
    except (TypeError, ValueError) as error:  # A key too many or too few, or a value out of bounds.
        raise CatalogueInvalid(entry, str(error)) from error


def _require(holds: bool, entry: str, fault: str) -> None:  # noqa: FBT001 - an assertion, not a switch
    if not holds:
        raise CatalogueInvalid(entry, fault)


def _numbers(keyword: str, values: Iterable[int]) -> tuple[str, ...]:
    text = " ".join(map(str, values))
    return (f"{keyword} {text}",) if text else ()
