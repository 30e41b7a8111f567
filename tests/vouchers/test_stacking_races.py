"""Two rounds that give to the same firms at the same moment, of programmes that rule each other out: a firm gets one of both."""

import pytest
from sqlalchemy import func, select

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.policy.programme_file import PROGRAMMES
from marketplace.vouchers.models import Round, Voucher
from marketplace.vouchers.service import issuing, programmes
from tests.factories import a_firm, a_programme, a_round
from tests.programmes_of import ORIGIN, SLUG, a_programme_with
from tests.races import race, tried

pytestmark = pytest.mark.engines("postgresql")
OTHER = "xizang_innovation_voucher"


def ruled_out(slug):
    return f'[beneficiaries.not_with]\nlabel = "另一种券"\nprogrammes = ["{slug}"]\nspan = "ever"'


def a_round_of_other() -> Round:
    text = (PROGRAMMES / f"{OTHER}.toml").read_text("utf-8").replace("programme/1", "programme/2")
    file = programmes.GivenFile(f"{text}\n{ruled_out(SLUG)}\n{ORIGIN}\n".encode(), "x.toml")
    in_transaction(lambda: programmes.import_programme(file, area_code="540000", actor_id=None, now=clock.now()))
    return a_round(programme=a_programme(OTHER))


def test_a_firm_is_given_one_of_two_that_rule_each_other_out(fresh_app, fresh_db):
    rounds = [a_round(programme=a_programme_with(ruled_out(OTHER))).id, a_round_of_other().id]
    firms, today = [a_firm().id for _ in range(6)], clock.today()
    orders = [firms, firms[::-1]]

    def give(round_id, those):
        return len(tried(lambda: issuing.credit(round_id, those, actor_id=None, today=today)))

    given = race(fresh_app, [lambda one=one: give(*one) for one in zip(rounds, orders, strict=True)])
    fresh_db.session.rollback()

    assert sum(given) == len(firms), given
    counts = fresh_db.session.execute(select(func.count()).select_from(Voucher).group_by(Voucher.enterprise_id)).scalars()
    assert set(counts) == {1}


def test_two_of_one_group_are_given_one_cap_between_them(fresh_app, fresh_db):
    grouped = '[beneficiaries.associated_firms]\nby = ["group"]'
    counts = "[unused.counts_against_limit]\nvalue = true"
    programme = a_programme_with(grouped, counts, without=r"unused\.counts_against_limit")
    rounds, today = [a_round(programme=programme).id for _ in range(2)], clock.today()
    pairs = [(a_firm(group_uscc=mother.uscc).id, a_firm(group_uscc=mother.uscc).id) for mother in (a_firm().organisation for _ in range(3))]
    fresh_db.session.rollback()

    def give(round_id, at):
        return sum(len(tried(lambda firm=pair[at]: issuing.credit(round_id, [firm], actor_id=None, today=today))) for pair in pairs)

    given = race(fresh_app, [lambda at=at: give(rounds[at], at) for at in range(2)])
    assert sum(given) == len(pairs), given
