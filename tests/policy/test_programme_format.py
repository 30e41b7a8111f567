"""The format of programme files: every mistake at once, and a second version beside the first."""

from dataclasses import dataclass

import pytest

from marketplace.kernel.policyfiles import reading
from marketplace.kernel.policyfiles.kinds import Flag
from marketplace.kernel.policyfiles.provenance import Setting
from marketplace.policy import programme_file
from marketplace.policy.programme_file import PROGRAMMES, ProgrammeFileError, load_programme, parse_programme, thaw
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


@dataclass(frozen=True, kw_only=True)
class Second(ProgrammeSpec):
    """A version of the format with one more key."""

    FORMAT = "programme/2"

    pilot: Setting[bool] = reading.key(reading.one(Flag("试点")))


def test_a_second_version_of_the_format_lives_beside_the_first(monkeypatch):
    monkeypatch.setattr(programme_file, "ROOTS", (ProgrammeSpec, Second))
    first = BEIJING.read_text("utf-8")
    second = first.replace("programme/1", "programme/2") + '\n[pilot]\nvalue = true\nassumed = { author = "甲", reason = "乙" }\n'

    made = parse_programme(second.encode(), file="x.toml")

    assert isinstance(made, Second) and made.pilot.value
    assert thaw(made.frozen()) == made
    assert type(load_programme(BEIJING)) is ProgrammeSpec
    assert load_programme(BEIJING).version_hash == "9656e6e47f9cac2aa2f26f40372392ed02cc0576dcf527ee2a67fe3484e7f564"
    with pytest.raises(ProgrammeFileError) as refusal:
        parse_programme(first.replace("programme/1", "programme/2").encode(), file="x.toml")
    assert [one.key for one in refusal.value.problems] == ["pilot"]
