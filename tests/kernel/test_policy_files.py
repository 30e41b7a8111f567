"""Policy files: all mistakes at once, one provenance, settings by area, a second version beside the first, no key that nothing reads."""

import ast
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

import pytest

from marketplace.catalogue.settings import AdmissionSettings
from marketplace.catalogue.synonyms import SynonymTable
from marketplace.identity.regions import FormerTable, OtherTable, ParkTable
from marketplace.identity.size_table import SizeTable
from marketplace.kernel.currencies import CurrencyTable
from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.policyfiles.groups import ListedTables, NamedTables
from marketplace.kernel.policyfiles.kinds import Choice, ShortText, Whole, rate
from marketplace.kernel.policyfiles.problems import PolicyFileError
from marketplace.kernel.policyfiles.provenance import Assumed, Decision, Setting, Source
from marketplace.kernel.policyfiles.reading import CONFIG, Reading, Root, decision, key, load, one
from marketplace.kernel.policyfiles.settings import FOLDER, settings
from marketplace.matching.following import FollowingSettings
from marketplace.matching.settings import Preferences
from marketplace.notices.settings import ReminderSettings
from marketplace.performance.settings import PerformanceSettings
from marketplace.policy.service_categories import CategoryTable
from marketplace.publicity.settings import NoticeSettings
from marketplace.settlement.settings import SettlementSettings
from marketplace.settlement.treasury_settings import TreasurySettings
from marketplace.supervision.settings import SupervisionSettings
from marketplace.vouchers.fund_settings import FundSettings
from marketplace.vouchers.settings import DeskSettings

SETTINGS = (
    AdmissionSettings,
    DeskSettings,
    FollowingSettings,
    FundSettings,
    NoticeSettings,
    PerformanceSettings,
    Preferences,
    ReminderSettings,
    SettlementSettings,
    SupervisionSettings,
    TreasurySettings,
)
REFERENCE = (CategoryTable, CurrencyTable, FormerTable, OtherTable, ParkTable, SizeTable, SynonymTable)
NOT_ASKED_FOR = {".name_en", ".recommends"}  # facts of reference tables that no rule or page asks for yet
CODE = Path(__file__).parents[2] / "marketplace"


class Colour(Word):
    RED = "red", N_("红")


@dataclass(frozen=True, kw_only=True)
class Share(Decision):
    rate_bp: int = key(rate("比例"))


@dataclass(frozen=True, kw_only=True)
class Row:
    id: str = key(ShortText("", 20))
    colour: Colour = key(Choice("颜色", Colour))


@dataclass(frozen=True, kw_only=True)
class Tiny(Root):
    FORMAT = "tiny/1"

    name: str = key(ShortText("名称", 5))
    wait: Setting[int] = key(one(Whole("天数", 1, 30), main="days"))
    shares: tuple[Share, ...] = key(NamedTables(decision("比例", Share)))
    rows: tuple[Row, ...] = key(ListedTables(Row), name="row")


@dataclass(frozen=True, kw_only=True)
class TinyTwo(Tiny):
    FORMAT = "tiny/2"

    limit: Setting[int] = key(one(Whole("上限", 1, 9)))


GOOD = """
format = "tiny/1"
name = "甲"
[wait]
days = 5
source = { document = "某文号", clause = "第一条" }
[shares.small]
rate_bp = 3_000
assumed = { author = "某人", reason = "未写" }
[[row]]
id = "one"
colour = "red"
"""


def read(text, *roots):
    reading = Reading("x.toml")
    return reading.root(reading.parse(text.encode()), *(roots or (Tiny,)))


def problems(text, *roots):
    with pytest.raises(PolicyFileError) as refused:
        read(text, *roots)
    return {problem.key: f"{problem.text()}{problem.remedy_text()}" for problem in refused.value.problems}


