"""Classes of firms by conditions: yes, no, or open for want of a fact; what no firm can meet is refused with the file."""

from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest

from marketplace.enterprises import service as enterprises
from marketplace.enterprises.models import Enterprise
from marketplace.enterprises.rules import Figures, FirmSize, HeldTitle
from marketplace.identity.models import Organisation
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.db import db as the_db
from marketplace.kernel.errors import RuleViolation
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, parse_programme, upgraded
from marketplace.policy.programme_words import TitleGrade, TitleKind
from marketplace.vouchers.queries.facts import changed_since, facts_of
from marketplace.vouchers.rules import eligibility
from marketplace.vouchers.rules.facts import Eligibility
from tests.factories import a_firm, a_title
from tests.policy.amount_cases import XIZANG, spec_with
from tests.policy.class_cases import FIRM, TWO_CLASSES

pytestmark = pytest.mark.rules
SPECIALISED = {"titles": ["specialised"]}


def spec_of(**conditions):
    return spec_with(XIZANG, {**TWO_CLASSES, "classes.small": {"label": "成长型企业", **conditions}})


def answer(spec, **facts):
    firm = replace(FIRM, **facts)
    found = eligibility.class_result(spec, firm)
    mine = eligibility.class_of(spec, firm)
    return found.verdict, found.sentence.text(), mine.name if mine else None


@pytest.mark.parametrize(
    ("conditions", "unknown", "missing"),
    [
        pytest.param({"industries": ["C"]}, {"industry_code": None}, "所属行业", id="industry"),
        pytest.param({"legal_forms": ["company"]}, {"legal_form": None}, "组织形式", id="legal form"),
        pytest.param({"least_months": 12}, {"founded_on": None}, "成立时间", id="age"),
        pytest.param({"founded_from_year": 2020}, {"founded_on": None}, "成立日期", id="founded"),
        pytest.param({"least_employees": 20}, {"employees": None}, "从业人员", id="staff"),
        pytest.param({"least_revenue_fen": 100}, {"revenue_fen": None}, "营业收入", id="turnover"),
        pytest.param(
            SPECIALISED | {"title_grades": ["province"]},
            {"titles": (HeldTitle(TitleKind.SPECIALISED, date(2024, 1, 1)),)},
            "称号级别",
            id="grade of a title",
        ),
        pytest.param(
            SPECIALISED | {"title_numbered": True},
            {"titles": (HeldTitle(TitleKind.SPECIALISED, date(2024, 1, 1), grade=TitleGrade.NATIONAL),)},
            "称号证书编号",
            id="number of a title",
        ),
    ],
)
def test_a_fact_that_is_missing_is_asked_for_and_no_class_is_taken_for_granted(conditions, unknown, missing):
    verdict, sentence, name = answer(spec_of(**conditions), **unknown)

    assert (verdict, name) == (Eligibility.UNKNOWN, None)
    assert sentence == f"请补充{missing}，才能判定企业是否属于“成长型企业”。"


def test_a_class_that_comes_later_is_not_asked_about():
    spec = spec_with(XIZANG, {**TWO_CLASSES, "classes.small": {"label": "小", "size_classes": ["small"], "parks": ["540171"]}})

    assert answer(spec, revenue_fen=None, park_code="540171")[2] == "small"
    assert answer(spec)[2] == "other"


@pytest.mark.parametrize(("staff", "name"), [(19, "other"), (20, "small"), (299, "small"), (300, "other")])
def test_the_lower_end_of_a_band_belongs_to_it_and_the_upper_end_does_not(staff, name):
    assert answer(spec_of(least_employees=20, below_employees=300), employees=staff)[2] == name


@pytest.mark.parametrize(("day", "name"), [(date(2025, 3, 16), "small"), (date(2025, 3, 17), "other")])
def test_the_month_is_full_on_its_day(day, name):
    assert answer(spec_of(least_months=12), founded_on=day)[2] == name


def test_one_good_title_of_the_grade_is_enough():
    titles = (HeldTitle(TitleKind.SPECIALISED, date(2023, 1, 1)), *FIRM.titles)
    spec = spec_of(**SPECIALISED, title_grades=["province", "national"])

    assert answer(spec, titles=titles)[2] == "small"
    assert answer(spec, titles=(replace(FIRM.titles[0], grade=TitleGrade.COUNTY),))[2] == "other"


def test_a_firm_of_no_class_is_told_what_does_not_fit():
    spec = spec_with(XIZANG, {**TWO_CLASSES, "classes.small": {"label": "法人", "legal_forms": ["company"], "below_employees": 30}})
    firm = {"legal_form": "partnership", "size": FirmSize.LARGE}

    assert answer(spec, **firm)[1] == "企业须属于下列类别之一：法人（组织形式、从业人员不符）、其他（企业规模不符）。"


# A file that nobody can meet


def problem(**classes):
    text = upgraded((PROGRAMMES / "xizang_enterprise_service_voucher.toml").read_bytes(), file="x").decode()
    for name, lines in classes.items():
        origin = 'assumed = { author = "甲", reason = "乙" }'
        text += (
            f'\n[classes.{name}]\nlabel = "{name}"\n{lines}\n{origin}\n\n[rates.{name}]\nrate_bp = 5000\nclasses = ["{name}"]\n{origin}\n'
        )
    order = ", ".join(f'"{name}"' for name in ("micro_small", "medium", *classes))
    text = text.replace('value = ["micro_small", "medium"]', f"value = [{order}]", 1)
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(text.encode(), file="x.toml")
    return [(one.file, one.key, one.text(), one.remedy_text()) for one in refusal.value.problems]


