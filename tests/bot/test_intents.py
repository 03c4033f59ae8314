"""Emergencies, context and calibration of the intents."""

from __future__ import annotations

import numpy as np
import pytest

from bot.facts.context import Context
from bot.facts.extract import read
from bot.intents import decision, encoder
from bot.intents.emergency import look_for_emergency
from bot.intents.focus import deciding_part
from bot.intents.fusion import FusedClassifier
from bot.intents.ngrams import features, simplify
from bot.safety.levels import Level

EXAMPLES = {
    "greet": ["ciao", "buongiorno", "salve", "buonasera a tutti", "hey ciao"],
    "ask_amount": ["quanto danno", "quanti soldi sono", "che importo ha", "a quanto ammonta", "quanti euro"],
    "ask_why": ["perché me lo chiede", "a cosa serve saperlo", "perché lo vuole sapere", "a che serve", "perché?"],
    "ask_explain_result": [
        "perché no",
        "perché non posso",
        "non capisco l'esito",
        "spieghi il risultato",
        "perché mi dice di no",
    ],
    "emergency": [
        "aiutatemi subito",
        "sto malissimo aiuto",
        "chiamate aiuto",
        "mi sento svenire",
        "serve un medico adesso",
    ],
}


@pytest.fixture(scope="module")
def model() -> FusedClassifier:
    pairs = [(text, intent) for intent, texts in EXAMPLES.items() for text in texts]
    return FusedClassifier.train([text for text, _ in pairs], [intent for _, intent in pairs])


def test_a_saved_model_answers_the_same(model: FusedClassifier, tmp_path) -> None:
    model.save(tmp_path)
    again = FusedClassifier.load(tmp_path)
    for text in ("ciao", "quanti soldi danno?", "", "ﷺ" * 2000, "perché?"):
        np.testing.assert_allclose(model.scores(text), again.scores(text), atol=0.05)


def test_scores_are_probabilities(model: FusedClassifier) -> None:
    for text in ("ciao", "x" * 10_000, "\x00", "buongiorno, quanto danno?"):
        assert np.exp(model.scores(text)).sum() == pytest.approx(1, abs=1e-4)


def test_weights_that_were_not_vetted_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder._encoder.cache_clear()
    monkeypatch.setitem(encoder.PINNED_SHA256, "sp.model", "0" * 64)
    with pytest.raises(encoder.UnknownWeights):
        encoder.load()
    monkeypatch.undo()
    encoder._encoder.cache_clear()
    encoder.load()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("voglio morire", "self_harm"),
        ("non ce la faccio più a vivere", "self_harm"),
        ("vorrei farla finita", "self_harm"),
        ("la signora dice che si vuole ammazzare", "self_harm"),
        ("il paziente minaccia di uccidersi", "self_harm"),
        ("ha preso tutte le pastiglie", "self_harm"),
        ("ho pensato di buttarmi dal ponte", "self_harm"),
        ("ho un dolore forte al petto", "acute"),
        ("mio padre non respira", "acute"),
        ("sta avendo un infarto", "acute"),
        ("serve un'ambulanza", "acute"),
        ("mio marito mi picchia", "violence"),
        ("mi ha messo le mani addosso", "violence"),
        ("ha un coltello e mi minaccia di morte", "violence"),
        ("buongiorno, ho il 75%, ma sinceramente non voglio più vivere così", "self_harm"),
    ],
)
def test_emergencies_are_recognised(text: str, kind: str) -> None:
    assert look_for_emergency(text).kind == kind


@pytest.mark.parametrize(
    "text",
    [
        "sono morta di fatica",
        "sono stanca morta",
        "muoio dalla voglia di tornare a lavorare",
        "questa burocrazia mi uccide",
        "voglio farla finita con questa pratica",
        "non voglio morire, voglio tornare al lavoro",
        "ho avuto un infarto due anni fa",
        "mi ammazzo di lavoro",
        "mio marito è morto",
        "ho paura di morire di fame senza stipendio",
        "dopo l'ictus sono rientrata",
        "mi hanno tagliato le ore",
        "fa male al cuore vedere certe cose",
    ],
)
def test_figures_of_speech_are_no_emergency(text: str) -> None:
    assert look_for_emergency(text).kind is None


