"""Programmes for tests: the default one in the second format with tables that a test adds or leaves out."""

import re

from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.policy.programme_file import PROGRAMMES, parse_programme, upgraded
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.models import Programme
from marketplace.vouchers.service import programmes
from tests.factories import a_programme

SLUG = "xizang_enterprise_service_voucher"
ORIGIN = 'source = { document = "测试〔2026〕1号", clause = "第一条" }'


def content_with(*tables: str, without: str = "") -> bytes:
    """The file with tables ("[caps.x]\\nscope = …"), each with a source; `without`: a pattern of the tables that are left out."""
    text = upgraded((PROGRAMMES / f"{SLUG}.toml").read_bytes(), file="x.toml").decode()
    if without:
        text = re.sub(rf"(?ms)^\[(?:{without})\]\n.*?(?=^\[|\Z)", "", text)
    return "\n".join([text, *(f"\n{one}\n{ORIGIN}\n" for one in tables)]).encode()


def spec_of_file(*tables: str, without: str = "") -> ProgrammeSpec:
    """The rules of such a file. Raises: ProgrammeFileError."""
    return parse_programme(content_with(*tables, without=without), file="x.toml")


def a_programme_with(*tables: str, without: str = "") -> Programme:
    """Such a programme brought in, its assumed values signed."""
    content = content_with(*tables, without=without)
    in_transaction(lambda: programmes.import_programme(content, file="x.toml", area_code="540000", actor_id=None, now=clock.now()))
    return a_programme(SLUG)
