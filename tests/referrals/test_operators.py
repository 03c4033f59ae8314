"""The operator's side: its own referrals only, contact data only when they may be seen, everything noted."""

import csv
import io
import re

import pytest
from sqlalchemy import event, select, text

from cases.models import JournalRow
from referrals import links
from referrals.contact import Contact, Preferences
from referrals.errors import LinkInvalid, NotAllowed
from referrals.operators import EXPIRING, OUTCOMES

ALFA = "operatore:ALFA"


@pytest.fixture(autouse=True)
def operators(world):
    world.with_operators()


def token_in(mail):
    return mail.text.split("#")[1].split()[0]


def test_the_inbox_holds_only_one_s_own_newest_first_with_counts(world):
    mine = [world.sent().code for _ in range(3) if world.later(minutes=1)]
    world.operators.take(mine[0], ALFA, world.now)
    world.sent(site="BETA-1")
    page = world.operators.inbox("ALFA")
    assert [item.code for item in page.items] == mine[::-1]
    assert page.counts == {"inviata": 2, "presa_in_carico": 1}
    assert [i.code for i in world.operators.inbox("ALFA", state="presa_in_carico").items] == [mine[0]]
    assert world.operators.inbox("ALFA", measure="azioni_di_rete").items == ()
    assert len(world.operators.inbox("ALFA", site_id="ALFA-1").items) == 3
    assert world.operators.inbox("NESSUNO").items == ()


def test_pages_follow_each_other_without_gap_or_double_even_within_one_instant(world):
    codes = {world.sent().code for _ in range(7)}
    seen, after = [], None
    while True:
        page = world.operators.inbox("ALFA", after=after, limit=3)
        seen += [item.code for item in page.items]
        if not (after := page.after):
            break
    assert len(seen) == 7
    assert set(seen) == codes
    for wrong in ("boh", "W10=", "e30="):
        with pytest.raises(ValueError, match="pagina"):
            world.operators.inbox("ALFA", after=wrong)


def test_the_inbox_makes_the_same_queries_however_long_it_is(world):
    statements = []
    counts = []
    for more in (1, 12):
        for _ in range(more):
            world.sent()
        event.listen(world.engine, "before_cursor_execute", collect := lambda *a: statements.append(a[2]))
        world.operators.inbox("ALFA")
        event.remove(world.engine, "before_cursor_execute", collect)
        counts.append(len([s for s in statements if s.startswith("SELECT")]))
        statements.clear()
    assert counts == [2, 2]


@pytest.mark.parametrize(
    ("state", "shown_at_once", "shown_when_hidden"),
    [
        ("inviata", True, False),
        ("presa_in_carico", True, True),
        ("appuntamento_fissato", True, True),
        ("pip_sottoscritto", True, True),
        ("rifiutata", False, False),
        ("scaduta", False, False),
        ("conclusa", False, False),
    ],
)
def test_contact_data_are_shown_only_while_needed(world, state, shown_at_once, shown_when_hidden):
    for hidden, shown in ((False, shown_at_once), (True, shown_when_hidden)):
        opened = world.at_state(state, contact_after_taking=hidden, preferences=Preferences(helper="Ugo figlio"))
        card = world.operators.card(opened.code, ALFA, world.now)
        assert (card.contact is not None) is shown
        assert card.contact_hidden is not shown
        assert (card.preferences.helper == "Ugo figlio") is shown


def test_opening_a_card_is_journalled(world):
    opened = world.sent(contact_after_taking=True)
    world.operators.card(opened.code, ALFA, world.now)
    with world.factory() as session:
        row = session.scalars(select(JournalRow).where(JournalRow.event == "scheda_letta")).one()
    assert (row.actor, row.detail) == (ALFA, '{"contact": false}')


def test_another_s_card_stays_closed(world):
    opened = world.sent()
    with pytest.raises(NotAllowed):
        world.operators.card(opened.code, "operatore:BETA", world.now)


def test_the_whole_way_to_the_outcome(world):
    opened = world.sent()
    assert set(world.operators.card(opened.code, ALFA, world.now).may) == {"presa_in_carico", "rifiutata", "annullata"}
    world.operators.take(opened.code, ALFA, world.now)
    world.referrals.transition(opened.code, "appuntamento_fissato", ALFA, world.now)
    plan = {"services": [{"id": "tutoring", "hours": 10}]}
    world.operators.sign_plan(opened.code, ALFA, plan, world.now)
    assert world.operators.card(opened.code, ALFA, world.now).plan == plan
    with pytest.raises(ValueError, match="esito"):
        world.operators.conclude(opened.code, ALFA, "boh", world.now)
    for _ in range(2):
        assert world.operators.conclude(opened.code, ALFA, OUTCOMES[0], world.now).state == "conclusa"
    with world.factory() as session:
        assert session.scalar(text("SELECT sum(count) FROM statistic WHERE event = 'esito'")) == 1


def test_only_the_owner_signs_and_concludes(world):
    opened = world.at_state("appuntamento_fissato")
    with pytest.raises(NotAllowed):
        world.operators.sign_plan(opened.code, "operatore:BETA", {}, world.now)
    with pytest.raises(NotAllowed):
        world.operators.sign_plan(opened.code, "sportello:1", {}, world.now)
    with pytest.raises(NotAllowed):
        world.operators.conclude(opened.code, ALFA, OUTCOMES[0], world.now)


