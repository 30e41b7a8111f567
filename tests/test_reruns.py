"""Simulated money stands on the page of reruns and, marked, in lists of one's own things; everywhere else it is as if it were not there.

The whole life of a simulated round (voucher, order, record, review, claim, payment) is added to a house with a real one: no public page,
no page of an office and no total may change by it.
"""

from collections.abc import Iterator
from dataclasses import fields
from io import BytesIO
from uuid import UUID

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from marketplace.evaluation.queries.gathering import gather
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.kernel.money import YUAN
from marketplace.ledger import queries as ledger
from marketplace.ledger.models import Account
from marketplace.ledger.rules import AccountKind
from marketplace.orders import queries as orders
from marketplace.oversight.queries import names
from marketplace.publicity import queries as publicity
from marketplace.records import queries as records
from marketplace.records.queries import RecordFilter
from marketplace.reporting import queries
from marketplace.reporting.queries import figures, reruns
from marketplace.reporting.queries.dimensions import DIMENSIONS
from marketplace.settlement.lifecycle import ClaimState
from marketplace.settlement.models import BankTransfer
from marketplace.settlement.queries.payable import payable, payable_sums
from marketplace.vouchers.models import Round
from marketplace.vouchers.queries import programmes, self_check, wallet
from marketplace.vouchers.queries.facts import facts_of
from tests import factories as f
from tests.conftest import Engine, a_world
from tests.order_factories import a_batch, a_claim, an_order, with_papers
from tests.reruns import Played, played
from tests.test_access import PUBLIC_ENDPOINTS

SAME, OTHER = "xizang_enterprise_service_voucher", "xizang_innovation_voucher"  # its programme: the real round's own, or another
NOT_PAGES = {"static", "bootstrap.static", "proofs.heads", "proofs.key", "proofs.script", "reporting.metrics", "web.live", "web.ready"}
NOT_PAGES |= {"reporting.disclosure_sheet"}  # a workbook of what its page shows
ITS_OWN_PAGE = "/reruns"
OFFICE_PAGES = ("/home", "/spending", "/records/all", "/evaluation")

pytestmark = pytest.mark.clock("2026-03-16 11:00")  # the real round was played at ten


def a_house() -> dict[str, tuple[type, UUID]]:
    """A firm, a provider and the people of the offices, with a real round behind them: where each lies."""
    people = {"officer": f.an_officer(), "maker": f.a_finance_officer(), "checker": f.a_finance_officer()}
    firm, offering = f.a_firm(), f.an_offering()
    real = played(f.a_programme(SAME), firm, offering, simulated=False, contract_fen=9_000 * YUAN, **people)
    rows = {"firm": firm, "offering": offering, **people, **{one.name: getattr(real, one.name) for one in fields(real)}}
    return {name: (type(row), row.id) for name, row in rows.items()}


@pytest.fixture(scope="module")
def world(engine: Engine) -> Iterator[tuple[Flask, dict[str, tuple[type, UUID]]]]:
    with a_world(engine, a_house) as made:
        yield made


@pytest.fixture(scope="module")
def app(world) -> Flask:
    return world[0]


@pytest.fixture
def house(db, world):
    """The same for one test, which may add a round played once more."""
    rows = {name: by_id(kind, row_id) for name, (kind, row_id) in world[1].items()}
    real = Played(**{one.name: rows.pop(one.name) for one in fields(Played)})
    firm, offering, people = rows["firm"], rows["offering"], {one: rows[one] for one in ("officer", "maker", "checker")}

    def rerun(slug: str = SAME) -> Played:
        return played(f.a_programme(slug), firm, offering, simulated=True, contract_fen=7_700 * YUAN, **people)

    return {**rows, "real": real, "rerun": rerun}


def words(page) -> str:
    """What a page says, without the way to the reruns."""
    page = page.select_one("main")
    for part in page.select("section"):
        if part.h2 and part.h2.get_text(strip=True) == "等您办理":
            part.decompose()  # one's own work: simulated work waits like any other, in lists that mark it
    for link in page.select(f'a[href="{ITS_OWN_PAGE}"]'):
        link.find_parent("p").decompose()
    return " ".join(page.get_text(" ").split())


