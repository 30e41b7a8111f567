"""Drafts: any file goes in and comes out the same, what cannot be read stays as typed, and the problems name no key."""

import re
from copy import deepcopy

import pytest

from marketplace.policy import programme_draft as drafts
from marketplace.policy.programme_demands import belongs
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, load_all, parse_programme, signed
from marketplace.policy.programme_lines import PLAIN, lines_of
from marketplace.policy.programme_problems import explained
from marketplace.policy.programme_spec import GROUPS, TABLES

FILES = sorted(PROGRAMMES.glob("*.toml"))
XIZANG = next(one for one in load_all() if one.slug == "xizang_enterprise_service_voucher")
ORIGIN = {"source": {"document": "某文件", "clause": "第一条"}}
KEY = re.compile(r"[a-z]{2,}_[a-z0-9_]+|\b[a-z]+\.[a-z_]+|\[[a-z]|\b(true|false|days|months|scope|rates|caps|classes)\b")


def written(**parts):
    """The shipped rules with some parts otherwise: caps__order for caps.order; None takes one away."""
    named = {key.replace("__", "."): part for key, part in parts.items()}
    return drafts.with_parts(drafts.drafted(XIZANG), named, {key: part for key, part in named.items() if part is not None})


@pytest.mark.parametrize("path", FILES, ids=lambda one: one.stem)
def test_a_shipped_file_put_into_a_draft_comes_out_with_the_same_rules(path):
    spec = parse_programme(path.read_bytes(), file=path.name)
    draft = drafts.document_of(path.read_bytes(), file=path.name)
    assert parse_programme(drafts.as_toml(draft), file=path.name).canonical == spec.canonical
    assert drafts.drafted(spec) == draft
    assert drafts.problems_of(draft) == ()
    assert drafts.with_parts(draft, drafts.parts_of(draft), drafts.parts_of(draft)) == draft


def test_what_was_signed_is_no_part_of_a_draft():
    spec = signed(XIZANG, [one.key for one in XIZANG.unsigned_values()], by="扎西", reason="核对过")
    assert drafts.drafted(spec) == drafts.drafted(XIZANG)


def test_o10_a_copy_has_rules_and_no_name_of_its_own_yet():
    problems = drafts.problems_of(drafts.copied(XIZANG))
    assert {one.key for one in problems} == {"slug", "name"}


def test_an_empty_draft_says_everything_that_is_missing():
    missing = {one.part for one in explained(drafts.problems_of(drafts.EMPTY), drafts.EMPTY)}
    required = {key for key, table in {**TABLES, **GROUPS}.items() if table.required and belongs(key, None)}
    assert required | {name for name, kind in PLAIN.items() if kind.required} == missing - {"caps"} | {"caps"} & required


def test_a_draft_in_an_older_format_takes_the_newest_when_it_needs_it_and_only_then():
    assert written(name="新名称")["format"] == "programme/1"
    assert written(cost__least={"amount_fen": 100, **ORIGIN})["format"] == "programme/2"
    assert written(caps__life={"scope": "enterprise_life", "amount_fen": 10_000_000, **ORIGIN})["format"] == "programme/2"


@pytest.mark.parametrize(
    "content",
    [
        b"kaputt =",
        b'[caps]\norder = "x"',
        b'[base]\nvalue = "contract"\nfoo = 1',
        b"[rounds]\nbudget = 1",
        b'[times]\n"a.b" = 1',
        b"caps = 1",
    ],
)
def test_a_file_that_no_form_can_show_is_refused_with_its_place(content):
    with pytest.raises(ProgrammeFileError):
        drafts.document_of(content, file="x.toml")


def test_an_unfinished_file_is_taken():
    draft = drafts.document_of(b'[caps.order]\namount_fen = "viel"\n[times.accept]\ndays = 2026-01-01', file="x.toml")
    assert drafts.parts_of(draft) == {"caps.order": {"amount_fen": "viel"}, "times.accept": {"days": "2026-01-01"}}


def test_what_others_published_is_taken_in_where_the_draft_did_not_change_it():
    base = drafts.drafted(XIZANG)
    mine = written(
        caps__order={**base["caps"]["order"], "amount_fen": 1}, base={**base["base"], "value": "invoice"}, caps__mine={"scope": "round"}
    )
    theirs = written(caps__order={**base["caps"]["order"], "amount_fen": 2}, caps__year=None, name="新名称", caps__theirs={"scope": "pair"})

    found, both = drafts.merged(base, mine, theirs)

    parts = drafts.parts_of(found)
    assert both == ["caps.order"]
    assert (parts["caps.order"]["amount_fen"], parts["base"]["value"], parts["name"]) == (1, "invoice", "新名称")
    assert "caps.year" not in parts
    assert {"caps.mine", "caps.theirs"} <= set(parts)


def test_the_mark_of_some_parts_tells_whether_these_changed():
    base, other = drafts.drafted(XIZANG), written(name="新名称")
    assert drafts.mark_of(base, ["caps.order"]) == drafts.mark_of(other, ["caps.order"])
    assert drafts.mark_of(base) != drafts.mark_of(other)


