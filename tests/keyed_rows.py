"""Rows in the states in which pages show their forms, the people who see them, and what they type."""

from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

from bs4 import Tag
from sqlalchemy import select

from marketplace.catalogue.lifecycle import PriceState
from marketplace.catalogue.models import Expert, Offering, OfferingPrice, Provider, ProviderStaff
from marketplace.catalogue.rules.dossier import Fact
from marketplace.catalogue.service import dossier
from marketplace.enterprises.models import Enterprise, EnterpriseYear
from marketplace.identity.models import PasswordCode, User
from marketplace.identity.roles import Role
from marketplace.identity.service import credentials
from marketplace.identity.service.credentials import Delivery
from marketplace.identity.uscc import make_uscc
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.sentences import Sentence
from marketplace.ledger.models import Account
from marketplace.matching.lines import need_line, supply_line
from marketplace.matching.models import Match, MatchContract, Need, NeedsList
from marketplace.matching.service import chains, needs, steps, supplies
from marketplace.orders import service as orders
from marketplace.orders.models import Order
from marketplace.orders.service import Rating
from marketplace.policy.dossier import DossierKind
from marketplace.records.models import ServiceReport
from marketplace.records.rules import ReportState
from marketplace.risk.models import RiskSignal, Severity, SignalState
from marketplace.supervision.queries import measures_of
from marketplace.supervision.queries.checks import items_of
from marketplace.vouchers.models import Appropriation
from tests import factories as f
from tests.area_rows import rows_in
from tests.evaluation.factories import a_member, a_platform
from tests.matching import making as m
from tests.order_factories import a_batch, a_claim, an_order, with_papers
from tests.records.test_reports import a_claim as a_service
from tests.records.test_reports import a_report
from tests.supervision.acts import a_case_in, a_plan, a_tip, appointed, drawn, invited, planned, propose, taken

Rows = dict[str, list[Any]]


class Person(NamedTuple):
    """Somebody who signs in."""

    id: UUID
    login: str
    roles: tuple[Role, ...]


People = dict[Person, Person]  # who acts, and somebody with the same right
TEXT = "为核对键值而填写的一句话。"
TYPED: dict[str, str] = {
    "uscc": "91540100MA6T1UX12K", "login": "new.login", "password": "Quan-lian-2026!", "password_again": "Quan-lian-2026!",
    "phone": "13900000001", "contact_phone": "13900000001", "region_code": "540102", "price": "3600", "amount": "1", "place": "540100",
    "until": "2027-12-31", "year": "2025", "website": "https://example.cn", "group_uscc": "", "industry_code": "",
}  # fmt: skip
AT: dict[str, dict[str, str]] = {  # what one endpoint's form wants
    "orders.place": {"step": "confirm", "requested": ""},
    "catalogue.verify": {"decision": "returned"},
    "identity.add_authority": {"uscc": make_uscc("540000", 990_001, kind="11")},
    "identity.register": {"uscc": make_uscc("540102", 990_002), "as_provider": ""},
    "vouchers.new_round": {"supplements": ""},  # a simulated round follows no real one
}  # what one endpoint's form wants
OF_TYPE = {"number": "1", "date": "2026-03-16", "email": "someone@example.com", "tel": "13900000001", "datetime-local": "2026-03-16T10:00"}


def typed(endpoint: str, field: Tag) -> str:
    """What a person types into a field; nothing where it stays as it is shown."""
    name, kind = str(field["name"]).rpartition("-")[2], str(field.get("type", "text"))
    given = AT.get(endpoint, {}).get(name)
    if given is not None or field.name == "select" or kind in {"hidden", "radio", "checkbox"}:
        return given or ""
    if field.get("value") or field.text.strip():
        return ""
    if name not in TYPED and (kind == "number" or field.get("inputmode") in {"numeric", "decimal"}):
        return str(field.get("min") or 1)
    return TYPED.get(name, OF_TYPE.get(kind, TEXT))[: int(str(field.get("maxlength") or 200))]


