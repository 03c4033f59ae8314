"""A message as acts: language, feelings, answers that do not apply, questions, and their order."""

from __future__ import annotations

import pytest

from bot.acts import language
from bot.acts.compose import acts, measure_named
from bot.acts.language import Language
from bot.asks.model import Asks
from bot.asks.retrieval import NONE, QuestionModel
from bot.facts.context import Context
from bot.facts.extract import read
from bot.intents.encoder import Memo

ITALIAN = Language("it", 1.0)
WORDS = frozenset(
    "sono ho la il di a e in non che per un una mi da al lavoro casa si no ok va bene grazie con part time smart working".split()
)


def composed(text: str, question: str | None = None, intent: str = "inform", spoken: Language = ITALIAN, asked=()):
    understood = read(text, Context(question=question))
    return acts(understood.reading, [(intent, 0.9)], understood.facts, {}, asked, spoken)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("I have lost my job and I need help", "en"),
        ("my husband has cancer, what can we do", "en"),
        ("j'ai perdu mon travail à cause de la maladie", "fr"),
        ("he perdido el trabajo y estoy enfermo", "es"),
        ("am pierdut locul de muncă și sunt bolnavă", "ro"),
        ("kam humbur punën dhe jam i sëmurë", "sq"),
        ("я втратила роботу", "uk"),
        ("فقدت عملي وأنا مريض", "ar"),
        ("我失业了，生病了", "zh"),
    ],
)
def test_the_language_is_recognised(text: str, code: str) -> None:
    assert language.recognise(text, WORDS).code == code


@pytest.mark.parametrize(
    "text",
    "si|no|ok|boh|Monza|Busto Arsizio|part time|sono operaio|naspi|72%|io marocco vivo Dalmine|smart working|grazie mille"
    "|non lo so|è il 70|cinquantadue|cigs|P.IVA|al 46|ciao|tempo det|Abbiategrasso|mai|a Como|ho la 104|lavoro a Rho".split(
        "|"
    ),
)
def test_short_italian_is_never_another_language(text: str) -> None:
    assert language.recognise(text, WORDS).code == "it"


def test_of_foreign_words_nothing_is_guessed() -> None:
    found = composed("I live in Milan and I am 54", spoken=Language("en", 0.98))
    assert [(act.kind, act.value) for act in found] == [("other_language", {"language": "en"})]


def test_each_thing_told_is_one_act_with_its_words() -> None:
    text = "Buongiorno, abito a Crema e ho il 75% di invalidità. Sono stanca."
    found = composed(text)
    assert [act.kind for act in found] == ["courtesy", "tell", "tell", "feel"]
    assert found[1].value["facts"] == {"comune": "Crema", "provincia": "CR", "residenza_lombardia": True}
    assert "Crema" in text[found[1].start : found[1].end]
    assert found[2].value["facts"] == {"invalidita_percento": 75}
    assert found[3].value == {"feeling": "stanchezza"}


@pytest.mark.parametrize(
    ("text", "question", "polarity"),
    [
        ("sì", "part_time", "yes"),
        ("no, tempo pieno", "part_time", "no"),
        ("al momento non lavoro", "sede_lavoro_lombardia", "not_applicable"),
        ("guardi, sono pensionata", "sede_lavoro_lombardia", "not_applicable"),
    ],
)
def test_an_answer_has_its_polarity(text: str, question: str, polarity: str) -> None:
    answers = [act for act in composed(text, question) if act.kind == "answer"]
    assert [act.value["polarity"] for act in answers] == [polarity]


def test_who_does_not_know_answers_so() -> None:
    (answer,) = [act for act in composed("boh non lo so", "legge_68_iscritto", "dont_know") if act.kind == "answer"]
    assert answer.value["facts"] == {"legge_68_iscritto": None}


@pytest.mark.parametrize(
    ("text", "feeling"),
    [
        ("ho paura di perdere il posto", "paura"),
        ("sono stufa, una vergogna", "rabbia"),
        ("mi sento giù", "tristezza"),
        ("meno male, che sollievo", "sollievo"),
    ],
)
def test_feelings_are_heard(text: str, feeling: str) -> None:
    assert feeling in [act.value.get("feeling") for act in composed(text, intent="complain")]


def test_the_feelings_of_others_are_theirs() -> None:
    assert not [act for act in composed("mio marito è stanco") if act.kind == "feel"]


def test_a_measure_that_is_named_is_asked_about() -> None:
    (ask,) = [act for act in composed("quanto danno con la dote impresa?", intent="ask_amount") if act.kind == "ask"]
    assert ask.value == {"measure": "dote_impresa", "aspect": "importo"}
    assert measure_named("parlatemi del tirocinio") == "tirocinio"
    assert measure_named("parlatemi del tempo") is None


@pytest.fixture(scope="module")
def asks() -> Asks:
    sentences = {
        "Q014": [
            "quanti giorni di malattia mi restano?",
            "quanta mutua ho ancora",
            "quanti giorni di mutua ho ancora?",
        ],
        "Q057": [
            "come si chiede l'invalidità?",
            "come faccio domanda di invalidità",
            "dove chiedo l'invalidità civile?",
        ],
        NONE: ["buongiorno", "abito a Lodi", "ho cinquant'anni", "sono operaio", "ho il 75%"],
    }
    pairs = [(text, question) for question, texts in sentences.items() for text in texts]
    return Asks(QuestionModel.train([t for t, _ in pairs], [q for _, q in pairs]), WORDS)


def test_two_questions_are_two_acts(asks: Asks) -> None:
    text = "Abito a Lodi. Quanti giorni di malattia mi restano? E come si chiede l'invalidità?"
    found = asks.asked(text, [("ask_how_to_apply", 0.8)], Memo())
    assert [one.question for one in found] == ["Q014", "Q057"]
    assert text[found[0].start : found[0].end] == "Quanti giorni di malattia mi restano?"


def test_who_tells_asks_nothing(asks: Asks) -> None:
    assert asks.asked("abito a Lodi e ho cinquant'anni", [("inform", 0.9)], Memo()) == []


def test_saved_asks_answer_the_same(asks: Asks, tmp_path) -> None:
    asks.save(tmp_path)
    again = Asks.load(tmp_path)
    text = "quanta mutua mi resta?"
    one, other = (a.asked(text, [("ask_services", 0.8)], Memo())[0] for a in (asks, again))
    assert one.question == other.question
    assert one.confidence == pytest.approx(other.confidence, abs=0.02)
    assert again.italian == asks.italian