@pytest.mark.parametrize(
    ("lines", "key", "words"),
    [
        pytest.param("least_employees = 300\nbelow_employees = 300", "classes.one", "没有余地", id="band without room"),
        pytest.param("least_revenue_fen = 2\nbelow_revenue_fen = 1", "classes.one", "没有余地", id="band upside down"),
        pytest.param("founded_from_year = 2021\nfounded_until_year = 2020", "classes.one", "没有余地", id="years upside down"),
        pytest.param('title_grades = ["national"]', "classes.one", "没有写明称号", id="the grade of no title"),
        pytest.param("turnover = 1", "classes.one.turnover", "不认识", id="unknown attribute"),
        pytest.param('legal_forms = ["guild"]', "classes.one.legal_forms", "不在可选范围", id="unknown legal form"),
        pytest.param('industries = ["9999"]', "classes.one.industries", "不存在", id="unknown industry"),
        pytest.param('parks = ["540102"]', "classes.one.parks", "不存在", id="a county is no park"),
        pytest.param('size_classes = ["large"]', "classes.one.size_classes", "都不属于", id="a size that the programme leaves out"),
        pytest.param('size_classes = ["micro"]\nleast_months = 6', "classes.one", "没有企业能归入这一类", id="behind a wider class"),
    ],
)
def test_a_class_that_nobody_can_be_in_is_refused_with_file_key_and_remedy(lines, key, words):
    found = problem(one=lines)

    assert [(file, where) for file, where, _text, _remedy in found] == [("x.toml", key)]
    assert words in found[0][2]
    assert found[0][3]


def test_the_wider_class_may_not_come_first_and_the_narrower_may():
    wide, narrow = 'legal_forms = ["company", "branch"]', 'legal_forms = ["company"]\nindustries = ["15"]\nleast_months = 12'

    assert [key for _file, key, _text, _remedy in problem(narrow=narrow + "\nbelow_months = 6", wide=wide)] == ["classes.narrow"]
    assert [key for _file, key, _text, _remedy in problem(wide=wide, narrow=narrow)] == ["classes.narrow"]


# What is known of a firm


def test_the_facts_of_a_firm_are_its_own_and_those_of_its_newest_accepted_year(db):
    firm = a_firm(legal_form="cooperative")
    a_title(firm, "specialised", grade="national")
    for year, staff in ((2024, 11), (2025, 12)):
        figures = Figures(year=year, employees=staff, revenue_fen=staff * 1_000, assets_fen=1, source="导入")
        in_transaction(lambda figures=figures: enterprises.register_year(firm.id, figures, actor_id=uuid4(), today=clock.today()))
    waiting = Figures(year=2023, employees=99, revenue_fen=1, assets_fen=1, source="填报")
    in_transaction(
        lambda: enterprises.declare_year(firm.id, waiting, file_id=None, actor_id=uuid4(), request_key=uuid4(), today=clock.today())
    )

    found = facts_of(firm.id, clock.today())

    assert (found.legal_form, found.employees, found.revenue_fen) == ("cooperative", 12, 12_000)
    assert [title.grade for title in found.titles] == ["national"]


def test_an_accepted_year_counts_as_a_change_though_the_size_stays(db, clock):
    from marketplace.kernel import clock as the_clock

    firm, other = a_firm(size="micro"), a_firm(size="micro")
    for year in (2024, 2025):
        clock.shift(hours=1)
        moment = the_clock.now()
        figures = Figures(year=year, employees=1, revenue_fen=1, assets_fen=1, source="导入")
        in_transaction(lambda figures=figures: enterprises.register_year(firm.id, figures, actor_id=uuid4(), today=the_clock.today()))

    assert firm.id in set(the_db.session.scalars(changed_since(moment - timedelta(minutes=1))))
    assert other.id not in set(the_db.session.scalars(changed_since(moment - timedelta(minutes=1))))
    assert (by_id(Enterprise, firm.id).size_class, by_id(Organisation, firm.id).legal_form) == ("micro", None)


@pytest.mark.parametrize(("day", "is_refused"), [("issue", False), ("order", True)])
def test_a_firm_that_left_the_class_of_its_voucher_orders_if_the_programme_reads_the_day_of_issue(day, is_refused):
    spec = spec_with(XIZANG, {**TWO_CLASSES, "classes.small": {"label": "成长型企业", "least_employees": 20}, "class_day": {"value": day}})
    firm = replace(FIRM, sanctioned=False, employees=20)
    eligibility.check_still_eligible(spec, firm, "small")
    eligibility.check_still_eligible(spec, replace(firm, employees=None), "small")
    shrunk = replace(firm, employees=19)
    eligibility.check_still_eligible(spec, shrunk, "other")
    refused = pytest.raises(RuleViolation, match="按“成长型企业”发放，企业目前不属于该类别（从业人员不符）")
    with refused if is_refused else nullcontext():
        eligibility.check_still_eligible(spec, shrunk, "small")