def a_page(rule: str) -> bool:
    """Whether an address answers a page rather than a file."""
    return not any(word in rule for word in (".pdf", "json", "template", "qr", "evidence", "metrics")) and not rule.endswith(
        ("/file", "/book", ".zip")
    )


def word(rule: Any, name: str) -> Any:
    """Something to stand where an address asks for a word."""
    if choices := getattr(rule._converters[name], "items", None):
        return min(choices)  # type: ignore[no-any-return]
    return {"key": "rate", "kind": "equipment", "ruleset": "xizang_demonstration_platform", "criterion_id": "other_features"}.get(name, "1")


def people(rows: Rows) -> People:
    """Everybody who may see a form with a key."""
    found = list(rows["people"])
    found += [f.an_officer(), f.a_finance_officer(), f.a_finance_officer(), f.an_auditor(), f.an_operator(), f.an_expert_user()]
    found += [f.an_administrator(role) for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)]
    twins = [f.a_user(*((grant.role, grant.area_code) for grant in one.grants), organisation=one.organisation_id) for one in found]
    return dict(
        zip(*([Person(one.id, one.login, tuple(g.role for g in one.grants)) for one in some] for some in (found, twins)), strict=True)
    )


def some_matches(leader: User, firm: Enterprise) -> tuple[list[Match], list[MatchContract]]:
    """Matches of one list in every state in which something is done with them; the firm's own waits for its word on a contract."""
    firms = [f.a_firm(region="540102") for _ in range(4)]
    for one in (firm, *firms):
        m.a_supply_list(firm=one)
    by_firm = {one.enterprise_id: one for one in m.matched(m.a_needs_list(leader=leader), leader)}
    found = [by_firm[one.id] for one in (*firms, firm)]
    for one in found[1:]:
        m.followed(one, steps.recommend, by=leader)
    for one in found[2:]:
        m.followed(one, steps.contact, by=leader)
    return found, [m.contracted(found[3], leader), m.registered(found[4], leader)]


def a_draft(leader: User) -> tuple[NeedsList, Need]:
    """A list that its leader has not published, with a line."""
    chain_id = chains.led_by(leader.organisation_id, clock.today())[0].chain_id
    facts = needs.ListFacts(leader.organisation_id, chain_id, "草稿", "upstream")
    row = in_transaction(lambda: needs.new_list(uuid4(), facts, actor_id=leader.id, today=clock.today()))
    return row, in_transaction(lambda: needs.add_need(row.id, need_line({"product": "纸箱"})))


def a_code() -> PasswordCode:
    """A new way in that waits for a second administrator."""
    how = Delivery("/password/set", 24, mails=False)
    user, asked = f.an_officer(), f.an_administrator(Role.SYSTEM_ADMIN)
    return in_transaction(lambda: credentials.ask(user.id, reason="本人来办", actor_id=asked.id, delivery=how, now=clock.now()))


def some_orders(firm: Enterprise, offering: Offering) -> list[Order]:
    """Orders in every state in which somebody does something with them; the last three are of other firms."""
    states = ("placed", "taken", "contracted", "delivered", "redeemed")
    own = [an_order(state, enterprise=firm, offering=offering, voucher=False) for state in states]
    reviewed = with_papers(an_order("redeemed", offering=offering))
    disputed, delivered = an_order("delivered", offering=offering), an_order("delivered", offering=offering)
    asked: dict[str, Any] = {"actor_id": uuid4(), "now": clock.now()}
    in_transaction(lambda: orders.dispute(disputed.id, enterprise_id=disputed.enterprise_id, reason="未完成", request_key=uuid4(), **asked))
    in_transaction(lambda: orders.review(reviewed.id, Rating(5, "好"), **asked, enterprise_id=reviewed.enterprise_id, request_key=uuid4()))
    return [*own, reviewed, disputed, delivered]


