"""Programmes for tests: the default one in the second format with tables that a test adds or leaves out."""

import re
from collections.abc import Callable
from uuid import uuid4

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.policy.programme_file import PROGRAMMES, parse_programme, upgraded
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.models import Programme
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.service import firm_lists, programmes
from tests.factories import a_firm, a_programme

SLUG = "xizang_enterprise_service_voucher"
ORIGIN = 'source = { document = "测试〔2026〕1号", clause = "第一条" }'


def content_with(*tables: str, without: str = "", slug: str = SLUG) -> bytes:
    """The file with tables ("[caps.x]\\nscope = …"), each with a source; `without`: a pattern of the tables that are left out."""
    content = (PROGRAMMES / f"{slug}.toml").read_bytes()
    text = (content if b'"programme/2"' in content else upgraded(content, file="x.toml")).decode()
    if without:
        text = re.sub(rf"(?ms)^\[(?:{without})\]\n.*?(?=^\[|\Z)", "", text)
    return "\n".join([text, *(f"\n{one}\n{ORIGIN}\n" for one in tables)]).encode()


def spec_of_file(*tables: str, without: str = "") -> ProgrammeSpec:
    """The rules of such a file. Raises: ProgrammeFileError."""
    return parse_programme(content_with(*tables, without=without), file="x.toml")


def a_programme_with(*tables: str, without: str = "", slug: str = SLUG, area: str = "540000") -> Programme:
    """Such a programme brought in, its assumed values signed."""
    content = content_with(*tables, without=without, slug=slug)
    in_transaction(
        lambda: programmes.import_programme(programmes.GivenFile(content, "x.toml"), area_code=area, actor_id=None, now=clock.now())
    )
    return a_programme(slug, area=area)


def fill_lists(programme: Programme) -> Programme:
    """A firm on each list that the newest rules of a programme name: without one no round is announced."""
    for one in spec_of(programmes.newest_version(programme.id).id).lists:  # type: ignore[union-attr]
        firm = a_firm().organisation
        entry = firm_lists.ListEntry(uscc=firm.uscc, name=firm.name, is_on=True, note="")
        in_transaction(lambda name=one.name, entry=entry: firm_lists.put(programme.id, name, entry, actor_id=uuid4()))
    return programme


def changed_file(slug: str, change: Callable[[str], str], *, area: str = "540000") -> Programme:
    """A shipped file that somebody wrote otherwise, brought in, its assumed values signed."""
    content = change((PROGRAMMES / f"{slug}.toml").read_text("utf-8")).encode()
    file, asked = programmes.GivenFile(content, f"{slug}.toml"), {"area_code": area, "actor_id": None, "now": clock.now()}
    in_transaction(lambda: programmes.import_programme(file, **asked))
    return a_programme(slug)