def test_the_export_has_contact_data_of_those_in_charge_and_no_formula_runs(world):
    world.at_state("presa_in_carico", contact=Contact("=cmd|' /C calc'!A0", "3331234567"))
    world.later(minutes=1)
    world.sent(contact_after_taking=True)
    world.sent(site="BETA-1")
    rows = list(csv.DictReader(io.StringIO(world.operators.export_csv("ALFA", world.now)), delimiter=";"))
    assert [(r["stato"], r["nome"]) for r in rows] == [("presa_in_carico", "'=cmd|' /C calc'!A0"), ("inviata", "")]
    assert rows[0]["telefono"] == "'+393331234567"


def test_the_e_mail_s_link_opens_that_referral_again_and_again_until_it_expires(world):
    opened = world.a_referral()
    world.deliver()
    token = token_in(world.mails(to="alfa@example.org")[0])
    for _ in range(3):
        assert world.operators.enter(token, world.now) == ("ALFA", opened.code)
    with world.factory() as session:
        assert token not in str(session.execute(text("SELECT * FROM magic_link")).all())
    world.later(days=14)
    with pytest.raises(LinkInvalid):
        world.operators.enter(token, world.now)


def test_an_operator_without_account_gets_a_link_for_each_referral_in_hand(world):
    first, second = world.at_state("presa_in_carico"), world.sent()
    world.at_state("annullata")
    world.sent(site="BETA-1")
    world.deliver()
    assert not world.operators.send_links("nessuno@example.org", lambda _: False, world.now)
    assert world.operators.send_links(" Alfa@Example.org ", lambda _: False, world.now)
    assert world.operators.send_links("alfa@example.org", lambda _: False, world.now)  # impatient
    world.deliver()
    (mail,) = [mail for mail in world.mails(to="alfa@example.org") if "apre solo quella" in mail.text]
    tokens = re.findall(r"entra#(\S+)", mail.text)
    assert {world.operators.enter(token, world.now) for token in tokens} == {
        ("ALFA", first.code),
        ("ALFA", second.code),
    }


def test_an_operator_with_accounts_is_told_to_log_in(world):
    world.sent()
    world.deliver()
    assert world.operators.send_links("alfa@example.org", lambda operator: operator == "ALFA", world.now)
    world.deliver()
    [mail] = [mail for mail in world.mails(to="alfa@example.org") if mail.subject == "Il link per entrare"]
    assert "/accesso?dopo=/operatore" in mail.text and "#" not in mail.text


@pytest.mark.parametrize("token", ["", "boh", "x" * 5000])
def test_an_invented_link_opens_nothing(world, token):
    with pytest.raises(LinkInvalid):
        world.operators.enter(token, world.now)


def test_a_key_of_the_operator_s_system_is_no_log_in_and_a_link_is_no_key(world):
    key = world.operators.api_key("ALFA", world.now)
    assert world.operators.operator_for_key(key, world.later(days=364)) == "ALFA"
    with pytest.raises(LinkInvalid):
        world.operators.enter(key, world.now)
    with pytest.raises(LinkInvalid):
        world.operators.operator_for_key(key, world.later(days=2))
    with world.factory() as session:
        link = links.create_in(session, links.OPERATOR_REFERRAL, world.now, operator_id="ALFA")
        session.commit()
    with pytest.raises(LinkInvalid):
        world.operators.operator_for_key(link, world.now)


def test_an_operator_no_longer_active_does_not_enter(world):
    world.a_referral()
    world.deliver()
    token = token_in(world.mails(to="alfa@example.org")[0])
    with world.engine.begin() as connection:
        connection.execute(text("UPDATE operator SET active = false WHERE id = 'ALFA'"))
    with pytest.raises(NotAllowed):
        world.operators.enter(token, world.now)


def test_what_expires_first_comes_first_page_after_page(world):
    codes = [world.sent().code for _ in range(7) if world.later(hours=30)]
    world.operators.take(codes.pop(2), ALFA, world.now)
    world.referrals.cancel(codes.pop(), "persona", world.now)
    seen, after = [], None
    while True:
        page = world.operators.inbox("ALFA", after=after, limit=2, order=EXPIRING)
        seen += page.items
        if not (after := page.after):
            break
    assert [item.code for item in seen] == codes
    assert sorted(item.expires_at for item in seen) == [item.expires_at for item in seen]
    assert page.counts == {"inviata": 5, "presa_in_carico": 1, "annullata": 1}


def test_counts_are_those_of_the_rows_whatever_happened(world):
    for state in ("aperta", "inviata", "presa_in_carico", "rifiutata", "scaduta", "conclusa", "annullata"):
        world.at_state(state)
    erased = world.at_state("presa_in_carico")
    world.cases.erase(world.referrals.get(erased.code).case_id, world.now)
    refused = world.at_state("rifiutata")
    world.person.reassign(refused.code, "BETA-1", "Sono d'accordo.", "1", "again", world.now)
    for operator in ("ALFA", "BETA"):
        query = "SELECT state, count(*) FROM referral WHERE operator_id = :operator GROUP BY state"
        with world.factory() as session:
            rows = {state: count for state, count in session.execute(text(query), {"operator": operator})}
        assert world.operators.inbox(operator).counts == rows != {}


def test_an_account_of_the_operator_acts_for_it_and_is_named_in_the_journal(world):
    opened = world.sent()
    person = f"{ALFA}:{'a' * 32}"
    world.operators.take(opened.code, person, world.now)
    with pytest.raises(NotAllowed):
        world.operators.card(opened.code, f"operatore:BETA:{'a' * 32}", world.now)
    with world.factory() as session:
        taken = session.scalars(select(JournalRow).where(JournalRow.state == "presa_in_carico")).one()
    assert taken.actor == person
    assert [step.by for step in world.referrals.get(opened.code).steps][-1] == "operatore"