WRONG = {
    "no number": {"rates__medium": {"rate_bp": "三成", **ORIGIN}, "times__service": {"months": "一年", **ORIGIN}},
    "bounds": {"caps__year": {"scope": "enterprise_year", "amount_fen": 0, **ORIGIN}},
    "no rate": {"rates__medium": None},
    "an empty row": {"caps__order": {}},
    "no cap": {"caps__year": None},
    "faces": {"instrument": {"value": "face_value", **ORIGIN}},
    "ways of a time": {"times__accept": {"days": 3, **ORIGIN}, "times__order": {"none": True, "months": 3, **ORIGIN}},
    "two origins": {"base": {"value": "contract", "assumed": {"author": "甲", "reason": "乙"}, **ORIGIN}},
    "no origin": {"base": {"value": "contract"}},
    "years": {"classes__medium": {"label": "中", "recognised_from_year": 2024, "recognised_until_year": 2020, **ORIGIN}},
    "too long": {"classes__medium": {"label": "长" * 50, **ORIGIN}, "name": "长" * 61},
    "cycle": {
        "cycle": {"months": 7, "first_month": 3, "first_day": 3, **ORIGIN},
        "caps__x": {"scope": "enterprise_cycle", "amount_fen": 1, **ORIGIN},
    },
    "no cycle": {"caps__x": {"scope": "enterprise_cycle", "amount_fen": 1, **ORIGIN}},
    "bonuses": {"bonuses__x": {"rate_bp": 6_000, **ORIGIN}, "own_share": {"rate_bp": 9_000, **ORIGIN}},
    "a ceiling": {"bonus_ceiling": {"rate_bp": 1, **ORIGIN}, "own_share": ORIGIN},
    "not yet": {"allocation__mode": {"value": "lottery", **ORIGIN}},
    "queue": {"allocation__mode": {"value": "first_come", **ORIGIN}, "allocation__priority": {"value": ["medium"], **ORIGIN}},
    "settings": {
        "base": {"value": "payment", **ORIGIN},
        "unused__rule": {"value": "waitlist_backfill", **ORIGIN},
        "times__acceptance": {"none": True, **ORIGIN},
        "cost__least": {"amount_fen": 5, **ORIGIN},
        "cost__most": {"amount_fen": 3, **ORIGIN},
    },
    "order of classes": {"class_order": {"value": ["medium"], **ORIGIN}},
    "an unknown class": {"classes__medium": None, "rates__medium": {"rate_bp": 1, "classes": ["medium"], **ORIGIN}},
    "a region": {"caps__x": {"scope": "region", "amount_fen": 1, **ORIGIN}},
}


@pytest.mark.parametrize("parts", list(WRONG.values()), ids=list(WRONG))
def test_a_problem_has_its_place_and_names_no_key(parts):
    document = written(**parts)
    problems = explained(drafts.problems_of(document), document)
    assert problems
    for one in problems:
        said = f"{one.title}：{one.text}{one.remedy}"
        assert one.part, said
        assert not KEY.search(re.sub(r"“medium”|medium", "", said)), said
        assert "%" not in said.replace("100%", "").replace("0.01%", "")


def test_o10_numbers_are_told_in_the_unit_they_are_typed_in():
    document = written(caps__year={"scope": "enterprise_year", "amount_fen": 0, **ORIGIN})
    (one,) = explained(drafts.problems_of(document), document)
    assert (one.part, one.field, one.title) == ("caps.year", "amount_fen", "补贴上限（每家企业每年）：上限金额")
    assert "0.01 元" in one.text


def test_a_share_that_cannot_be_read_is_not_called_no_whole_number():
    document = written(rates__all={"rate_bp": "六成", **ORIGIN})
    (one,) = [told for told in explained(drafts.problems_of(document), document) if told.field == "rate_bp"]
    assert "整数" not in one.text + one.remedy


def test_a_bound_of_an_unfinished_class_is_not_named_twice():
    document = written(classes__new={"label": "新类别", "least_employees": 20, "below_employees": 10, **ORIGIN})
    said = next(one.value for one in lines_of(document) if one.key == "classes.new")
    assert said == "类别名称 新类别，从业人员 20 人以上，从业人员不满 10 人"


@pytest.mark.parametrize("code", ["Voucher 2027", "a/b", "服务券", "2027"])
def test_a_code_that_no_address_can_hold_is_told_in_the_draft(code):
    assert [(one.part, one.text) for one in explained(drafts.problems_of(written(slug=code)), {})] == [("slug", "名称写法不对。")]


def test_what_is_typed_is_kept_deep_and_not_shared():
    base = drafts.drafted(XIZANG)
    kept = deepcopy(base)
    drafts.with_parts(base, ["name"], {"name": "新"})["caps"]["order"]["amount_fen"] = 7
    assert base == kept
