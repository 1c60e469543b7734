import pytest

from antiphon.domain.tongues import language_of

TEXTS = {
    "en": "Good morning, my old friend. How is the weather with you?",
    "id": "Selamat pagi, apa kabar? Saya dari Jakarta.",
    "es": "Hola, ¿cómo está usted? Muy bien, gracias.",
    "fr": "Bonjour, je ne suis pas là, mais merci.",
    "pt": "Olá, você não está aqui. Muito obrigado.",
    "de": "Guten Tag, ich bin nicht da und das ist gut.",
    "it": "Ciao, come stai? Questo è molto bello.",
    "nl": "Hallo, ik ben er niet en dat is goed.",
    "ru": "Привет, как дела?",
    "uk": "Привіт, як твої справи?",
    "el": "Καλημέρα, τι κάνεις;",
    "ar": "مرحبا كيف حالك",
    "he": "שלום מה שלומך",
    "hi": "नमस्ते, आप कैसे हैं?",
    "th": "สวัสดีครับ",
    "ja": "こんにちは、元気ですか",
    "zh": "你好，今天天气怎么样",
    "ko": "안녕하세요, 반갑습니다",
    "vi": "Xin chào, bạn có khỏe không? Tôi đến từ Việt Nam.",
}


@pytest.mark.parametrize("language", TEXTS)
@pytest.mark.parametrize("own", ["en", "id"])
def test_a_text_tells_its_language(language, own):
    assert language_of(TEXTS[language], otherwise=own) == language


@pytest.mark.parametrize("text", ["", "Hello.", "12345", "x" * 5000, "!?", "Antiphon", "OK", "ja"])
def test_what_tells_nothing_is_the_voices_own(text):
    assert language_of(text, otherwise="id") == "id"


def test_a_foreign_name_in_a_text_does_not_decide():
    assert language_of("I met Пётр at the station, and he was late for the train.", otherwise="en") == "en"


def test_a_long_text_is_told_by_its_beginning():
    assert language_of(TEXTS["de"] * 100 + TEXTS["ru"] * 10_000, otherwise="en") == "de"
