"""Where the person lives and works: comune, province, in Lombardia or not.

A place counts only where a word licenses it: a verb of living, a verb of work, or the open question. "In cura a Pavia",
"nata a Napoli", "un operatore vicino a Monza" say nothing about where somebody lives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.facts.corrections import MARKER
from bot.facts.gazetteer import Place, gazetteer, key
from bot.facts.place_names import length_of, name_words, place_at
from bot.facts.reading import Found, Reading

_LIVE = (
    r"(?:abit(?:o|a|iamo|ante)|viv(?:o|e|iamo)|risied(?:o|e|iamo)|resident[ei]|residenza|domicili(?:o|at[oa])|st[oa](?= (?:a|in) )|sto di casa|sta di casa|"
    r"(?:mi sono|si e) (?:appena |da poco |ormai )?trasferit[oa]|casa mia e|ho casa|ha casa|convivo|convive|alloggi(?:o|a))"
)
_WORK = (
    r"(?:lavor(?:o|a|iamo|ando)|lavoriamo|azienda|ditta|assunt[oa]|impiegat[oa]|occupat[oa]|opera[io]+|(?:la|l'|una|un'|mia|sua) (?:\w+ )?(?:ditta|azienda|fabbrica|impresa|societa|cooperativa)|"
    r"(?:il|mio|suo) (?:\w+ )?(?:ufficio|negozio|stabilimento|posto di lavoro|cantiere|magazzino)|sede (?:di lavoro|operativa)|posto di lavoro|faccio l' \w+|faccio (?:il|la) \w+|fa l' \w+|fa (?:il|la) \w+|vado a lavorare|va a lavorare|turni)"
)
_UNIT = r"(?:unita produttiva|stabilimento (?:che|da cui|dove)|lavorav[oa]|(?:mi|l'|lo|la) (?:hanno|ha) (?:licenziat|lasciat)\w+|sospes[oa] da(?:lla|l)|licenziat[oa] da)"
_WORKPLACE = re.compile(
    r"\b(?:ditta|azienda|magazzino|sede|fabbrica|stabilimento|ufficio|negozio|cantiere|officina|lavoro)\b"
)
_LINK = re.compile(r"(?:^|(?<= ))(?:(?P<live>" + _LIVE + r")|(?P<unit>" + _UNIT + r")|(?P<work>" + _WORK + r"))(?= )")
_PREPOSITION = re.compile(
    r" ?(?P<prep>nel comune di|in comune di|comune di|nella citta di|nella zona di|dalle parti di|vicino a|vicino ad|fuori|zona|in localita|a|ad|in|nel|nella|nell'|di|del|della|presso|:|e(?= (?:a|in)\b)|provincia)"
)
_NEAR = frozenset({"vicino a", "vicino ad", "nella zona di", "dalle parti di", "zona", "fuori"})
_CLAIMANT_FROM = re.compile(
    r"\b(?:signor[ae]|signorina|paziente|assistit[oa]|utente|donna|uomo|pz|ragazz[oa]|beneficiari[oa]|client[ei]|chiamante|persona) (?:,? ?(?:di )?\d+ (?:enne|anni) ,? ?)?(?:di|da)(?= [a-z])"
)
_BUT_DOMICILE = re.compile(r"\bin lombardia\b.{0,120}\b(?:domicilio|residenza) (?:invece |pero )?si\b")
_NAMED = re.compile(
    r"\b(?:la |mia )?(?:provincia|comune|citta|paese|residenza|domicilio)(?: giust[oa])? (?:e|era|sarebbe)(?= [a-z])"
)
_SAID = re.compile(
    r"\b(?:ho|avevo) (?:detto|scritto|messo) [a-z' ]{2,25}?(?: ,)? (?:ma|invece|pero)(?: ,)?(?: invece)?(?: (?:e|era|abito a|sto a|abito in|vivo a|a|di|in))+(?= [a-z])"
)
_SAME_VERB = re.compile(r"\bio (?:invece |pero )?(?=(?:a|in) [a-z])")
_FROM = re.compile(
    r"\bsono (?:(?:un|una|uno) (?:ragazz[oa]|signor[ae]|donna|uomo|operai[oa]) )?(?:di|del|della|dell')(?= )"
)
_AWAY = re.compile(
    r"\bfuori (?:dalla |dalla regione |dalla regione |dalla )?(?:regione|lombardia)\b|\bin (?:un' )?altra regione\b|\ball' estero\b"
)
_BIRTH = re.compile(
    r"\b(?:nat[oa]|origin\w+|venut[oa]|arriv\w+|operat[oa]|cura|curat[oa]|ricoverat[oa]|ospedale|visita|terapia|chemio\w*|inps|operatore|sportello|cerco|cerca|cercare|trovare|vorrei|vorrebbe|legale)\b"
)
# "Vivo e lavoro a Lodi" says both.
_BOTH = re.compile(
    r"\b(?:(?:abit|viv|risied)[oae]\w*|resident[ei]|sto|sta) e (?:anche )?(?:ci )?lavor[oa](?= (?:sempre )?(?:a|ad|in|nel|nella) )"
    r"|\blavor[oa] e (?:anche )?(?:abit|viv|risied)[oae]\w*(?= (?:sempre )?(?:a|ad|in|nel|nella) )"
)
# Who lost the work, or is suspended, speaks of the unit they come from when they name the firm.
_FROM_A_FIRM = re.compile(
    r"\b(?:cassa integrazione|in cassa|cig[osd]?|cass\w*integrat\w+|sospes\w+|licenziat\w+|mobilita|0 ore|lasciat[oi] a casa)\b"
)
_OLD_HOME = re.compile(r"\b(?:prima|ho abitato|ha abitato|ho vissuto|ha vissuto|ho lavorato|ha lavorato)\b")
HOME, WORK, UNIT = "home", "work", "unit"
_PLACE_QUESTIONS = {
    "comune": HOME,
    "provincia": HOME,
    "residenza_lombardia": HOME,
    "sede_lavoro_lombardia": WORK,
    "unita_produttiva_lombardia": UNIT,
}


def extract(reading: Reading) -> Iterator[Found]:
    """Facts about home, workplace and the unit the person comes from."""
    spoken = list(_mentions(reading))
    if reading.context.question in _PLACE_QUESTIONS and not spoken:
        spoken = list(_answers(reading, _PLACE_QUESTIONS[reading.context.question]))
    if reading.context.question == "unita_produttiva_lombardia" or _FROM_A_FIRM.search(reading.text):
        asked = reading.context.question == "unita_produttiva_lombardia"
        spoken = [(UNIT, *item[1:]) if item[0] == WORK and (asked or item[4] == 1) else item for item in spoken]
    if not any(item[0] == WORK for item in spoken):
        spoken += _worked_there(reading, spoken)
    yield from _facts(reading, spoken)


# -- mentions: (what it is to the person, place, start, end, weight) ----------------------------------------------------


def _mentions(reading: Reading) -> Iterator[tuple[str, Place, int, int, int]]:
    text = reading.text
    links = [
        (m.start(), m.end(), HOME if m["live"] else UNIT if m["unit"] else WORK, m.group(0))
        for m in _LINK.finditer(text)
    ]
    links += [(m.start(), m.start() + 4, HOME, "sono di") for m in _FROM.finditer(text)]
    for pattern in (_CLAIMANT_FROM, _NAMED, _SAID):
        links += [(m.start(), m.end(), HOME, "exactly") for m in pattern.finditer(text)]
    for match in _SAME_VERB.finditer(text):
        verbs = list(_LINK.finditer(reading.whole[: match.start()]))
        if verbs:  # "mia figlia abita a Londra, io a Como"
            links.append((match.start(), match.end() - 1, HOME if verbs[-1]["live"] else WORK, "io"))
    links.sort()
    for both in _BOTH.finditer(text):
        yield from _both(reading, both)
    for i, (start, end, kind, verb) in enumerate(links):
        clause = reading.clause_at(start)
        limit = links[i + 1][0] if i + 1 < len(links) else len(text)
        # the name may stand after a short break ("lavoro, a Monza"), never behind the next verb of living or work
        if verb.startswith(("sto", "sta")) and _WORKPLACE.search(text[clause.start : start]):
            kind = WORK
        if verb == "exactly":
            yield from _named_exactly(text, start, end)
            continue
        found = _place_after(text, end, min(limit, clause.end + 40)) or _place_beside(
            text, end, verb, min(limit, clause.end)
        )
        if found is None:
            continue
        if found[3]:
            found = _place_after(text, found[2], min(limit, clause.end + 40)) or found  # "fuori Milano, a Opera"
        place, at, until, near = found
        if kind == HOME and place.comune is None:
            place, until = _closer(text, place, until)
        if verb.startswith(("sto", "sta")) and _FOR_WORK.match(text[until:]):
            kind = WORK
        replaced = _corrected(reading, until)
        if replaced:
            place, until = replaced
        if near or _BIRTH.search(text[end:at]) or _BIRTH.search(reading.before(start, 4)):
            continue
        if clause.past and kind != UNIT or _OLD_HOME.search(reading.before(start, 3)):
            if kind == WORK:
                kind = UNIT
            else:
                continue
        if reading.negated(start, 4) or " non " in text[end:at]:
            if not place.lombardia or place.comune or place.provincia:
                continue
            place = Place(None, None, False, place.words)
        if kind == WORK:
            # "per una ditta di Torino" may say where the firm is, "lavoro a Bergamo" says where the work is
            direct = verb.startswith(("lavor", "vado", "va a")) and re.match(r"(?:a|ad|in) ", text[at:])
            yield kind, place, start, until, 2 if direct else 1
            continue
        formal = verb.startswith(("residen", "resident")) and kind == HOME
        yield kind, place, start, until, 1 if formal else 2
    yield from _telegraphic(reading)
    yield from _area_alone(reading)


_FOR_WORK = re.compile(
    r" ?,? ?(?:solo |soltanto )?(?:per|a) (?:lavoro|lavorare|motivi di lavoro)\b"
)  # "sto a Piacenza per lavoro"
_THEN_NAMED = re.compile(
    r" (?:,|:|precisamente|esattamente|cioe|dalle parti di)(?: ,)?(?: precisamente| esattamente| a| ad| di)? "
)


def _closer(text: str, place: Place, until: int) -> tuple[Place, int]:
    """The comune named behind its area: "sto in Brianza, a Seregno", "in val Seriana, Gandino"."""
    named = _THEN_NAMED.match(text[until:])
    inner = place_at(text[until + named.end() :], loose=False) if named else None
    if inner is None or inner.comune is None or place.provincia not in (None, inner.provincia):
        return place, until
    if inner.lombardia is not place.lombardia:
        return place, until
    return inner, until + named.end() + length_of(text[until + named.end() :], inner.words)


def _both(reading: Reading, match: re.Match[str]) -> Iterator[tuple[str, Place, int, int, int]]:
    """The one place of who lives and works there."""
    if reading.negated(match.start(), 3) or reading.clause_at(match.start()).past:
        return
    found = _place_after(reading.text, match.end(), len(reading.text))
    if found and not found[3]:
        yield HOME, found[0], match.start(), found[2], 3
        yield WORK, found[0], match.start(), found[2], 3


def _named_exactly(text: str, start: int, end: int) -> Iterator[tuple[str, Place, int, int, int]]:
    """A place in full right behind words that announce one: "la signora di Lodi", "la provincia è Varese"."""
    place = place_at(text[end + 1 :], loose=False)
    if not place or not (place.lombardia or place.comune is None or key(place.comune) in gazetteer().provinces):
        return
    if "provincia" in text[start:end] and place.comune:
        code = gazetteer().province([key(place.comune)])
        place = Place(None, code[0], code[0] in gazetteer().lombard_codes, place.words) if code else place
    yield HOME, place, start, end + 1 + length_of(text[end + 1 :], place.words), 3


_SAME_PLACE = re.compile(
    r"\bci (?:lavor[oa]|vado a lavorare)\b|\blavor[oa] (?:anche |sempre |pure )?(?:li|la|qui|nello stesso (?:comune|posto|paese))\b"
)


def _worked_there(
    reading: Reading, spoken: list[tuple[str, Place, int, int, int]]
) -> Iterator[tuple[str, Place, int, int, int]]:
    """ "Non abito in Lombardia ma ci lavoro": the work is in the place just named."""
    match = _SAME_PLACE.search(reading.text)
    if match and not reading.negated(match.start(), 2):
        named = [
            place_at(reading.text[item[3] - _spokenlength_of(reading, item) :])
            for item in spoken
            if item[0] == HOME and item[3] <= match.start()
        ]
        if named and named[-1]:
            yield WORK, named[-1], match.start(), match.end(), 2


def _spokenlength_of(reading: Reading, item: tuple[str, Place, int, int, int]) -> int:
    return len(" ".join(reading.text[item[2] : item[3]].split()[-item[1].words :]))


_REPLACED = re.compile(
    MARKER.pattern + r" ?(?:, )?(?:volevo dire |intendevo )?(?:a|ad|in|di|e|era|nel comune di|, )? ?(?=[a-z])"
)


def _corrected(reading: Reading, end: int) -> tuple[Place, int] | None:
    """The place that replaces the one ending at `end`: "abito a Monza, anzi a Lissone"."""
    match = _REPLACED.match(reading.text[end:].lstrip(" ,."))
    if not match:
        return None
    skipped = len(reading.text[end:]) - len(reading.text[end:].lstrip(" ,."))
    at = end + skipped + match.end()
    place = place_at(reading.text[at:])
    return (place, at + length_of(reading.text[at:], place.words)) if place else None


def _place_after(text: str, start: int, end: int) -> tuple[Place, int, int, bool] | None:
    """The first place after `start`: place, its bounds, and whether it is only near it."""
    stretch = text[start:end]
    for match in re.finditer(r"(?<![^ ])(?:" + _PREPOSITION.pattern[2:] + r")(?= )", stretch):
        if stretch[: match.start()].count(" ") > 9 or re.search(r"[.;!?¦]", stretch[: match.start()]):
            return None
        if _PART_OF_NAME.search(stretch[: match.start()]):
            continue  # "sul lago di Como" is not Como
        at = start + match.end() + 1
        of = match["prep"] in ("di", "del", "della", "e", ":")
        place = place_at(text[at:], loose=not of)
        if place and match["prep"] == "fuori" and place.comune is None and place.provincia is None:
            place = Place(None, None, not place.lombardia, place.words)  # outside the region
        if place and (not of or place.lombardia or place.comune is None or key(place.comune) in gazetteer().provinces):
            until = at + length_of(text[at:], place.words)
            return place, start + match.start(), until, match["prep"] in _NEAR and place.comune is not None
    return None


def _place_beside(text: str, start: int, verb: str, end: int) -> tuple[Place, int, int, bool] | None:
    """A place without preposition: "residente Cantù", and of a city "io lavora pulizie Milano"."""
    words = text[start:end].split()
    if verb.startswith(("residen", "domicili", "abit", "viv")) and words:
        place = place_at(text[start + 1 :], loose=False)
        if place is None and verb.startswith(("residen", "domicili")) or place and _plain_home(verb, place, words[0]):
            return (place, start, start + 1 + length_of(text[start + 1 :], place.words), False) if place else None
    position = start
    for word in words[:6]:
        position = text.index(word, position)
        found = gazetteer().province([word]) if len(word) > 3 and word.isalpha() else None
        if found and gazetteer().comune([word], loose=False):
            place = place_at(text[position:], loose=False)
            return (place, position, position + length_of(text[position:], place.words), False) if place else None
        position += len(word)
    return None


def _plain_home(verb: str, place: Place, word: str) -> bool:
    """Whether a name right behind the verb is a place: "io abita Suzzara" yes, "vivo sola" no."""
    if verb.startswith(("residen", "domicili")):
        return True
    return place.comune is not None and place.lombardia and len(word) > 4


_PART_OF_NAME = re.compile(
    r"\b(?:lago|val|valle|via|viale|piazza|corso|statale|stazione|strada|ospedale|lungolago|monte|parco) $|\b(?:lago|val|valle|via|viale|piazza|corso|stazione|strada|ospedale|monte|parco)$"
)


_AREA_ALONE = re.compile(
    r"(?:in |la )?(?P<area>provincia (?:\. )?(?:di )?[a-z' ]+|(?:nel|nella|nell') [a-z]+)(?: [.!])?"
)


def _area_alone(reading: Reading) -> Iterator[tuple[str, Place, int, int, int]]:
    """A message that is nothing but an area: "provincia di MB", "nel bresciano"."""
    match = _AREA_ALONE.fullmatch(reading.text)
    if match is None or reading.context.question in ("sede_lavoro_lombardia", "unita_produttiva_lombardia"):
        return
    name = match["area"] if match["area"].startswith("provincia") else match["area"].partition(" ")[2]
    place = place_at(name)
    if place and place.comune is None and place.provincia:
        yield HOME, place, 0, len(reading.text), 1


def _telegraphic(reading: Reading) -> Iterator[tuple[str, Place, int, int, int]]:
    """A place alone between commas, in notes such as "54 anni, Monza, invalidità 75%"."""
    text = reading.text
    if reading.context.question or text.count(",") < 2:
        return
    position = 0
    for part in re.split(r"[,()]", text):
        name = part.strip()
        at = position + (len(part) - len(part.lstrip()))
        position += len(part) + 1
        match = re.match(r"(?:di |da |residente (?:a )?|citta )?(?=[a-z])", name)
        named = match and (name_words(name[match.end() :]) or name.startswith("provincia "))
        if named and not any(word in name for word in ("lavor", "ditta", "azienda")):
            place = place_at(name[match.end() :], loose=False)
            if place and place.comune and not place.lombardia and key(place.comune) not in gazetteer().provinces:
                continue
            if (
                place
                and place.words == len(name[match.end() :].replace("(", "").split())
                and (place.comune or place.provincia)
            ):
                yield HOME, place, at, at + len(name), 1


# -- answers to a question about places ----------------------------------------------------------------------------------

_OPENING = re.compile(
    r"^(?:(?:si|no|ecco|allora|beh|eh|be|certo|e|ma|,|\.|:|guardi|io|a|ad|in|nel|nella|di|da|della|del|dalla|vengo|viene|chiama|sono|abito|vivo|lavoro|sto|e)(?: |$))*"
)


def _is_a_word(code: str, message: str) -> bool:
    """Whether a code of two letters rather is the word: yes and no always, "so" unless it is in capitals."""
    return code in ("si", "no", "ok") or code == "so" and "SO" not in message


def _answers(reading: Reading, kind: str) -> Iterator[tuple[str, Place, int, int, int]]:
    """The place that a short answer consists of."""
    text = reading.whole
    if "?" in text or "vicino a" in text or len(text.split()) > 12:
        return
    opening = _OPENING.match(text)
    at = opening.end() if opening else 0
    code = re.fullmatch(
        r"(?:in |(?:in )?(?:la )?provincia (?:\. )?(?:di |e )?|prov |sigla )?\(? ?(?P<code>[a-z]{2}) ?\)?(?: [.!])?",
        text,
    )
    if code and code["code"] == text.strip(" .!") and _is_a_word(code["code"], reading.message):
        return  # "si" and "no" answer yes or no, also where they are the code of a province
    if code and reading.context.question == "provincia" and code["code"].upper() in gazetteer().codes:
        upper = code["code"].upper()
        yield kind, Place(None, upper, upper in gazetteer().lombard_codes, 1), 0, len(text), 2
        return
    place, end = place_at(text[at:]), None
    if place is None and kind == HOME:
        found = gazetteer().province(name_words(text[at:]))
        if found and reading.context.question == "provincia":
            place = Place(None, found[0], found[0] in gazetteer().lombard_codes, found[1])
    if place is None:
        inner = _place_after(" " + text, 0, len(text) + 1)
        if inner is None or inner[3]:
            return
        place, at, end = inner[0], max(inner[1] - 1, 0), inner[2] - 1
    if re.search(r"\bnon\b", text):
        return
    end = end or at + length_of(text[at:], place.words)
    replaced = _corrected(reading, end)
    if replaced:
        place = replaced[0]
    elif place.comune is None and kind == HOME:
        further = _place_after(text, end, len(text))
        if further is None:
            place = _closer(text, place, end)[0]
        if further and further[0].comune and not further[3] and place.provincia in (None, further[0].provincia):
            place = further[0]  # "in provincia di Pavia, a Mortara"
    if reading.context.question == "provincia" and place.comune and place.provincia and kind == HOME:
        capital = gazetteer().province(name_words(text[at:])) or (
            (place.provincia, 1) if key(place.comune) in gazetteer().provinces else None
        )
        if capital:  # asked for the province, "Bergamo" names the province
            place = Place(None, capital[0], capital[0] in gazetteer().lombard_codes, place.words)
    if kind == HOME and _BOTH.search(text):
        yield WORK, place, at, len(text), 2
    yield kind, place, at, len(text), 2


# -- from mentions to facts ----------------------------------------------------------------------------------------------


def _facts(reading: Reading, spoken: list[tuple[str, Place, int, int, int]]) -> Iterator[Found]:
    homes = [item for item in spoken if item[0] == HOME]
    if homes:
        strongest = max(item[4] for item in homes)
        _, place, start, end, weight = [item for item in homes if item[4] == strongest][-1]
        if place.comune:
            yield reading.found("comune", place.comune, start, end, weight)
        if place.provincia:
            yield reading.found("provincia", place.provincia, start, end, weight)
        anywhere = any(item[1].lombardia for item in homes) or bool(
            _BUT_DOMICILE.search(reading.whole)
        )  # residence or domicile: one of them is enough
        yield reading.found("residenza_lombardia", anywhere, start, end, weight)
    for kind, fact in ((WORK, "sede_lavoro_lombardia"), (UNIT, "unita_produttiva_lombardia")):
        strongest = max((item[4] for item in spoken if item[0] == kind), default=0)
        places = [item for item in spoken if item[0] == kind and item[4] == strongest]
        if places and len({item[1].lombardia for item in places}) == 1:
            _, place, start, end, weight = places[-1]
            yield reading.found(fact, place.lombardia, start, end, weight)
    yield from _regional(reading, {item[0] for item in spoken})


def _regional(reading: Reading, known: set[str]) -> Iterator[Found]:
    """ "Fuori regione", "non sono lombardo", "lavoro fuori Lombardia"."""
    for match in _AWAY.finditer(reading.text):
        before = reading.before(match.start(), 6)
        if re.search(r"\b(?:lavor\w+|sede|ditta|azienda)\b", before) and WORK not in known:
            yield reading.found("sede_lavoro_lombardia", reading.negated(match.start(), 4), match.start(), match.end())
        elif re.search(_LIVE, before) and HOME not in known:
            yield reading.found("residenza_lombardia", reading.negated(match.start(), 4), match.start(), match.end())
