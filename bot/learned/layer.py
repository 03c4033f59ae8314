"""The learned layer beside the grammar: keeps, asks back or drops every candidate fact of a message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bot.facts.agreement import implied, same
from bot.facts.catalogue import CONTACTS, allowed
from bot.facts.extract import Understood, read
from bot.facts.reading import Found
from bot.intents.encoder import Memo
from bot.intents.linear import LinearModel
from bot.intents.ngrams import NgramVectorizer
from bot.learned import roles, spots, statements
from bot.learned.candidates import HOME_FACTS, Candidate, Scored, candidates
from bot.learned.examples import Example
from bot.learned.judge import Judge
from bot.learned.material import Material
from bot.learned.roles import Roles
from bot.learned.spots import HOME, NONE, NUMBERS, UNIT, WORK, Spot
from bot.learned.statements import Statements

# Chosen on writers held out (docs/bot.md): a false fact costs more than a missing one.
KEEP = 0.8
KEEP_BARE = 0.6  # of a bare answer to the open question: "sì", "no, mai", "67"
BARE_WORDS = 3
ASK = 0.35
TUNED = 0.3  # weight, while the judge learns, of messages that the grammar was written for
CLOSE = 0.15  # two values of one fact as near as this are asked back


@dataclass(frozen=True)
class Judged:
    """:ivar facts: what is taken as told. :ivar uncertain: what must be asked back first, never a fact.

    :ivar confidences: how sure each fact and each uncertain one is, by fact.
    """

    facts: list[Found]
    uncertain: list[Found]
    confidences: dict[str, float]


@dataclass
class Gathered:
    """What the judge learns from.

    :ivar told: the candidates of all messages. :ivar owners: number of the message of each.
    :ivar evidence: one row for each candidate, from models that have not seen its writer.
    :ivar truth: whether it is stated. :ivar weights: how much it counts.
    """

    statements: Statements
    numbers: Roles
    places: Roles
    told: list[Candidate]
    owners: np.ndarray
    evidence: np.ndarray
    truth: np.ndarray
    weights: np.ndarray


@dataclass
class Layer:
    """The trained models."""

    statements: Statements
    numbers: Roles
    places: Roles
    judge: Judge

    def judged(self, understood: Understood, memo: Memo) -> Judged:
        """Keep, ask back or drop what the grammar and the models propose for a message."""
        if not understood.reading.pieces:
            return Judged(understood.facts, [], {})
        material = Material.of(understood, memo)
        told = candidates(material, self.statements, self._scored(material))
        chances = self.judge.chances(np.array([one.evidence for one in told])) if told else np.zeros(0)
        return _decided(material, told, chances)

    def _scored(self, material: Material) -> Scored:
        question = material.question
        whole = self.statements.scores(material.whole, question)
        rows = [self.statements.scores(part, question) for part in material.clauses]
        clauses = np.stack(rows) if rows else np.zeros((0, len(whole)))
        seen = [(s, self.numbers.chances(s, material.part_at(s.start).vector)) for s in spots.numbers(material)]
        seen += [(s, self.places.chances(s, material.part_at(s.start).vector)) for s in spots.places(material)]
        return Scored(whole, clauses, seen)

    # -- learning -------------------------------------------------------------------------------------------------

    @classmethod
    def train(cls, examples: Sequence[Example]) -> Layer:
        """Learn from the annotated messages; each is judged by models that have not seen its writer."""
        found = gather(examples)
        judge = Judge.learn(found.evidence, found.truth, found.weights)
        return cls(found.statements, found.numbers, found.places, judge)

    # -- storage --------------------------------------------------------------------------------------------------

    def save(self, directory: Path) -> None:
        """Write everything into `directory`."""
        model, judge = self.statements, self.judge
        settings: dict[str, Any] = {"labels": model.labels, "vocabulary": list(model.vectorizer.vocabulary)}
        settings["questions"] = sorted(model.asked)
        settings["roles"] = {name: [r.roles, list(r.columns)] for name, r in self._roles().items()}
        settings["start"] = judge.start
        arrays = {"idf": model.vectorizer.idf, "words": model.words.astype(np.float16), "meaning": model.meaning}
        for i, question in enumerate(settings["questions"]):
            columns, further, meaning = model.asked[question]
            arrays |= {f"q{i}columns": columns, f"q{i}words": further, f"q{i}meaning": meaning}
        for name, r in self._roles().items():
            arrays |= {f"{name}weights": r.model.weights, f"{name}bias": r.model.bias}
        for name in ("feature", "limit", "left", "right", "value"):
            arrays[name] = getattr(judge, name)
        (directory / "facts.json").write_text(json.dumps(settings), encoding="utf-8")
        np.savez_compressed(directory / "facts.npz", **arrays)

    def _roles(self) -> dict[str, Roles]:
        return {"numbers": self.numbers, "places": self.places}

    @classmethod
    def load(cls, directory: Path) -> Layer:
        """Read what :meth:`save` wrote."""
        settings = json.loads((directory / "facts.json").read_text(encoding="utf-8"))
        with np.load(directory / "facts.npz", allow_pickle=False) as arrays:
            asked = {
                question: (arrays[f"q{i}columns"], arrays[f"q{i}words"], arrays[f"q{i}meaning"])
                for i, question in enumerate(settings["questions"])
            }
            vectorizer = NgramVectorizer({f: i for i, f in enumerate(settings["vocabulary"])}, arrays["idf"])
            words = arrays["words"].astype(np.float32)
            stated = Statements(settings["labels"], vectorizer, words, arrays["meaning"], asked)
            numbers, places = (
                Roles(
                    settings["roles"][name][0],
                    {cue: i for i, cue in enumerate(settings["roles"][name][1])},
                    LinearModel(arrays[f"{name}weights"], arrays[f"{name}bias"]),
                )
                for name in ("numbers", "places")
            )
            trees = [arrays[name] for name in ("feature", "limit", "left", "right", "value")]
        return cls(stated, numbers, places, Judge(*trees, settings["start"]))


def gather(examples: Sequence[Example]) -> Gathered:
    """Learn statements and roles, and collect the candidates of every message with their evidence."""
    memo = Memo()
    materials = [Material.of(read(example.text, example.context), memo) for example in examples]
    learned = statements.learn(materials, examples)
    numbers, number_chances = _learn_roles(materials, examples, spots.numbers, number_role)
    places, place_chances = _learn_roles(materials, examples, spots.places, place_role)
    told, owners, truth, weights = [], [], [], []
    for i, (example, material) in enumerate(zip(examples, materials, strict=True)):
        scored = Scored(learned.whole[i], learned.clauses[i], [*number_chances[i], *place_chances[i]])
        for one in candidates(material, learned.model, scored):
            if one.fact in example.also and same(example.also[one.fact], one.value):
                continue
            told.append(one)
            owners.append(i)
            truth.append(is_stated(one, example.facts))
            weights.append(TUNED if example.tuned else 1.0)
    evidence = np.array([one.evidence for one in told])
    return Gathered(
        learned.model, numbers, places, told, np.array(owners), evidence, np.array(truth), np.array(weights)
    )


def _decided(material: Material, told: Sequence[Candidate], chances: np.ndarray) -> Judged:
    """Of each fact the likeliest value; a rival close to it makes both uncertain."""
    untouched = [f for f in material.understood.facts if f.fact in CONTACTS or f.value is None]
    facts, uncertain = list(untouched), []
    sure = {item.fact: 0.95 for item in untouched}
    by_fact: dict[str, list[tuple[float, Candidate]]] = {}
    for one, chance in zip(told, chances, strict=True):
        by_fact.setdefault(HOME if one.fact in HOME_FACTS else one.fact, []).append((float(chance), one))
    for ranked in by_fact.values():
        ranked.sort(key=lambda pair: -pair[0])
        chance, best = ranked[0]
        rival = next((c for c, other in ranked[1:] if _contradicts(best, other)), 0.0)
        bare = best.grammar and best.fact == material.question and len(material.reading.pieces) <= BARE_WORDS
        kept = chance >= (KEEP_BARE if bare else KEEP) and chance - rival >= CLOSE
        if not kept and chance < ASK:
            continue
        target = facts if kept else uncertain
        for fact, value in {best.fact: best.value, **best.follows}.items():
            if fact in sure or not allowed(fact, value):
                continue
            sure[fact] = chance
            target.append(material.reading.found(fact, value, best.start, max(best.end, best.start + 1)))
        if best.fact in HOME_FACTS:
            facts += _wider(material, best, ranked[1:], sure)
    return Judged(facts, uncertain, sure)


def _wider(
    material: Material, best: Candidate, others: Sequence[tuple[float, Candidate]], sure: dict[str, float]
) -> list[Found]:
    """Of a home whose comune is not sure, the province or the region that is."""
    found = []
    for chance, one in others:
        if chance >= KEEP and one.fact not in sure and not _contradicts(best, one):
            sure[one.fact] = chance
            found.append(material.reading.found(one.fact, one.value, one.start, max(one.end, one.start + 1)))
    return found


def _contradicts(one: Candidate, other: Candidate) -> bool:
    mine, theirs = {one.fact: one.value, **one.follows}, {other.fact: other.value, **other.follows}
    return any(not same(mine[name], theirs[name]) for name in mine.keys() & theirs.keys())


def is_stated(one: Candidate, stated: dict[str, Any]) -> bool:
    """Whether a candidate is among the facts of a message, or follows from them by geography."""
    if one.fact in stated:
        return same(stated[one.fact], one.value)
    follows = implied(stated)
    return one.fact in follows and same(follows[one.fact], one.value)


def number_role(spot: Spot, stated: dict[str, Any]) -> str:
    """The true role of a number."""
    fits = (f for f in NUMBERS if f in spot.values and f in stated and same(stated[f], spot.values[f][f]))
    return next(fits, NONE)


def place_role(spot: Spot, stated: dict[str, Any]) -> str:
    """The true role of a place."""
    home = spot.values[HOME]
    lead = next((name for name in HOME_FACTS if name in stated), None)
    if lead and lead in home and same(stated[lead], home[lead]) and (lead == "comune" or "comune" not in home):
        return HOME
    if lead == "provincia" and home.get("provincia") == stated["provincia"]:
        return HOME
    return next((f for f in (WORK, UNIT) if f in stated and stated[f] is spot.values[f][f]), NONE)


def _learn_roles(materials, examples, find, role):
    """A model of roles, and by message its spots with the chances that models without the writer give them."""
    found, owners = [], []
    for i, material in enumerate(materials):
        for spot in find(material):
            found.append(spot)
            owners.append(i)
    vectors = np.stack([materials[i].part_at(s.start).vector for i, s in zip(owners, found, strict=True)])
    labels = [role(spot, examples[i].facts) for i, spot in zip(owners, found, strict=True)]
    model, unseen = roles.learn(found, vectors, labels, [examples[i].writer for i in owners])
    by_message: list[list[tuple[Spot, dict[str, float]]]] = [[] for _ in materials]
    for i, spot, chances in zip(owners, found, unseen, strict=True):
        by_message[i].append((spot, chances))
    return model, by_message