def test_a_good_file_becomes_values_that_say_where_they_come_from():
    found = read(GOOD)
    assert (found.name, found.wait.value, found.wait.key) == ("甲", 5, "wait")
    assert found.wait.provenance == Source("某文号", "第一条")
    assert [(one.key, one.rate_bp, one.provenance) for one in found.shares] == [("shares.small", 3_000, Assumed("某人", "未写"))]
    assert found.rows == (Row(id="one", colour=Colour.RED),)


def test_a_file_that_is_wrong_in_seven_places_tells_all_seven():
    wrong = GOOD.replace('"甲"', '"太长的名称啊"').replace("days = 5", "day = 5").replace(', clause = "第一条"', "")
    wrong = wrong.replace("3_000", "10_001").replace('"red"', '"blue"') + '[[row]]\nid = "one"\ncolour = "red"\n'

    assert problems(wrong) == {
        "name": "“名称”超过 5 个字。请缩短到 5 个字以内。",
        "wait.day": "不认识的项。请核对拼写，或删去这一项。",
        "wait.days": "缺少“天数”。请补上这一项。",
        "wait.source.clause": "缺少“条款”。请补上这一项。",
        "shares.small.rate_bp": "“比例”超过了上限 10000。请核对单位，填写 1 到 10000 之间的整数。",
        "row[one].colour": "“颜色”的取值 blue 不在可选范围内。可选：red（红）。",
        "row[one].id": "名称重复。请换一个没有用过的名称。",
    }
    with pytest.raises(PolicyFileError) as refused:
        read(wrong)
    assert refused.value.text().startswith("配置文件有 7 处需要更正：")
    assert all(place in refused.value.text() for place in problems(wrong)), "whoever starts the application reads all of them"


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ("source = {", "# {", "wait.source", "没有写明出处"),
        ("days = 5", 'days = 5\nassumed = { author = "a", reason = "b" }', "wait.source", "同时写了"),
        ("days = 5", 'days = 5\nsigned = { by = "a" }', "wait.signed", "签认不能写在文件里"),
        ("[shares.small]", "[shares.Small]", "shares.Small", "名称写法不对"),
        ("[wait]", "[waiting]", "wait", "缺少“天数”"),
        ("[[row]]", "[row]", "row", "[[名称]]"),
        ('"tiny/1"', '"tiny/3"', "format", "可选：tiny/1"),
        ('format = "tiny/1"', "", "format", "缺少“文件格式”"),
    ],
)
def test_a_mistake_is_told_with_place_and_remedy(old, new, place, says):
    assert old in GOOD
    assert says in problems(GOOD.replace(old, new, 1))[place]


def test_a_second_version_of_a_format_lives_beside_the_first():
    second = GOOD.replace("tiny/1", "tiny/2") + '[limit]\nvalue = 3\nassumed = { author = "某人", reason = "未写" }\n'

    assert type(read(GOOD, Tiny, TinyTwo)) is Tiny
    assert read(second, Tiny, TinyTwo).limit.value == 3
    assert set(problems(second.replace("tiny/2", "tiny/1"), Tiny, TinyTwo)) == {"limit"}
    assert set(problems(GOOD.replace("tiny/1", "tiny/2"), Tiny, TinyTwo)) == {"limit"}


# Settings by area


@pytest.fixture
def folder(tmp_path):
    for path in FOLDER.glob("*.toml"):
        (tmp_path / path.name).write_bytes(path.read_bytes())

    def write(area, text, name="vouchers"):
        (tmp_path / area).mkdir(exist_ok=True)
        (tmp_path / area / f"{name}.toml").write_text(f'format = "{name}/1"\n{text}', "utf-8")
        return tmp_path

    return write


OWN = '[appeal]\nworking_days = {days}\nsource = {{ document = "藏某文", clause = "第九条" }}\n'


