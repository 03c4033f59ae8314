"""What was not understood reaches a reviewer without telling who wrote it."""

from __future__ import annotations

import shutil

import pytest
import yaml

from actions.review import EXAMPLES, collect, teach
from dialogue.unread import anonymous


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("scrivetemi a maria.rossi@example.org", "scrivetemi a [email]"),
        ("il mio numero è 333 123 45 67", "il mio numero è [numero]"),
        ("sono RSSMRA80A01F205X", "sono [codice]"),
        ("mi chiamo mario bianchi e boh", "mi chiamo [nome] e boh"),
        ("abito a Sesto San Giovanni da sempre", "abito a [nome] da sempre"),
        ("ho il 75", "ho il [n]"),
        ("non capisco niente", "non capisco niente"),
    ],
)
def test_names_numbers_and_addresses_are_masked(written: str, kept: str) -> None:
    assert anonymous(written) == kept


def test_an_unread_message_is_collected_and_gone_with_the_case(consented, services) -> None:
    conversation = consented()
    conversation.press("/check_eligibility")
    conversation.say("blatero cose con Mario", "nlu_fallback", ranking=(("ask_amount", 0.2),))
    found = [unread for unread in collect(services.cases) if unread.text.startswith("blatero")]
    assert [unread.text for unread in found] == ["blatero cose con [nome]"]
    assert found[0].ranking == ("ask_amount",)
    services.cases.erase(conversation.case_id, conversation.now)
    assert not [unread for unread in collect(services.cases) if unread.text.startswith("blatero")]


def test_one_action_makes_it_a_training_example(tmp_path) -> None:
    shutil.copy(EXAMPLES / "ask_amount.yml", tmp_path)
    assert teach("a quanto ammonta il gruzzolo", "ask_amount", tmp_path)
    assert not teach("a quanto ammonta il gruzzolo", "ask_amount", tmp_path)
    data = yaml.safe_load((tmp_path / "ask_amount.yml").read_text(encoding="utf-8"))
    examples = next(entry["examples"] for entry in data["nlu"] if entry.get("intent") == "ask_amount")
    assert examples.splitlines()[-1] == "- a quanto ammonta il gruzzolo"


@pytest.mark.parametrize(
    ("text", "intent"), [("ciao", "../greet"), ("ciao", "nessuno"), ("", "greet"), ("[nome]", "greet")]
)
def test_what_cannot_be_an_example_is_refused(text: str, intent: str) -> None:
    with pytest.raises(ValueError, match=r"No examples|Not an example"):
        teach(text, intent)