ALARMS = [
    "mi voglio uccidere",
    "la faccio finita",
    "stasera mi ammazzo",
    "non voglio più stare al mondo",
    "meglio se muoio",
    "vorrei non svegliarmi più",
    "ho ingoiato una scatola di sonniferi",
    "mio fratello ha detto che si butta dal balcone",
    "una paziente mi ha parlato di suicidio",
    "il signore al telefono minaccia di farsi del male",
    "penso al suicidio",
    "vorrei solo sparire per sempre",
    "ho le pastiglie in mano",
    "mi sto tagliando le vene",
    "non ha più senso vivere",
    "la vita non ha più senso per me",
    "sto pensando di farla finita",
    "voglio mori",
    "mi sono tagliata i polsi",
    "mia figlia non vuole più vivere",
    "mi butto sotto un treno",
    "se non mi aiutate mi butto dal ponte",
    "non riesco a respirare",
    "mi fa male il petto e il braccio",
    "ho un peso sul petto",
    "mio marito è svenuto",
    "sta perdendo sangue",
    "ha le convulsioni",
    "non sento più il braccio sinistro",
    "credo di avere un infarto",
    "sta male, chiamate il 118",
    "mi sta venendo un ictus",
    "ha la bocca storta e parla male",
    "sanguino tantissimo",
    "non risponde e non si muove",
    "mi si è bloccato il respiro",
    "fortissimo dolore al petto",
    "mio marito mi mena",
    "mi ha preso a pugni",
    "il mio compagno mi ha puntato un coltello",
    "mi ha minacciata di morte",
    "sono chiusa in casa e lui mi picchia",
    "mi violenta",
    "mio padre picchia mia madre",
    "ho paura che mi ammazzi",
    "mi ha dato uno schiaffo e adesso ho paura",
    "mi ha messo le mani al collo",
]
CALM = [
    "ho perso il lavoro e mi sento morire",
    "mi sono ammazzata di lavoro per trent'anni",
    "è morta mia madre",
    "il mio capo mi uccide di lavoro",
    "ho rischiato di morire ma ora sto bene",
    "ho avuto un'emorragia cerebrale nel 2022",
    "sono stata operata al cuore",
    "ho preso le pastiglie per la pressione",
    "prendo delle medicine che mi stancano",
    "mi fa male la schiena",
    "respiro meglio da quando ho smesso la chemio",
    "il dottore mi ha detto di andare al pronto soccorso l'anno scorso",
    "ho chiamato il 112 numero unico per informazioni",
    "mi hanno tagliato lo stipendio",
    "questa attesa è un suicidio",
    "non ce la faccio più con queste carte",
    "sono a pezzi",
    "sono distrutta",
    "voglio finirla con questa pratica",
    "mi è venuto un colpo quando ho visto l'importo",
    "lavoro in ambulanza",
    "sono un autista di ambulanza",
    "ho fatto il corso di pronto soccorso",
    "lavoro al pronto soccorso di Lodi",
    "mio figlio picchia i tasti del computer",
    "ho un peso sullo stomaco",
    "fa un freddo da morire",
    "mi ammazzate di domande",
    "ha perso i sensi durante la chemio a marzo",
    "il mio cane è morto",
    "vittima di violenza, ho diritto a qualcosa?",
]


@pytest.mark.parametrize("text", ALARMS)
def test_more_emergencies(text: str) -> None:
    assert look_for_emergency(text).kind is not None


@pytest.mark.parametrize("text", CALM)
def test_more_calm_messages(text: str) -> None:
    assert look_for_emergency(text).kind is None


def test_what_only_the_classifier_takes_for_an_emergency_is_a_concern() -> None:
    calm = Level("none", 0.9)
    ranking, level = decision._without_emergency([("complain", 0.6), ("emergency", 0.3), ("greet", 0.1)], calm)
    assert level.name == "concern"
    assert ranking[0] == ("complain", pytest.approx(0.6 / 0.7))
    ranking, level = decision._without_emergency([("complain", 0.9), ("emergency", 0.1)], calm)
    assert level.name == "none"


def test_without_a_model_of_safety_the_list_decides(model: FusedClassifier) -> None:
    ranking, level = decision.decide(model, "voglio morire", Context(), None)
    assert (ranking[0][0], level.name) == ("emergency", "emergency")