def test_the_nearest_area_wins_and_what_it_does_not_say_is_the_country_s(folder):
    folder("540000", OWN.format(days=10))
    where = folder("540100", OWN.format(days=15))
    days = {area: settings(DeskSettings, area, where).appeal.value for area in (None, "650000", "540000", "542400", "540102", "540171")}

    assert days == {None: 5, "650000": 5, "540000": 10, "542400": 10, "540102": 15, "540171": 15}
    lhasa = settings(DeskSettings, "540102", where)
    assert lhasa.appeal.provenance == Source("藏某文", "第九条")
    assert isinstance(lhasa.reviewing.provenance, Assumed) and lhasa.reviewing.value == 5


def test_an_area_may_set_one_key_of_a_table_but_says_where_it_comes_from(folder):
    where = folder("540000", '[penalties]\nother_county = 0.5\nassumed = { author = "某厅", reason = "试行" }\n', "matching")
    found = settings(Preferences, "540102", where).penalties

    assert (found.other_county, found.other_prefecture) == (0.5, settings(Preferences).penalties.other_prefecture)
    assert found.provenance == Assumed("某厅", "试行")


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("[appeal]\nworking_days = 9\n", "appeal.source", "没有写明出处"),
        (OWN.format(days=0), "appeal.working_days", "不能小于 1"),
        (OWN.format(days=9).replace("appeal", "lapsing").replace("working", "natural"), "lapsing", "全国统一"),
        (OWN.format(days=9).replace("appeal", "apeal"), "apeal", "不认识的项"),
    ],
)
def test_a_wrong_file_of_an_area_is_named_with_its_folder(folder, text, place, says):
    with pytest.raises(PolicyFileError) as refused:
        settings(DeskSettings, "540102", folder("540100", text))
    told = {one.key: str(one) for one in refused.value.problems}
    assert says in told[place]
    assert told[place].startswith("540100/vouchers.toml")


# What ships


def test_every_file_of_settings_has_its_root():
    assert {path.stem for path in FOLDER.glob("*.toml")} == {one.FORMAT.partition("/")[0] for one in SETTINGS}
    assert {path.stem for path in (CONFIG / "reference").glob("*.toml")} == {one.FORMAT.partition("/")[0] for one in REFERENCE}


def test_every_file_of_an_area_can_be_read():
    roots = {one.FORMAT.partition("/")[0]: one for one in SETTINGS}
    assert all(settings(roots[path.stem], path.parent.name) for path in FOLDER.glob("*/*.toml"))


@pytest.mark.parametrize("root", REFERENCE, ids=lambda root: root.FORMAT)
def test_every_reference_file_can_be_read(root):
    assert load(CONFIG / "reference" / f"{root.FORMAT.partition('/')[0]}.toml", root)


@cache
def looked_up():
    """Every attribute that the code asks for, with the one it asks of: ("value", "appeal"), ("appeal", "")."""
    found = set()
    for path in CODE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute):
                found |= {(node.attr, ""), (node.attr, node.value.attr if isinstance(node.value, ast.Attribute) else "")}
    return found


def keys_of(root):
    """What the code has to ask for so that every key of a file counts."""
    for declared in fields(root):
        kind = declared.metadata.get("kind")
        made = getattr(kind, "made", None)
        if made is Setting:
            yield "value", declared.name
        elif isinstance(kind, ListedTables):
            yield from keys_of(made)
        elif made:
            yield from ((name, declared.name) for name, _of in keys_of(made))
        elif kind:
            yield declared.name, ""


def unread(root):
    return [f"{of}.{name}" for name, of in keys_of(root) if (name, of) not in looked_up()]


def test_every_key_of_a_file_is_read_by_the_code():
    assert [key for root in SETTINGS for key in unread(root)] == []
    assert {key for root in REFERENCE for key in unread(root)} == NOT_ASKED_FOR


def test_a_key_that_nothing_reads_is_found():
    @dataclass(frozen=True, kw_only=True)
    class Promised(DeskSettings):
        promised_nowhere: Setting[int] = key(one(Whole("", 1, 9)))

    assert unread(Promised) == ["promised_nowhere.value"]