def totals(house) -> dict[str, object]:
    """What every function answers that sums, counts, lists or recommends."""
    firm_id, provider_id, today = house["firm"].id, house["offering"].provider_id, clock.today()
    span = queries.Span(today.replace(month=1, day=1), today, ("540000",))
    known = [one.programme.id for one in programmes.known_programmes(real_only=True)]
    session = f.db.session
    return {
        "counts": queries.counts(),
        "by_programme": [(one.programme.id, one.standing) for one in queries.by_programme(None)],
        "by_source": queries.by_source([house["real"].round.programme_id]),
        "by_region": DIMENSIONS["region"].spent(span),
        "by_category": DIMENSIONS["category"].spent(span),
        "by_provider": DIMENSIONS["provider"].spent(span),
        "open_rounds": [one.id for one in queries.open_rounds(clock.now())],
        "notices": [one.id for one in queries.newest_notices(5)] + [one.id for one in session.scalars(publicity.notices())],
        "known": known,
        "rounds": [one.id for key in known for one in programmes.rounds_of(key, public=True)],
        "self_check": [(one.known.programme.id, one.rounds) for one in self_check.answers(facts_of(firm_id, today), clock.now())],
        "score": (orders.score_of(provider_id), [one.id for one in session.scalars(orders.reviews(provider_id))]),
        "left": figures.voucher_left(firm_id),
        "buyer": figures.of_enterprise(firm_id, today),
        "provider": figures.of_provider(provider_id, today),
        "wallet": wallet.totals(wallet.holdings(firm_id, clock.now())),
        "register": [one.id for one in session.scalars(records.register_in(["540000"], RecordFilter()))],
        "evaluation": gather(provider_id, "none", today.year, attribution="own", as_of=today),
        "payable": ([one for one in payable_sums(["540000"]) if not one.simulated], [one.id for key in known for one in payable(key)]),
    }


@pytest.mark.engines("sqlite", "postgresql")
@pytest.mark.parametrize("slug", [SAME, OTHER])
def test_no_total_list_or_recommendation_changes_by_a_simulated_round(house, slug):
    before = totals(house)
    assert before["counts"].paid_fen > 0 and before["counts"].services == 1, "the real round is in the figures"
    rerun = house["rerun"](slug)
    after = totals(house)
    assert {name for name in before if before[name] != after[name]} - ({"known"} if slug == OTHER else set()) == set()
    assert rerun.claim.approved_fen


def public_pages(app, house) -> list[str]:
    """Every page for everybody, and those of one thing that a real round lies behind."""
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint in PUBLIC_ENDPOINTS - NOT_PAGES]
    bare = {rule.rule for rule in rules if not rule.arguments and "GET" in rule.methods}
    offering, real = house["offering"], house["real"]
    one = [f"/services/{offering.id}", f"/services/{offering.id}/reviews", f"/providers/{offering.provider_id}"]
    one += [f"/rounds/{real.round.id}/results", f"/programmes/{SAME}"]
    asked = "/self-check?region_code=540102&industry_code=2926&employees=50&revenue=1000&assets=1000"
    return [
        *sorted(bare - {ITS_OWN_PAGE, "/sign-in", "/", "/language", "/text-size"}),
        *one,
        f"/rounds/{real.round.id}/results",
        f"/programmes/{SAME}",
        asked,
    ]


@pytest.mark.parametrize("slug", [SAME, OTHER])
def test_no_public_page_changes_by_a_simulated_round_but_the_page_of_reruns(app, browser, house, slug):
    f.a_programme(slug)
    if slug == OTHER:
        f.a_round(programme=f.a_programme(slug), simulated=True, state="draft", name="草稿")
    paths = public_pages(app, house)
    before = {path: words(browser.look(path)) for path in paths}
    rerun = house["rerun"](slug)
    assert [path for path in paths if words(browser.look(path)) != before[path]] == []
    page = browser.get(ITS_OWN_PAGE)
    row = next(one for one in page.select("tbody tr") if rerun.round.name in one.text)
    assert row.select_one("[data-simulated]") and f"{rerun.claim.approved_fen // YUAN:,}" in row.text
    assert house["real"].round.name not in page.text
    assert browser.get("/front").select_one(f'a[href="{ITS_OWN_PAGE}"]')


def test_no_page_or_table_of_an_office_changes_by_a_simulated_round(browser, house):
    auditor = f.an_auditor()

    def seen():
        found = {}
        for user in (house["officer"], house["maker"], auditor):
            browser.sign_in(user)
            for path in OFFICE_PAGES:
                page, answer = browser.look(path), browser.response.status_code
                found[user.id, path] = words(page) if answer == 200 else str(answer)
        for group in ("region", "category", "provider"):
            rows = load_workbook(BytesIO(browser.download(f"/spending.xlsx?by={group}").data)).active.iter_rows(min_row=4, values_only=True)
            found["excel", group] = list(rows)
        return found

    before = seen()
    house["rerun"]()
    assert [key for key, page in seen().items() if page != before[key]] == []


def named_without_a_mark(page, names) -> list[str]:
    """Names of simulated rows that stand on a page with no mark beside them: in their row, or in the head of the page or its part."""
    for aside in page.select("nav, option, .timeline"):
        aside.decompose()
    if page.select_one(".page-head [data-simulated], .sheet__head [data-simulated]"):
        return []
    found = []
    for name in names:
        for said in page.find_all(string=lambda text, name=name: name in text):
            row = said.find_parent(["tr", "li", "section"])
            if row is not None and not row.select_one("[data-simulated]"):
                found.append(name)
    return found