def test_what_was_just_shown_leans_the_why(model: FusedClassifier) -> None:
    def odds(**context: object) -> float:
        """How much likelier "explain the result" is than "why do you ask"."""
        leaning = decision._leaning(model.intents, Context(**context), None)
        return leaning[model.intents.index("ask_explain_result")] - leaning[model.intents.index("ask_why")]

    assert odds(result_shown=True) > odds() == 0 > odds(result_shown=False, question="eta")


@pytest.mark.parametrize(
    ("text", "question", "intent"),
    [
        ("sì", "part_time", "affirm"),
        ("no", "part_time", "deny"),
        ("boh", "eta", "dont_know"),
        ("70", "invalidita_percento", "inform"),
        ("torna indietro", "eta", "go_back"),
        ("ricominciamo da capo", "eta", "restart"),
        ("no scusi, era il 67", "part_time", "correct_answer"),
        ("sì", "conferma", "affirm"),
        ("no grazie", "consenso_invio", "deny"),
        ("Monza", "comune", "inform"),
        ("non me lo ricordo", "mesi_assenza", "dont_know"),
    ],
)
def test_answers_are_read_before_intents(text: str, question: str, intent: str) -> None:
    expected = read(text, Context(question=question)).intent
    assert expected is not None
    assert (expected.intent, expected.certain) == (intent, True)


@pytest.mark.parametrize(
    "text", ["si può fare online?", "perché me lo chiede?", "quanto danno?", "non ho capito la domanda"]
)
def test_questions_are_left_to_the_classifier(text: str) -> None:
    assert read(text, Context(question="part_time")).intent is None


def test_the_last_question_of_a_long_message_decides() -> None:
    story = "Buongiorno, sono la mamma di una paziente oncologica e scrivo perché siamo in difficoltà. Quanto danno in tutto?"
    assert deciding_part(story) == "Quanto danno in tutto?"
    assert deciding_part("quanto danno?") is None


def test_spelling_is_simplified() -> None:
    assert simplify("Perchéééé  ho l’80%") == "perchee  ho l'0%"
    assert "w:perche" in features("perché")


GIBBERISH = ("asdkjh qwe", "sdfsdf sdfsd fsdf", "qwertyuiop", "hjklò", "xcvbn wqrtp", "dsaf ewqr cxzv")


@pytest.mark.parametrize("text", GIBBERISH)
def test_of_blows_on_the_keyboard_nothing_is_likely(model: FusedClassifier, text: str) -> None:
    assert decision.decide(model, text, Context(), None)[0][0][1] <= 1 / len(EXAMPLES)


@pytest.mark.parametrize("text", GIBBERISH)
def test_blows_on_the_keyboard_answer_no_open_question(model: FusedClassifier, text: str) -> None:
    asked = Context(question="part_time")
    assert decision.decide(model, text, asked, read(text, asked).intent)[0][0][1] <= 1 / len(EXAMPLES)


@pytest.mark.parametrize("text", ["ciao", "a quanto ammonta", "quanti soldi danno"])
def test_words_are_no_gibberish(model: FusedClassifier, text: str) -> None:
    assert decision.decide(model, text, Context(), None)[0][0][1] > 1.2 / len(EXAMPLES)


@pytest.mark.parametrize(
    ("text", "question", "intent"),
    [
        ("ho sbagliato, abito a Monza", "part_time", "correct_answer"),
        ("la signora rettifica: 71", "invalidita_percento", "inform"),
        ("tra il 60 e il 70", "invalidita_percento", "inform"),
        ("più o meno otto", "mesi_assenza", "inform"),
        ("70, contento?", "invalidita_percento", "inform"),
        ("lunedì ricomincio", "rientrato_al_lavoro", "inform"),
        ("riprendo a lavorare martedì", "rientrato_al_lavoro", "inform"),
        ("ricominciamo da capo", "part_time", "restart"),
        ("il verbale non ce l'ho ancora", "invalidita_percento", "dont_know"),
        ("sto aspettando la visita della commissione", "invalidita_percento", "dont_know"),
        ("incidente in moto", "causa_assenza", "inform"),
    ],
)
def test_answers_and_corrections_in_other_words(text: str, question: str, intent: str) -> None:
    assert read(text, Context(question)).intent.intent == intent
