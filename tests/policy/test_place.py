"""A programme names its currency, time zone and calendar, or has those of China; what is not known is refused when the file is read."""

import json
import re
from datetime import UTC, date, datetime

import pytest

from marketplace.kernel.calendars import shipped
from marketplace.kernel.money import Fen
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, parse_programme
from marketplace.policy.programme_lines import lines_of, plain_lines
from marketplace.vouchers.rules import amounts

FILE = (PROGRAMMES / "xizang_enterprise_service_voucher.toml").read_bytes()
IN_2 = FILE.replace(b'"programme/1"', b'"programme/2"')


SAID = re.compile(r"^(currency|time_zone|calendar) =", re.MULTILINE)


def read(*lines, content=IN_2):
    return parse_programme(content.replace(b'kind = "service"', "\n".join(('kind = "service"', *lines)).encode()), file="f.toml")


def refused(*lines, content=IN_2):
    with pytest.raises(ProgrammeFileError) as refusal:
        read(*lines, content=content)
    return [(one.key, one.text(), one.remedy_text()) for one in refusal.value.problems]


LONDON = ('time_zone = "Europe/London"', 'calendar = "gb_scotland"')


def test_without_a_word_a_programme_reckons_as_china_does_and_is_the_same_version():
    silent = [path.read_bytes() for path in sorted(PROGRAMMES.glob("*.toml")) if not SAID.search(path.read_text("utf-8"))]
    assert len(silent) > 10, "most of what ships says nothing of it"
    for spec in (parse_programme(content, file="f.toml") for content in silent):
        assert (spec.currency, spec.zone_name, spec.calendar) == ("CNY", None, "cn")
    assert json.loads(read().frozen()) == json.loads(parse_programme(IN_2, file="f.toml").frozen())


@pytest.mark.parametrize(
    ("line", "key", "words"),
    [
        ('currency = "ZZZ"', "currency", "不在可选范围内"),
        ('currency = "gbp"', "currency", "不在可选范围内"),
        ('time_zone = "Europe/Lodnon"', "time_zone", "不是时区名称"),
        ('time_zone = "UTC+8"', "time_zone", "不是时区名称"),
        ('time_zone = "Asia/Tokyo"', "time_zone", "目前尚不支持"),
        ('calendar = "gb_wales"', "calendar", "不在可选范围内"),
    ],
)
def test_what_is_not_known_is_refused_with_key_and_remedy(line, key, words):
    [(where, what, remedy)] = refused(line)
    assert where == key and words in what and remedy


def test_a_file_of_the_first_format_has_none_of_them():
    keys = [key for key, _what, _remedy in refused('currency = "CNY"', 'time_zone = "Asia/Shanghai"', 'calendar = "cn"', content=FILE)]
    assert keys == ["currency", "time_zone", "calendar"]


def test_working_days_elsewhere_need_a_calendar():
    found = refused('time_zone = "Europe/London"')
    assert found and all(key.endswith(".day_kind") and "没有日历可依" in what and "calendar" in remedy for key, what, remedy in found)
    assert read(*LONDON).calendar == "gb_scotland"


def test_days_are_those_of_the_zone():
    london, china = read(*LONDON), read()
    evening = datetime(2026, 7, 1, 22, 59, tzinfo=UTC)
    assert (london.day_of(evening), china.day_of(evening)) == (date(2026, 7, 1), date(2026, 7, 2))
    assert london.day_of(evening.replace(hour=23)) == date(2026, 7, 2)  # summer time


def test_holidays_are_those_of_the_calendar():
    due = {name: shipped(name).add_working_days(date(2026, 7, 10), 1) for name in ("gb_scotland", "gb_northern_ireland")}
    assert {name: one.on.day for name, one in due.items()} == {"gb_scotland": 13, "gb_northern_ireland": 14}
    assert shipped("gb_scotland").add_working_days(date(2027, 12, 31), 1).provisional


def test_people_read_amounts_in_the_currency():
    cap = next(one.value for one in lines_of(read('currency = "JPY"').document) if one.key.startswith("caps."))
    assert "JPY " in cap and "元" not in cap
    assert "英镑（GBP）" in [one.value for one in plain_lines(read('currency = "GBP"').document)]


def test_what_bound_an_amount_is_said_in_the_currency():
    spec = read('currency = "JPY"')
    preview = amounts.price_preview(spec, Fen(5_000_000), firm_class=spec.classes[0].name, category=spec.services.value[0])
    assert preview.currency == "JPY" and "JPY " in preview.binding_cap and "元" not in preview.binding_cap


def test_bands_of_figures_in_yuan_do_not_go_with_another_currency():
    band = b"[classes.micro_small]\nleast_revenue_fen = 100_000"
    assert b"[classes.micro_small]" in IN_2
    content = IN_2.replace(b"[classes.micro_small]", band)
    assert read(content=content)
    assert [(key, "GBP" in what) for key, what, _remedy in refused('currency = "GBP"', content=content)] == [
        ("classes.micro_small.least_revenue_fen", True)
    ]