def pages_of(app, rerun: Played) -> list[str]:
    """Every page that can be opened with nothing, or with the ids of the simulated rows alone."""
    addresses, found = app.url_map.bind("localhost"), []
    for rule in app.url_map.iter_rules():
        files = ("export", ".xlsx", "pdf", "json", "template", "import", "qr", "bank-list", "evidence", "metrics")
        if "GET" in rule.methods and rule.arguments <= rerun.ids.keys() and not any(word in rule.rule for word in files):
            found.append(addresses.build(rule.endpoint, {name: rerun.ids[name] for name in rule.arguments}))
    return sorted(set(found) - {"/sign-out"})


@pytest.mark.parametrize("who", ["firm", "provider", "officer", "maker", "auditor"])
def test_what_is_simulated_is_marked_wherever_it_is_named(app, browser, house, who):
    rerun = house["rerun"](OTHER)
    people = {"firm": f.user_of(house["firm"]), "provider": f.user_of(house["offering"].provider_id), "auditor": f.an_auditor()}
    browser.sign_in(people.get(who) or house[who])
    bare, opened = {}, 0
    for path in pages_of(app, rerun):
        answer = browser.knock("GET", path)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            continue
        page, opened = browser._shown(answer, 200), opened + 1
        if missing := named_without_a_mark(page, rerun.names):
            bare[path] = missing
    assert bare == {}
    assert opened > 15, "the walk goes through the house"


@pytest.mark.engines("sqlite", "postgresql")
def test_what_is_left_out_of_a_book_is_the_standing_of_its_simulated_rounds(house):
    real = house["real"].round
    before = ledger.standing(real.programme.book_id)
    rerun = house["rerun"]().round
    part = reruns.of_rounds([by_id(Round, rerun.id)])[rerun.id]
    assert part.difference() == 0 and part.paid > 0 and part.appropriated == 100_000_000
    assert reruns.less(ledger.standing(real.programme.book_id), part) == before
    assert reruns.by_programme() == {real.programme_id: part}


@pytest.mark.engines("sqlite", "postgresql")
def test_a_batch_pays_simulated_claims_or_real_ones_and_no_bank_hears_of_the_first(browser, house):
    programme, maker = house["real"].round.programme, house["maker"]
    cards = [f.a_voucher(round_=f.a_round(programme=programme, simulated=simulated)) for simulated in (False, True)]
    claims = [a_claim("approved", order=paid_for(card)) for card in cards]
    with pytest.raises(RuleViolation, match=claims[1].number) as refused:
        a_batch(claims=claims, maker=maker)
    assert refused.value.code == "mixed_batch"
    assert [one.id for one in payable(programme.id)] == [claims[0].id]
    assert [one.id for one in payable(programme.id, simulated=True)] == [claims[1].id]

    batch, _lines = a_batch(claims=[claims[1]], maker=maker)
    assert batch.simulated
    browser.sign_in(maker)
    assert browser.get(f"/payments/{batch.id}").select_one("a[href$=bank-list]") is None
    assert "没有银行清单" in browser.get(f"/payments/{batch.id}/bank-list", status=422).text

    made, lines = a_batch(claims=[claims[0]], maker=maker)
    assert not made.simulated
    moved = text("UPDATE payment_lines SET batch_id = :batch WHERE id = :id")
    with pytest.raises(DBAPIError, match="simulated rounds or of real ones"):
        in_transaction(lambda: f.db.session.execute(moved, as_stored(batch, lines[0])))


def paid_for(card):
    return with_papers(an_order("redeemed", voucher=card))


def as_stored(batch, line):
    """Their ids as the engine's driver takes them."""
    is_sqlite = f.db.engine.dialect.name == "sqlite"
    return {"batch": batch.id.hex if is_sqlite else batch.id, "id": line.id.hex if is_sqlite else line.id}


def test_a_reference_of_a_simulated_payment_is_still_the_banks_to_use(house):
    assert house["rerun"]().claim.state is house["real"].claim.state is ClaimState.SETTLED
    kept = f.db.session.scalars(select(BankTransfer.reference_key)).all()
    assert sorted(kept) == ["SIMZF20260001", "ZF20260001"]


@pytest.mark.engines("sqlite", "postgresql")
def test_a_rerun_uses_up_no_cap_that_real_orders_count_against(house):
    before = caps(house)
    yearly = {code for code in before if "_year:" in code}
    assert yearly, "the programme has caps of a year"
    house["rerun"]()
    after = caps(house)
    assert {code: after[code] for code in before} == before
    apart = {f"{code}:simulated" for code in yearly}
    assert {code for code in after.keys() - before.keys() if "_year:" in code} == apart
    used = {f"{code}:used" for code in apart}
    named = names.accounts(house["real"].round.programme.book_id, yearly | apart | used)
    assert {code for code, name in named.items() if name.simulated} == apart | used, "and the books say which is which"


def caps(house):
    """What is left of each cap of the real round's programme."""
    book_id, left = house["real"].round.programme.book_id, Account.credits_fen - Account.debits_fen
    of_book = select(Account.code, left).where(Account.book_id == book_id, Account.kind == AccountKind.LIMIT)
    return dict(f.db.session.execute(of_book).all())
