"""Associated firms (关联企业) share what one firm may have, and order nothing of an associate, by the facts that a file names."""

from uuid import UUID

import pytest

from marketplace.identity.models import Organisation
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.policy.programme_words import Tie
from marketplace.vouchers.queries.spending import of_programme
from marketplace.vouchers.rules.associates import RegisteredFacts, groups
from tests.enterprises import grouping
from tests.factories import a_provider
from tests.journeys.played import Played
from tests.programmes_of import a_programme_with, spec_of_file

COUNTS = "[unused.counts_against_limit]\nvalue = true"
FIRMS = '[beneficiaries.associated_firms]\nby = ["group"]'
DAYS = {"use_from": "2026-03-02", "use_until": "2026-11-30", "redeem_until": "2027-03-31"}


def facts(number, *, uscc="", group=None, legal="", address="", phone="", account="", declared=()):
    return RegisteredFacts(UUID(int=number), uscc or f"USCC{number}", group, legal, address, phone, account, frozenset(declared))


def tied(by, *known):
    return {one.int: {other.int for other in others} for one, others in groups(known, by).items()}


def test_a_group_is_who_is_held_by_the_same_or_holds_the_other_also_over_a_third():
    mother, first, second = facts(1, uscc="M"), facts(2, group="M"), facts(3, group="M")
    grandchild, stranger = facts(4, group="USCC3"), facts(5, group="X")
    found = tied([Tie.GROUP], first, second, mother, grandchild, stranger)
    assert found == {1: {2, 3, 4}, 2: {1, 3, 4}, 3: {1, 2, 4}, 4: {1, 2, 3}, 5: set()}
    assert tied([Tie.GROUP], grandchild, first) == {4: set(), 2: set()}, "nobody between them is known"


@pytest.mark.parametrize("tie", [one for one in Tie if one not in {Tie.GROUP, Tie.DECLARED}])
def test_each_other_fact_ties_who_has_the_same_and_no_other_fact_does(tie):
    name = {Tie.LEGAL_REPRESENTATIVE: "legal"}.get(tie, tie.value)
    one, other, empty = facts(1, **{name: "同"}), facts(2, **{name: " 同 "}), facts(3)
    assert tied([tie], one, other, empty) == {1: {2}, 2: {1}, 3: set()}
    assert tied([each for each in Tie if each is not tie], one, other, empty) == {1: set(), 2: set(), 3: set()}


def test_who_is_in_one_group_of_the_officer_is_tied_where_such_groups_are_asked_for():
    one, other, apart = facts(1, declared=[UUID(int=7)]), facts(2, declared=[UUID(int=7), UUID(int=8)]), facts(3, declared=[UUID(int=9)])
    assert tied([Tie.DECLARED], one, other, apart) == {1: {2}, 2: {1}, 3: set()}
    assert tied([each for each in Tie if each is not Tie.DECLARED], one, other, apart) == {1: set(), 2: set(), 3: set()}


