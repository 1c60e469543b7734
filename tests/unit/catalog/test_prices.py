from decimal import Decimal

import pytest

from antiphon.catalog.overrides import CatalogueError
from antiphon.catalog.prices import UnknownPrice, load_prices
from antiphon.domain.money import MilliCredits, quote

BOOK = load_prices()

# Worked out by hand: dialect, name, option, units, list price and price with an API key, in thousandths of a credit.
BY_HAND = [
    ("sonna", "eleven-v3", "", 1, 2_100, 1_890),
    ("sonna", "eleven-v3", "", 1_000, 2_100_000, 1_890_000),
    ("sonna", "eleven-multilingual-v2", "", 1, 2_100, 1_890),
    ("sonna", "eleven-flash-v2-5", "", 1, 1_050, 945),
    ("sonna", "eleven-flash-v2-5", "", 43, 45_150, 40_635),  # The quickstart's sentence.
    ("sonna", "gemini-2-5-flash", "", 1, 700, 630),
    ("sonna", "gemini-2-5-pro", "", 1, 1_050, 945),
    ("sonna", "google-neural2", "", 1, 500, 450),
    ("sonna", "google-neural2", "free", 1, 500, 450),
    ("sonna", "google-wavenet", "", 1, 500, 450),
    ("sonna", "google-wavenet", "free", 1_000, 500_000, 450_000),
    ("sonna", "enhance", "", 1, 0, 0),
    ("sonna", "enhance-dialogue", "", 1, 0, 0),
    ("sonna", "qwen-z-image", "", 1, 70_000, 63_000),
    ("sonna", "qwen-z-image", "4K", 1, 70_000, 63_000),
    ("sonna", "grok-image", "", 1, 340_000, 306_000),
    ("sonna", "nano-banana-2", "1K", 1, 680_000, 612_000),
    ("sonna", "nano-banana-2", "2K", 1, 1_020_000, 918_000),
    ("sonna", "nano-banana-2", "4K", 1, 1_530_000, 1_377_000),
    ("sonna", "nano-banana-pro", "1K", 1, 1_530_000, 1_377_000),
    ("sonna", "nano-banana-pro", "2K", 1, 1_530_000, 1_377_000),
    ("sonna", "nano-banana-pro", "4K", 1, 2_035_000, 1_831_500),
    ("sonna", "flux-2-pro", "1K", 1, 425_000, 382_500),
    ("sonna", "flux-2-pro", "2K", 1, 595_000, 535_500),
    ("sonna", "flux-2-pro", "4K", 1, 595_000, 535_500),
    ("sonna", "gpt-image-2", "low", 1, 510_000, 459_000),
    ("sonna", "gpt-image-2", "medium", 1, 850_000, 765_000),
    ("sonna", "gpt-image-2", "high", 1, 1_360_000, 1_224_000),
    ("sonna", "suno-v4_5all", "", 1, 1_020_000, 918_000),
    ("sonna", "suno-v5_5", "", 1, 1_020_000, 918_000),
    ("sonna", "video", "480p", 5, 425_000, 425_000),
    ("sonna", "video", "720p", 5, 850_000, 850_000),
    ("sonna", "video", "1080p", 10, 3_400_000, 3_400_000),
    ("musicapi", "sonic/create_music", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/extend_music", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/cover_music", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/concat_music", "", 1, 136_000, 136_000),
    ("musicapi", "sonic/upload-extend", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/upload-cover", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/persona", "", 1, 68_000, 68_000),
    ("musicapi", "sonic/bpm", "", 1, 68_000, 68_000),
    ("musicapi", "sonic/vox", "", 1, 68_000, 68_000),
    ("musicapi", "sonic/upsample-tags", "", 1, 68_000, 68_000),
    ("musicapi", "sonic/stems/basic", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/stems/full", "", 1, 5_100_000, 5_100_000),
    ("musicapi", "sonic/persona_music", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/extend_upload_music", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/cover_upload_music", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/remaster", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/add_vocals", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/add_instrumental", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/sample", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/mashup", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/replace-section", "", 1, 1_020_000, 1_020_000),
    ("musicapi", "sonic/upload", "", 1, 136_000, 136_000),
    ("musicapi", "sonic/create-voice", "", 1, 272_000, 272_000),
    ("musicapi", "sonic/lyrics", "", 1, 0, 0),
    ("musicapi", "sonic/wav", "", 1, 68_000, 68_000),
    ("musicapi", "sonic/midi", "", 1, 68_000, 68_000),
    ("musicapi", "sonic/aligned-lyrics", "", 1, 68_000, 68_000),
    ("musicapi", "sonic/aligned-lyrics", "again", 1, 0, 0),
    ("musicapi", "sonic/download", "", 1, 136_000, 136_000),
    ("musicapi", "producer/create", "", 1, 816_000, 816_000),
    ("musicapi", "producer/upload", "", 1, 136_000, 136_000),
    ("musicapi", "producer/download", "", 1, 136_000, 136_000),
    ("musicapi", "nuro/create", "", 1, 680_000, 680_000),
    ("soniox", "speech", "", 3_600_000, 7_000_000, 7_000_000),
    ("soniox", "speech", "", 36, 70, 70),
    ("soniox", "speech", "", 1, 2, 2),  # 1.94..., the one rounding there is.
]


@pytest.mark.parametrize(("dialect", "name", "option", "units", "listed", "with_key"), BY_HAND)
def test_a_price_is_what_was_published(dialect, name, option, units, listed, with_key):
    price = BOOK.price(dialect, name, option)
    assert quote(price, units) == listed
    assert quote(price, units, discounted=True) == with_key


def test_the_table_by_hand_has_every_price_in_the_catalogue():
    checked = {(dialect, name, option) for dialect, name, option, *_ in BY_HAND}
    for dialect in ("sonna", "musicapi", "soniox"):
        for name, option, _price in BOOK.entries(dialect):
            wanted = (dialect, name.replace("*", "v5_5"), option or "")
            assert wanted in checked


@pytest.mark.parametrize("dialect", ["sonna", "musicapi"])
def test_ten_per_cent_of_every_published_price_is_a_whole_number_of_thousandths(dialect):
    assert [name for name, _option, price in BOOK.entries(dialect) if price.millicredits % 10 or price.per != 1] == []


@pytest.mark.parametrize(
    ("name", "modality", "discount"),
    [("eleven-v3", "speech", 10), ("grok-image", "image", 10), ("suno-v5", "music", 10), ("video", "video", 0)],
)
def test_the_discount_goes_by_modality(name, modality, discount):
    assert BOOK.modality("sonna", name) == modality
    assert next(price for found, _, price in BOOK.entries("sonna") if name.startswith(found.rstrip("*"))).discount == (
        discount
    )


@pytest.mark.parametrize(
    ("dialect", "name", "option"),
    [
        ("sonna", "eleven-v9", ""),
        ("sonna", "suno", ""),
        ("sonna", "", ""),
        ("sonna", "*", ""),
        ("nobody", "eleven-v3", ""),
        ("sonna", "nano-banana-2", ""),
        ("sonna", "nano-banana-2", "8K"),
        ("sonna", "nano-banana-2", "1k"),
    ],
)
def test_an_unknown_price_is_refused_and_never_guessed(dialect, name, option):
    with pytest.raises(UnknownPrice) as refused:
        BOOK.price(dialect, name, option)
    assert (refused.value.dialect, refused.value.name, refused.value.option) == (dialect, name, option)


def test_a_create_takes_exactly_fifteen_from_the_credits_that_musicapi_shows():
    before, create = MilliCredits(1_187_000_000), quote(BOOK.price("musicapi", "sonic/create_music"), 1)
    shown = BOOK.whole_credits("musicapi", before), BOOK.whole_credits("musicapi", MilliCredits(before - create))
    assert shown == (17_455, 17_440)


def test_an_hour_of_soniox_speech_is_seventy_cents():
    assert BOOK.dollars(quote(BOOK.price("soniox", "speech"), 3_600_000)) == Decimal("0.7")


def written(tmp_path, text):
    path = tmp_path / "prices.toml"
    path.write_text(text)
    return path


def test_an_operators_file_changes_what_it_names_and_nothing_else(tmp_path):
    path = written(
        tmp_path,
        """
[dialect.sonna]
discount = { speech = 25 }
[dialect.musicapi]
credit = 50
[price.sonna.eleven-v3]
credits = 3
[price.sonna.google-neural2]
by = { free = 0 }
[price.sonna.my-model]
modality = "speech"
unit = "second"
credits = 0.125
""",
    )
    book = load_prices(path)
    changed = {
        "eleven-v3": 2_250,
        "google-wavenet": 375,
        "my-model": 94,  # 93.75: a begun thousandth is charged whole.
    }
    assert {name: quote(book.price("sonna", name), 1, discounted=True) for name in changed} == changed
    assert quote(book.price("sonna", "grok-image"), 1, discounted=True) == 306_000
    assert quote(book.price("sonna", "google-neural2", "free"), 1_000) == 0
    assert quote(book.price("sonna", "google-neural2"), 1_000) == 500_000
    assert quote(book.price("musicapi", "sonic/create_music"), 1) == 750_000


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("[price.sonna.eleven-v3]\ncredits = -1\n", 2, "from 0"),
        ("[price.sonna.eleven-v3]\n\ncredits = 2.1001\n", 3, "three decimals"),
        ("[price.sonna.eleven-v3]\ncredits = 'much'\n", 2, "a number"),
        ("[price.sonna.eleven-v3]\ncredits = true\n", 2, "a number"),
        ("[price.sonna.eleven-v3]\ncredits = nan\n", 2, "from 0"),
        ("[price.sonna.eleven-v3]\ncredits = 1e99\n", 2, "from 0"),
        ("[price.sonna.eleven-v3]\nper = 0\n", 2, "greater than or equal to 1"),
        ("[price.sonna.eleven-v3]\ncredit = 2\n", 2, "not permitted"),
        ("us_dollar = 0\n", 1, "greater than 0"),
        ("[price.sonna]\nnew = { modality = 'speech', unit = 'second' }\n", 2, "neither"),
        ("[price.sona.eleven-v3]\nmodality='speech'\nunit='call'\ncredits = 1\n", 1, "no such dialect"),
        ("[dialect.sonna]\ndiscount = { speech = 101 }\n", 2, "less than or equal to 100"),
        ("[dialect.musicapi]\ncredit = 0.0001\n", 2, "three decimals"),
        ("[dialect.musicapi]\ncredit = 0.001\n[price.musicapi.'sonic/bpm']\ncredits = 0.5\n", 3, "whole number"),
        ("\n[price.sonna\n", 2, "not TOML"),
        ("price = 3\n", 1, "a table"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_and_the_reason(tmp_path, text, line, told):
    path = written(tmp_path, text)
    with pytest.raises(CatalogueError, match=told) as refused:
        load_prices(path)
    assert (refused.value.path, refused.value.line) == (path, line)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CatalogueError, match="cannot be read"):
        load_prices(tmp_path / "none.toml")