def of_money(firm: Enterprise, offering: Offering) -> Rows:
    """Rounds, applications, vouchers, orders, claims and payments."""
    found, maker = some_orders(firm, offering), f.a_finance_officer()
    claims = [a_claim(state) for state in ("submitted", "approved")]
    batches = [*(a_batch(state) for state in ("draft", "submitted", "approved")), a_batch("draft", maker=maker)]
    claiming = f.a_round("xizang_innovation_voucher", state="claiming")
    other = f.a_round("xizang_innovation_voucher", state="claiming", programme=claiming.programme, name="另一批")
    book_id = claiming.programme.book_id
    used = f.a_round()
    paper = f.an_appropriation(used, 10_000, source="county")
    in_transaction(lambda: setattr(by_id(Appropriation, paper.id), "use_by", date(2026, 12, 31)))
    signal = f.stored(RiskSignal(
        kind="x", severity=next(iter(Severity)), subject_type="order", subject_id=found[0].id, reason=Sentence("请核查。"),
        evidence="{}", region_code="540102", state=SignalState.OPEN, answer="", raised_at=clock.now(),
    ))  # fmt: skip
    return {
        "people": [maker, f.user_of(found[-1].enterprise_id)], "order_id": found, "claim_id": claims, "signal_id": [signal],
        "batch_id": [batch for batch, _lines in batches], "line_id": [lines[0] for _batch, lines in batches],
        "round_id": [claiming, other, used], "appropriation_id": [paper], "programme_id": [claiming.programme, claims[1].programme_id],
        "application_id": [f.an_application(claiming, firm)], "voucher_id": [f.a_voucher(enterprise=firm)], "book_id": [book_id],
        "account_id": [f.db.session.scalars(select(Account.id).where(Account.book_id == book_id, Account.version > 0)).first()],  # moved
    }  # fmt: skip


def of_a_provider(provider: Provider, offering: Offering) -> Rows:
    """What a provider declares, offers and reports."""
    fact = Fact(kind=DossierKind.EQUIPMENT, year=2025, title="", dated_on=date(2026, 1, 1), number=0)
    item = in_transaction(lambda: dossier.declare(provider.id, fact, actor_id=None, request_key=uuid4(), today=clock.today()))
    staff = ProviderStaff(provider_id=provider.id, name="卓玛", degree="college", title_level="none", from_on=date(2024, 1, 1))
    more = [*(f.an_offering(provider=provider, state=state) for state in ("draft", "submitted")), f.an_offering(provider=provider)]
    dearer = OfferingPrice(offering_id=more[2].id, price_fen=2_000_000, reason="成本上涨", state=PriceState.PROPOSED)
    reports = [
        f.stored(ServiceReport(number=f"TB{state}", title="三月服务", provider_id=provider.id, state=state, submitted_by=uuid4()))
        for state in (ReportState.DRAFT, ReportState.SUBMITTED)
    ]
    filled = a_report(provider, a_service())
    return {
        "people": [f.user_of(f.a_provider(state="draft"))], "offering_id": [offering, *more[:2]], "price_id": [f.stored(dearer)],
        "provider_id": [provider, f.a_provider(state="applied", region="540102")], "item_id": [item], "person_id": [f.stored(staff)],
        "report_id": [*reports, filled], "row_id": [filled.rows[0]], "organisation_id": [provider],
        "member_id": [a_member(a_platform(provider=provider), state="proposed")],
    }  # fmt: skip


def of_matching(leader: User, firm: Enterprise) -> Rows:
    """Lists, matches and contracts."""
    matches, contracts = some_matches(leader, firm)
    published, other, drafting = by_id(NeedsList, matches[0].run.list_id), m.a_leader(m.a_chain("另一条产业链")), f.a_firm(region="540102")
    draft, need = a_draft(other)
    line = in_transaction(lambda: supplies.add_line(supplies.draft(drafting.id, actor_id=uuid4()).id, supply_line({"product": "纸箱"})))
    return {
        "people": [other, f.user_of(drafting)], "match_id": matches, "contract_id": contracts, "list_id": [published, draft],
        "need_id": [need], "line_id": [line], "chain_id": [published.chain_id],
    }  # fmt: skip