@pytest.mark.parametrize(
    ("tables", "without", "key", "words"),
    [
        (["[beneficiaries.associated_firms]\nby = []"], "", "beneficiaries.associated_firms.by", "依据"),
        (['[beneficiaries.associated_firms]\nby = ["friend"]'], "", "beneficiaries.associated_firms.by", "不在可选范围"),
        ([FIRMS, "[beneficiaries.count]\nmost = 1"], "", "beneficiaries.associated_firms", "逐件审核"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_key(tables, without, key, words):
    with pytest.raises(ProgrammeFileError) as error:
        spec_of_file(*tables, without=without)
    assert any(one.key == key and words in str(one) for one in error.value.problems), error.value.problems


def played(*tables, **more):
    made = Played(lambda: a_programme_with(*tables, **more), area="540000", region="540102", at="2026-03-02")
    made.announce(budget=200_000, **DAYS)
    return made


def test_firms_of_one_group_have_one_yearly_cap_between_them_and_what_ends_is_there_again(db):
    play = played(FIRMS)
    first = play.firm()
    uscc = by_id(Organisation, first.id).uscc
    second, stranger = play.firm(group_uscc=uscc), play.firm()
    play.pass_time()
    order = play.at("2026-04-01").order(first, 30_000)
    assert order.subsidy_fen == 1_500_000
    assert play.order(second, 20_000).subsidy_fen == 1_000_000
    last = play.order(second, 30_000)
    assert last.subsidy_fen == 500_000, "30,000 a year, of which 25,000 were used by both"
    assert "与关联企业合并计算" in str(last.preview["why"])
    with pytest.raises(RuleViolation, match="已无可用金额"):
        play.order(first, 10_000)
    assert play.order(stranger, 30_000).subsidy_fen == 1_500_000
    play.cancel(last)
    assert play.order(first, 30_000).subsidy_fen == 500_000
    play.verified()


def test_who_was_associated_later_counts_what_it_used_before(db):
    play = played(FIRMS)
    first, second = play.firm(), play.firm()
    play.pass_time()
    for firm in (first, second):
        play.at("2026-04-01").order(firm, 30_000)
    in_transaction(lambda: setattr(by_id(Organisation, second.id), "group_uscc", by_id(Organisation, first.id).uscc))
    with pytest.raises(RuleViolation, match="已无可用金额"):
        play.order(first, 10_000)
    play.verified()


@pytest.mark.parametrize(("by", "is_tied"), [("group", True), ("legal_representative", False)])
def test_a_firm_orders_nothing_of_an_associated_provider(db, by, is_tied):
    play = played(f'[beneficiaries.associated_providers]\nby = ["{by}"]')
    firm = play.firm(legal_representative="甲")
    play.pass_time()
    with play.now():
        seller = a_provider(group_uscc=by_id(Organisation, firm.id).uscc, legal_representative="乙")
    if is_tied:
        with pytest.raises(RuleViolation, match="有关联（依据：控股单位相同") as refusal:
            play.at("2026-04-01").order(firm, 10_000, provider=seller)
        assert refusal.value.code == "associated"
    else:
        assert play.at("2026-04-01").order(firm, 10_000, provider=seller).subsidy_fen == 500_000


def test_an_associate_counts_as_the_firm_itself_where_grants_are_counted(db):
    reviewed = ('[allocation.mode]\nvalue = "review"', "[allocation.review_levels]\nvalue = 1", "[beneficiaries.count]\nmost = 1")
    play = played(FIRMS, *reviewed, without=r"allocation\.mode")
    first = play.firm()
    second, third = (play.firm(group_uscc=by_id(Organisation, first.id).uscc) for _ in range(2))
    filed = play.at("2026-03-02 13:00").apply(second)
    assert play.review(play.apply(first)).state == "granted"
    name = by_id(Organisation, first.id).name
    with pytest.raises(RuleViolation, match=f"关联企业（{name}）累计已享受本项目 1 次，合计最多 1 次"):
        play.apply(third, 1_000)
    assert play.review(filed).state == "refused"


def counted(mode):
    """Unused vouchers count against the year's 30,000 that a group has together."""
    allocation = f'[allocation.mode]\nvalue = "{mode}"'
    return played(FIRMS, COUNTS, allocation, without=r"unused\.counts_against_limit|allocation\.mode")


def a_group(play, count=3):
    first = play.firm()
    return [first, *(play.firm(group_uscc=by_id(Organisation, first.id).uscc) for _ in range(count - 1))]


def test_where_unused_vouchers_count_a_group_is_granted_one_cap_between_them(db):
    play = counted("first_come")
    (first, second, third), stranger = a_group(play), play.firm()
    play.apply(first, 20_000)
    play.pass_time()
    with pytest.raises(RuleViolation, match=r"本企业 2026 年上限.与关联企业合并计算.只剩 10,000.00 元"):
        play.apply(second, 20_000)
    play.apply(second, 10_000)
    play.apply(stranger, 30_000)
    play.pass_time()
    with pytest.raises(RuleViolation, match=r"本企业 2026 年上限.与关联企业合并计算.已经用完"):
        play.apply(third, 1_000)
    assert [play.voucher(one).face_fen for one in (first, second, stranger)] == [2_000_000, 1_000_000, 3_000_000]
    assert play.order(second, 20_000).subsidy_fen == 1_000_000, "what was granted is not cut again by what the other holds"
    play.verified()


def test_who_stands_behind_an_associate_in_one_queue_is_told_which_cap_the_group_has_used(db):
    play = counted("first_come")
    (first, second, _third), stranger = a_group(play), play.firm()
    rows = [play.apply(one, 20_000) for one in (first, second, stranger)]
    play.pass_time()
    assert [row.state for row in rows] == ["granted", "refused", "granted"]
    assert "与关联企业合并计算" in str(rows[1].reason)
    assert [row.granted_fen for row in rows] == [2_000_000, 0, 2_000_000]


def test_what_appears_by_itself_appears_once_for_a_group(db):
    play = counted("auto_credit")
    firms = [*a_group(play, 2), play.firm()]
    play.pass_time()
    assert [bool(of_programme(firm.id, play.programme_id)) for firm in firms] == [True, False, True]


def test_firms_that_an_officer_found_to_be_associated_share_a_cap_while_they_belong_together(db):
    play = played('[beneficiaries.associated_firms]\nby = ["declared"]')
    first, second = play.firm(), play.firm()
    play.pass_time()
    play.at("2026-04-01").order(first, 30_000)
    with play.now():
        group = grouping.a_group(first, second)
    assert play.at("2026-04-02").order(second, 30_000).subsidy_fen == 1_500_000
    with pytest.raises(RuleViolation, match=r"已无可用金额：.*与关联企业合并计算"):
        play.order(second, 10_000)
    with play.at("2026-04-03").now():
        grouping.changed(group, second, joins=False)
    assert play.order(second, 10_000).subsidy_fen == 500_000
    play.verified()
