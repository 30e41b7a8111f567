"""Excel lists: what a dry run says is what storing does, and the same list twice changes nothing."""

import io
from datetime import date
from uuid import uuid4

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904, to_excel
from sqlalchemy import func, select

from marketplace.audit.models import AuditEvent
from marketplace.enterprises import queries
from marketplace.enterprises.imports import FIRMS, TITLES
from marketplace.identity import queries as identity_queries
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation
from marketplace.identity.uscc import make_uscc
from marketplace.kernel import clock, imports, sheets
from marketplace.kernel.imports import ImportContext
from tests.factories import a_firm, an_officer
from tests.files import a_book

HEADINGS = [column.title for column in FIRMS.spec.columns]
A, B, C = (make_uscc("540102", 600_000 + n) for n in range(3))


def row(uscc, name="某水业有限公司", region="西藏自治区拉萨市城关区", **more):
    given = {"uscc": uscc, "name": name, "region_code": region, "industry_code": "1522", "founded_on": date(2020, 1, 2)} | more
    return [given.get(column.key) for column in FIRMS.spec.columns]


def bring_in(importer, content, *, keep=True, whole=False, areas=("540000",)):
    officer = an_officer()
    context = ImportContext(
        import_id=uuid4(), actor_id=officer.id, organisation_id=officer.organisation_id, areas=tuple(areas), options={},
        now=clock.now(), )  # fmt: skip
    return imports.run(importer, sheets.read(importer.spec, content), context, keep=keep, whole=whole)


def organisations(db):
    return db.session.scalar(select(func.count()).select_from(Organisation).where(Organisation.is_authority.is_(False)))


def test_a_dry_run_promises_what_storing_does_and_stores_nothing(db):
    book = a_book(HEADINGS, row(A), row(B, region="没有的县"), row(C, region="652701"))

    dry = bring_in(FIRMS, book, keep=False)
    assert organisations(db) == 0
    real = bring_in(FIRMS, book)

    assert (dry.stored, dry.unchanged, dry.errors) == (real.stored, real.unchanged, real.errors)
    assert real.stored == organisations(db) == 1
    assert [(e.row, e.title) for e in real.errors] == [(3, "所在县区"), (4, "所在县区")]
    assert "不在您的管辖区域内" in real.errors[1].message


def test_the_same_list_twice_changes_nothing(db):
    book = a_book(HEADINGS, row(A, year=2025, employees=35, revenue_fen=12_000_000, assets_fen="2000万"))
    bring_in(FIRMS, book)
    known = identity_queries.by_uscc(A)
    assert known is not None
    version, events = known.version, db.session.scalar(select(func.count()).select_from(AuditEvent))

    again = bring_in(FIRMS, book)

    assert (again.stored, again.unchanged, again.errors) == (0, 1, ())
    assert identity_queries.by_uscc(A).version == version
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == events + 1, "only the import itself is noted"
    assert (queries.enterprise(known.id).size_class, queries.enterprise(known.id).size_year) == ("small", 2025)


def test_an_imported_firm_waits_for_verification_and_a_verified_one_stays_verified(db):
    firm = a_firm("旧名", region="540102", contact_phone="0891-6000000")
    bring_in(FIRMS, a_book(HEADINGS, row(A), row(firm.organisation.uscc, name="新名")))

    assert identity_queries.by_uscc(A).state is OrganisationState.PENDING
    known = queries.enterprise(firm.id).organisation
    assert (known.name, known.state) == ("新名", OrganisationState.VERIFIED)
    assert known.contact_phone == "0891-6000000", "an empty cell changes nothing"


def test_figures_come_together(db):
    report = bring_in(FIRMS, a_book(HEADINGS, row(A, year=2025, employees=3)))
    assert "一起填写" in report.errors[0].message
    assert organisations(db) == 0


def test_all_or_nothing_when_all_is_asked_for(db):
    report = bring_in(FIRMS, a_book(HEADINGS, row(A), row(B, industry_code="9999")), whole=True)
    assert (report.stored, len(report.errors)) == (0, 1)
    assert organisations(db) == 0


def test_a_long_list_goes_in_chunks_and_tells_how_far_it_is(db, monkeypatch):
    monkeypatch.setattr(imports, "CHUNK", 2)
    officer, said = an_officer(), []
    context = ImportContext(
        import_id=uuid4(), actor_id=officer.id, organisation_id=officer.organisation_id, areas=("540000",), options={},
        now=clock.now(), )  # fmt: skip
    sheet = sheets.read(FIRMS.spec, a_book(HEADINGS, *(row(make_uscc("540102", 610_000 + n)) for n in range(5))))

    report = imports.run(FIRMS, sheet, context, keep=True, progress=lambda done, total: said.append((done, total)))

    assert report.stored == 5
    assert said == [(2, 5), (4, 5), (5, 5)]


def test_the_sample_of_a_template_comes_back_as_nothing(db):
    for importer in (FIRMS, TITLES):
        assert sheets.read(importer.spec, sheets.template(importer.spec)).rows == ()


TITLE_HEADINGS = [column.title for column in TITLES.spec.columns]


@pytest.mark.parametrize(
    ("uscc", "kind", "said"),
    [
        (None, "专精特新中小企业", ""),
        (A, "专精特新中小企业", "没有这家企业"),
        (None, "不存在的称号", "不在可选范围"),
    ],
)
def test_a_title_register_is_taken_row_by_row(db, uscc, kind, said):
    firm = a_firm(region="540102")
    book = a_book(TITLE_HEADINGS, [uscc or firm.organisation.uscc, "", kind, "证1", "某局", "文号", "2025-01-01", "2027-12-31"])

    report = bring_in(TITLES, book)
    sheet = sheets.read(TITLES.spec, book)

    assert said in "".join(e.message for e in (*report.errors, *sheet.errors))
    assert len(queries.register_of(firm.id)) == (0 if said else 1)
    if not said:
        assert bring_in(TITLES, book).unchanged == 1
        assert bring_in(TITLES, book, areas=("540200",)).errors


def test_a_register_says_the_grade_of_a_title_and_one_without_grades_leaves_it(db):
    firm = a_firm(region="540102")
    known = [firm.organisation.uscc, "", "专精特新中小企业", "证1", "某局", "文号", "2025-01-01", "2027-12-31"]

    bring_in(TITLES, a_book(TITLE_HEADINGS, [*known, "自治区（省）级"]))
    again = bring_in(TITLES, a_book(TITLE_HEADINGS[:-1], known))

    assert [one.grade for one in queries.register_of(firm.id)] == ["province"]
    assert again.unchanged == 1


def test_a_day_of_a_1904_workbook_is_read_as_shown():
    book = openpyxl.Workbook()
    book.epoch, page = CALENDAR_MAC_1904, book.active
    page.title = "企业名单"
    page.append(["统一社会信用代码", "企业名称", "所在县区", "成立日期"])
    page.append(["91540102MA9999996F", "甲公司", "540102", to_excel(date(2026, 1, 20), CALENDAR_MAC_1904)])
    page["D2"].number_format = "General"
    target = io.BytesIO()
    book.save(target)

    assert sheets.read(FIRMS.spec, target.getvalue()).rows[0].values["founded_on"] == date(2026, 1, 20)
