"""Which titles an award stands on, and how much it comes to; what a file of awards must say."""

from datetime import date
from types import SimpleNamespace

import pytest

from marketplace.enterprises.rules import FirmSize, HeldTitle
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN, Fen
from marketplace.policy.programme_demands import belongs
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, load_programme, parse_programme
from marketplace.policy.programme_words import Remainder, TitleKind
from marketplace.subsidies import rules
from marketplace.vouchers.rules.facts import FirmFacts

FILE = PROGRAMMES / "bozhou_award.toml"
SPEC = load_programme(FILE)
ORIGIN = 'source = { document = "测试〔2026〕1号", clause = "第一条" }'


def facts(*titles: HeldTitle) -> FirmFacts:
    return FirmFacts(
        verified=True,
        size=FirmSize.SMALL,
        titles=titles,
        region_code="652701",
        park_code=None,
        industry_code="1522",
        founded_on=date(2020, 1, 1),
        legal_form=None,
        employees=20,
        revenue_fen=None,
        lists=frozenset(),
        sanctioned=False,
        as_of=date(2026, 3, 16),
    )


def title(kind: TitleKind, since: date, number: str) -> HeldTitle:
    return HeldTitle(kind, since, date(2028, 12, 31), number=number)


def test_the_titles_are_those_of_the_class_that_decides_the_oldest_first():
    held = (
        title(TitleKind.LITTLE_GIANT, date(2025, 7, 1), "国〔2025〕2号"),
        title(TitleKind.SPECIALISED, date(2024, 7, 1), "新〔2024〕9号"),
        title(TitleKind.LITTLE_GIANT, date(2024, 7, 1), " 国〔２０２４〕－7 "),
        title(TitleKind.LITTLE_GIANT, date(2022, 7, 1), "国〔2022〕1号"),
    )
    assert [one.word for one in rules.grounds_of(SPEC, facts(*held))] == ["little_giant:国20247", "little_giant:国20252号"]
    assert rules.grounds_of(SPEC, facts(title(TitleKind.HIGH_TECH, date(2024, 7, 1), "GR1"))) == ()


def test_a_title_without_a_number_cannot_be_looked_for():
    grounds = rules.grounds_of(SPEC, facts(title(TitleKind.SPECIALISED, date(2024, 7, 1), "—")))
    with pytest.raises(RuleViolation, match="没有登记证书编号"):
        rules.chosen(grounds, grounds[0].word)
    with pytest.raises(RuleViolation, match="请选择申请所凭的称号"):
        rules.chosen(grounds, "specialised:1")


@pytest.mark.parametrize(
    ("class_key", "left", "remainder", "amount"),
    [
        ("little_giant", 1_000_000, "stop", 1_000_000),
        ("specialised", 1_000_000, "stop", 250_000),
        ("specialised", 249_999, "stop", None),
        ("specialised", 249_999, "grant_part", 249_999),
        ("specialised", 0, "grant_part", None),
    ],
)
def test_an_award_is_the_amount_of_the_class_or_what_is_left(class_key, left, remainder, amount):
    allocation = SimpleNamespace(remainder=SimpleNamespace(value=Remainder(remainder)))
    spec = SimpleNamespace(faces=SPEC.faces, allocation=allocation)
    if amount is None:
        with pytest.raises(RuleViolation, match="资金已用完"):
            rules.award_fen(spec, class_key, Fen(left * YUAN))  # type: ignore[arg-type]
        return
    assert rules.award_fen(spec, class_key, Fen(left * YUAN)) == amount * YUAN  # type: ignore[arg-type]


def problems(content: str) -> list[tuple[str, str]]:
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(content.encode(), file="x.toml")
    return [(one.key, one.text()) for one in refusal.value.problems]


@pytest.mark.parametrize(
    ("table", "where"),
    [
        ('[base]\nvalue = "contract"', "base"),
        ("[rates.all]\nrate_bp = 5000", "rates.all"),
        ("[times.accept]\nnone = true", "times.accept"),
        ("[partial]\nvalue = true", "partial"),
        ("[allocation.waitlist]\nvalue = false", "allocation.waitlist"),
        ('[evidence.claim]\nvalue = ["invoice"]', "evidence.claim"),
        ('[unused.rule]\nvalue = "void"', "unused.rule"),
    ],
)
def test_a_file_of_awards_says_nothing_of_orders(table, where):
    assert problems(FILE.read_text() + f"\n{table}\n{ORIGIN}\n") == [(where, "“award”没有这一项。")]


@pytest.mark.parametrize(
    ("before", "after", "where"),
    [
        ('"programme/2"', '"programme/1"', "instrument.value"),
        ('value = "first_come"', 'value = "auto_credit"', "allocation.mode.value"),
        ('value = "sme"', 'value = "provider"', "settlement.payee.value"),
        ('classes = ["little_giant"]', 'classes = ["specialised"]', "faces"),
        ('classes = ["little_giant"]', 'classes = ["giant"]', "faces.little_giant.classes"),
        ('titles = ["specialised"]', 'size_classes = ["small"]', "classes.specialised"),
    ],
)
def test_a_contradiction_in_a_file_of_awards_is_named(before, after, where):
    assert where in [key for key, _text in problems(FILE.read_text().replace(before, after, 1))]


def test_a_file_with_orders_needs_what_an_award_does_not():
    text = FILE.read_text().replace('value = "award"', 'value = "face_value"', 1)
    keys = {key for key, _text in problems(text)}
    assert {"base", "partial", "rates", "services", "times.accept", "unused.rule", "evidence.claim", "allocation.waitlist"} <= keys


def test_one_place_says_which_tables_an_instrument_has():
    assert belongs("times.review", "award") and belongs("faces.little_giant", "award") and belongs("base", "quota")
    assert not belongs("times.accept", "award") and not belongs("evidence.claim", "award") and not belongs("caps.year", "award")
    assert belongs("base", None), "an instrument that is not known is told apart elsewhere"
