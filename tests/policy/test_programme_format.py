"""The format of programme files: every mistake at once, and a second version beside the first."""

from dataclasses import dataclass

import pytest

from marketplace.kernel.policyfiles import reading
from marketplace.kernel.policyfiles.kinds import Flag
from marketplace.kernel.policyfiles.provenance import Setting
from marketplace.policy import programme_file
from marketplace.policy.programme_file import (
    PROGRAMMES,
    ProgrammeFileError,
    as_file,
    load_programme,
    parse_programme,
    signed,
    thaw,
    upgraded,
)
from marketplace.policy.programme_spec import ProgrammeSpec

BEIJING = PROGRAMMES / "beijing_2022_service_voucher.toml"
JIANGMEN = PROGRAMMES / "jiangmen_2020_service_voucher.toml"


def test_a_file_that_is_wrong_in_seven_places_tells_all_seven():
    text = JIANGMEN.read_text("utf-8")
    for old, new in [
        ('value = "quota"', 'value = "magic"'),
        ('value = ["44', 'value = ["江门", "44'),
        ("[allocation.results]\ndays = 2", '[allocation.results]\ndays = "2"'),
        ("rate_bp = 5_000", "rate_bp = 50_000"),
        ("[partial]\nvalue = true", "[partial]\nvalue = 1"),
        ("[base]\n", "[base]\nbudget = 1\n"),
        ("[services]", "[service]"),
    ]:
        assert old in text, old
        text = text.replace(old, new, 1)
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(text.encode(), file="x.toml")

    keys = ["instrument.value", "beneficiaries.regions.value", "allocation.results.days", "rates.standard.rate_bp", "base.budget"]
    assert {one.key for one in refusal.value.problems} == {*keys, "partial.value", "service", "services"}
    assert all(one.file == "x.toml" and one.text() and one.remedy_text() for one in refusal.value.problems)


SECOND = """
[cost.least]
amount_fen = 100_000
assumed = { author = "甲", reason = "乙" }
"""


def test_a_file_of_the_first_format_is_read_as_before_and_has_no_keys_of_the_second():
    spec = load_programme(BEIJING)

    assert spec.version_hash == "baad7af4d98c77a421ac9c7b88b11ca8e727468bad5ec8661940377ee3fafe25"
    assert spec.least_cost is None
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(BEIJING.read_bytes() + SECOND.encode(), file="x.toml")
    assert [(one.key, "第 2 版" in one.text()) for one in refusal.value.problems] == [("cost.least", True)]


def test_a_file_is_brought_to_the_second_format_with_its_comments_and_then_takes_its_keys():
    newer = upgraded(BEIJING.read_bytes(), file="x.toml")

    made = parse_programme(newer + SECOND.encode(), file="x.toml")

    assert made.least_cost and made.least_cost.value == 100_000
    assert thaw(made.frozen()) == made
    assert newer.replace(b"programme/2", b"programme/1") == BEIJING.read_bytes()
    with pytest.raises(ProgrammeFileError, match="最新格式"):
        upgraded(newer, file="x.toml")


def test_a_version_written_as_a_file_is_the_same_version_without_signatures():
    spec = load_programme(BEIJING)
    signed_ = signed(spec, [one.key for one in spec.unsigned_values()], by="王科长", reason="核对过")

    assert parse_programme(as_file(signed_), file="x.toml") == spec


@dataclass(frozen=True, kw_only=True)
class Other(ProgrammeSpec):
    """A format of another shape."""

    FORMAT = "programme/9"
    EARLIER = ()

    pilot: Setting[bool] = reading.key(reading.one(Flag("试点")))


def test_a_format_of_another_shape_lives_beside_it(monkeypatch):
    monkeypatch.setattr(programme_file, "ROOTS", (ProgrammeSpec, Other))
    other = BEIJING.read_text("utf-8").replace("programme/1", "programme/9")
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(other.encode(), file="x.toml")
    assert [one.key for one in refusal.value.problems] == ["pilot"]

    made = parse_programme((other + '\n[pilot]\nvalue = true\nassumed = { author = "甲", reason = "乙" }\n').encode(), file="x.toml")

    assert isinstance(made, Other) and made.pilot.value


def test_the_command_writes_the_newer_file_and_says_what_keeps_it_from_doing_so(app, tmp_path):
    run, out = app.test_cli_runner(), tmp_path / "new.toml"

    assert run.invoke(args=["programme", "upgrade", str(BEIJING), "--out", str(out)]).exit_code == 0
    assert run.invoke(args=["programme", "check", str(out)]).exit_code == 0
    again = run.invoke(args=["programme", "upgrade", str(out)])
    assert (again.exit_code, "最新格式" in again.output) == (1, True)
