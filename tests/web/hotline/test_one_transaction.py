"""What the hotline and the assistant do together happens wholly or not at all."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, select

from cases import turns
from cases.models import ConsentRow, JournalRow, TurnRow
from hotline.models import CallerRow
from hotline.referring import Referring
from referrals.models import OutboxRow, ReferralRow
from settings import clock
from tests.web.hotline.conftest import consented
from tests.web.hotline.test_referral_and_search import FACTS, second_step

TABLES = (ReferralRow, OutboxRow, ConsentRow, CallerRow, TurnRow)
PERSON = {"nome": "Ada Prova", "telefono": "333 1234567", "letto": "true"}


def _counts(site) -> list[int]:
    with site.services.cases.session_factory() as session:
        return [session.scalar(select(func.count()).select_from(table)) for table in TABLES]


def _journal(site) -> list[str]:
    with site.services.cases.session_factory() as session:
        return [e for e in session.scalars(select(JournalRow.event)) if e != "sportello_visto"]


def _refuse(monkeypatch: pytest.MonkeyPatch, author: str) -> None:
    """The last thing written fails: a message of ``author``."""
    real = turns.append_in

    def fail(session, cipher, case_id, drafts, now):
        kept = real(session, cipher, case_id, drafts, now)
        if any(draft.author == author for draft in drafts):
            raise OSError("the disk is full")
        return kept

    monkeypatch.setattr(turns, "append_in", fail)


@pytest.fixture
def commits(site):
    """How many transactions the application commits from here on."""
    seen: list[object] = []
    note = seen.append
    event.listen(site.services.engine, "commit", note)
    yield seen
    event.remove(site.services.engine, "commit", note)


def test_a_referral_in_the_chat_is_all_or_nothing(site, sandro, citizen, monkeypatch) -> None:
    consented(site, citizen.session, **FACTS)
    sandro.take(citizen.session)
    fields = second_step(sandro, citizen.session) | PERSON
    before, journal = _counts(site), _journal(site)
    version = site.services.cases.get(citizen.session).version
    with monkeypatch.context() as broken:
        _refuse(broken, "operatore")
        assert sandro.case(citizen.session, "richiesta/invia", **fields).status_code == 500
    assert _counts(site) == before and _journal(site) == journal
    assert site.services.cases.get(citizen.session).version == version
    assert sandro.case(citizen.session, "richiesta/invia", **fields).status_code == 200
    after = _counts(site)
    assert all(now > then for now, then in zip(after, before, strict=True))
    assert site.services.cases.get(citizen.session).version > version, "the assistant knows"
    assert sandro.case(citizen.session, "richiesta/invia", **fields).status_code == 200
    assert _counts(site) == after, "sent twice, written once"


def test_a_referral_of_the_hotline_is_one_commit(site, sandro, citizen, commits, monkeypatch) -> None:
    consented(site, citizen.session, **FACTS)
    sandro.take(citizen.session)
    fields = second_step(sandro, citizen.session) | PERSON
    marks: list[int] = []
    real = Referring.open

    def counted(*args, **kwargs):
        start = len(commits)
        opened = real(*args, **kwargs)
        marks.append(len(commits) - start)
        return opened

    monkeypatch.setattr(Referring, "open", counted)
    assert sandro.case(citizen.session, "richiesta/invia", **fields).status_code == 200
    assert marks == [1]


def test_handing_back_is_all_or_nothing(site, sandro, citizen, monkeypatch) -> None:
    consented(site, citizen.session, provincia="LO")
    sandro.take(citizen.session)
    before, journal = _counts(site), _journal(site)
    dialogue = site.services.cases.get(citizen.session).dialogue
    with monkeypatch.context() as broken:
        real = turns.append_in

        def fail(session, cipher, case_id, drafts, now):
            kept = real(session, cipher, case_id, drafts, now)
            if len(drafts) > 1 or "assistente" in drafts[0].body["text"]:
                raise OSError("the disk is full")
            return kept

        broken.setattr(turns, "append_in", fail)
        failed = sandro.case(citizen.session, "restituisci", esito="informazioni", nota="chiarito")
        assert failed.status_code == 500
    assert _counts(site) == before and _journal(site) == journal
    record = site.services.cases.get(citizen.session)
    assert record.mode == "person" and record.dialogue == dialogue
    assert site.services.hotline.handlings.current(citizen.session, clock.now()) is not None
    assert sandro.case(citizen.session, "restituisci", esito="informazioni").status_code == 303
    assert site.services.cases.get(citizen.session).mode == "bot"