def of_offices(firm: Enterprise) -> Rows:
    """What officers and administrators decide on."""
    expert = Expert(name="扎西", organisation_name="西藏大学", field="食品工程", region_code="540102")
    year = EnterpriseYear(enterprise_id=firm.id, year=2024, employees=1, revenue_fen=1, assets_fen=1)
    notice = f.a_notice()
    return {
        "enterprise_id": [firm, f.a_firm(verified=False, region="540102")], "expert_id": [f.stored(expert)], "year_id": [f.stored(year)],
        "title_id": [f.a_title(firm, "tech_sme", accepted=False)], "notice_id": [notice], "objection_id": [f.an_objection(notice)],
        "user_id": [f.a_user(organisation=firm)], "code_id": [a_code()],
    }  # fmt: skip


def of_cases(provider: Provider) -> Rows:
    """A case in every state in which something is done with it, and one that has a measure."""
    first = a_case_in("investigating", provider)
    propose(first, "warning")
    others = [a_case_in(state, provider) for state in ("investigating", "found", "decided", "appealed")]
    check = drawn(a_plan("orders", area="540000"))
    supervisor, item = appointed(), db.session.scalars(items_of(check.id)).first()
    long_ago = {"from_on": clock.today() - timedelta(days=90), "until_on": clock.today() - timedelta(days=60)}
    return {
        "tip_id": [a_tip(), *(taken(a_tip(), f.an_officer()) for _ in range(2))],
        "case_id": [first, *others],
        "measure_id": [measures_of(first.id)[0]],
        "draw_id": [planned(a_plan("reports", area="540000")), planned(a_plan("providers", area="540000", **long_ago)), check],
        "drawn_id": [item],
        "supervisor_id": [supervisor],
        "visit_id": [invited(item, supervisor)],
        "people": [by_id(User, supervisor.user_id)],
    }


def rows() -> Rows:
    """Ids by the names that addresses use, and the people whose rows they are."""
    firm, provider, leader = f.a_firm(region="540102"), f.a_provider(region="540102"), m.a_leader()
    offering, uscc = f.an_offering(provider=provider), firm.organisation.uscc
    parts = [of_money(firm, offering), of_a_provider(provider, offering), of_matching(leader, firm), of_offices(firm), of_cases(provider)]
    found: Rows = {"people": [f.user_of(firm), f.user_of(provider), leader]}
    for name, some in (pair for part in parts for pair in part.items()):
        found.setdefault(name, []).extend(getattr(one, "id", one) if name.endswith("_id") else one for one in some)
    for name, one in rows_in("540100").items():
        found.setdefault(name, []).append(one)
    AT.update({
        "identity.add_user": {"uscc": uscc}, "matching.appoint": {"uscc": uscc}, "matching.add_supply": {"excluded": ""},
        "evaluation.propose_member": {"provider": f.a_provider(state="applied").organisation.uscc}, "matching.add_need": {"excluded": ""},
        "records.add_row": {"fee": "0", "enterprise": uscc}, "records.edit_row": {"fee": "0", "enterprise": uscc},
        "supervision.new_check": {"until": "2026-01-02", "since": "2026-01-01", "size": "1"},
        "vouchers.appropriate": {"function_code": "2150805", "economy_code": "31205"},
        "supervision.appoint_supervisor": {"login": f.user_of(f.a_firm()).login, "since": "2026-03-16", "until": "2026-04-16"},
        "vouchers.bind_appropriation": {"barred": "testing", "use_by": "2026-11-30"},
        "vouchers.replace_value": {"reason": "核对文件"}, "supervision.propose": {"kind": "referral", "target": "", "amount": ""},
    })  # fmt: skip
    return found
