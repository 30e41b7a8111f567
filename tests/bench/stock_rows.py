"""The rows of the stock, one INSERT … SELECT for each kind of thing. `n` counts from one; a key follows from kind and n, so rows find
one another without a look-up.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text

from marketplace.catalogue.models import Offering, OfferingPrice, Provider
from marketplace.enterprises.models import Enterprise
from marketplace.identity.models import Grant, Organisation, User
from marketplace.identity.roles import DUTIES, Role
from marketplace.kernel.db import Model, db, table_of
from marketplace.matching.models import Chain, ChainAppointment, Match, MatchRun, Need, NeedsList, Supply, SupplyList
from marketplace.notices.models import Notice
from marketplace.orders.models import Order, Review
from marketplace.publicity.models import Objection, PublicNotice
from marketplace.records.models import ReportRow, ServiceRecord, ServiceReport
from marketplace.risk.models import RiskSignal
from marketplace.settlement.models import Claim, PaymentBatch, PaymentLine
from marketplace.vouchers.models import Application, Voucher

Places = Mapping[str, Any]  # what statements are given: ids that services made, sizes, the moment

KINDS = (
    "firm", "provider", "leader", "user_firm", "user_provider", "user_leader", "offering", "voucher", "order", "claim", "batch", "line",
    "record", "review", "needs_list", "need", "supply_list", "supply", "run", "match", "application", "signal", "notice", "objection",
    "report", "chain", "audit", "anybody",
)  # fmt: skip

REGIONS = "(ARRAY['540102','540103','540104','540202','540302','540402'])[1 + n % 6]"
ORDERS = "generate_series(1, :orders) AS n"
FIRM = "CASE WHEN :crowd THEN 1 ELSE 1 + (n / 4) % :firms END"  # who placed order n
OFFERING = "CASE WHEN n % 50 = 0 THEN 1 ELSE 1 + (n::bigint * 7919) % :offerings END"  # of order n; the first provider has many
HAS_VOUCHER = "(n % 4 = 0 OR n % 40 IN (1, 2))"
PRICE = f"(400000 + ({OFFERING}) % 50 * 20000)"
SUBSIDY = f"(CASE WHEN {HAS_VOUCHER} THEN {PRICE} / 4 ELSE 0 END)"
STATE = (
    "CASE WHEN n % 4 = 0 OR n % 40 = 1 THEN 'redeemed'"
    " WHEN n % 40 = 2 THEN (ARRAY['placed','taken','contracted','delivered'])[1 + n / 40 % 4]"
    " WHEN n % 20 = 5 THEN 'placed' WHEN n % 20 = 7 THEN 'taken' WHEN n % 20 = 9 THEN 'contracted' WHEN n % 20 = 11 THEN 'delivered'"
    " WHEN n % 20 = 13 THEN 'cancelled' ELSE 'redeemed' END"
)
PLACED = "(:now - (:orders - n + 1) * (interval '300 days' / :orders))"
CLAIM_STATE = "(ARRAY['submitted','returned','approved','batched'])[n / 4 % 20]"  # of the claim of order n; NULL: settled
_DIGITS, _ALPHABET = "0123456789ABCDEF", "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def key(kind: str) -> str:
    """The id of thing N of a kind."""
    return f"0190{KINDS.index(kind):04x}-0000-7000-8000-N"


def ref(kind: str, number: str = "n") -> str:
    """SQL of the id of a thing."""
    return f"('{key(kind)[:-1]}' || lpad(to_hex(({number})::bigint), 12, '0'))::uuid"


def printed(prefix: str, number: str = "n") -> str:
    """SQL of a printed number with its check character."""
    weighted = " + ".join(f"{place + 2} * ((({number})::bigint >> {4 * (7 - place)}) & 15)" for place in range(8))
    body = f"translate(upper(lpad(to_hex(({number})::bigint), 8, '0')), '{_DIGITS}', '{_ALPHABET[:16]}')"
    return f"'{prefix}-' || {body} || '-' || substr('{_ALPHABET}', (1 + ({weighted}) % 31)::int, 1)"


def lay(model: type[Model], source: str, places: Places, **columns: str) -> None:
    """INSERT … SELECT; columns that are not named get the model's own defaults."""
    table = table_of(model)
    filled = {column.name: _default(column) for column in table.columns if column.default is not None} | columns
    statement = text(f"INSERT INTO {table.name} ({', '.join(filled)}) SELECT {', '.join(filled.values())} FROM {source}")
    db.session.execute(statement, {name: value for name, value in places.items() if name in statement._bindparams})


def _default(column: Any) -> str:
    """SQL of what a model puts into a column by itself."""
    given = column.default
    if given.is_scalar:
        value = getattr(given.arg, "value", given.arg)
        return str(value) if isinstance(value, bool | int) else "'{}'".format(str(value).replace("'", "''"))
    name = given.arg.__name__
    return {"list": "'[]'", "dict": "'{}'", "now": "CAST(:now AS timestamptz)", "uuid7": "gen_random_uuid()"}[name]


def people(kind: str, word: str, places: Places) -> None:
    """Organisations of the credit codes in the table `made`, and a user of each."""
    lay(Organisation, "made", places, id=ref(kind), uscc="uscc", name=f"'高原' || n || '号{word}'", region_code=REGIONS,
        industry_code="'1522'", founded_on="DATE '2018-05-20'", state="'verified'", verified_at=":now", legal_representative="'法人' || n",
        contact_phone="'0891-' || n", bank_name="'建设银行'", bank_account="'6217' || n")  # fmt: skip
    if kind == "firm":
        lay(Enterprise, "made", places, id=ref(kind), main_products="'青稞制品'", size_class="'micro'", size_year="2025")
    if kind == "provider":
        lay(Provider, "made", places, id=ref(kind), introduction="'为中小企业服务。'", categories="'[\"digital\"]'",
            service_regions="'[\"540000\"]'", state="'admitted'", agreement_signed_at=":now", applied_at=":now",
            admitted_at=":now")  # fmt: skip
    role = {"firm": Role.SME, "provider": Role.PROVIDER, "leader": Role.CHAIN_LEADER}[kind]
    duty = f"'{DUTIES[role].value}'"
    lay(User, "made", places, id=ref(f"user_{kind}"), login=f"'{kind}' || n", name="'经办' || n", organisation_id=ref(kind),
        password_hash="CAST(:password AS varchar)", duty=duty)  # fmt: skip
    lay(Grant, "made", places, user_id=ref(f"user_{kind}"), role=f"'{role.value}'", duty=duty)


def catalogue(places: Places) -> None:
    """Offerings with the price they began with."""
    source = "generate_series(1, :offerings) AS n"
    owner = ref("provider", "CASE WHEN :crowd THEN 1 ELSE 1 + (n - 1) % :providers END")
    price = "400000 + n % 50 * 20000"
    lay(Offering, source, places, id=ref("offering"), number=printed("FW"), provider_id=owner,
        title="(ARRAY['数字化诊断','财税代理','知识产权代理','检验检测','管理咨询'])[1 + n % 5] || '服务' || n",
        category="(ARRAY['digital','finance_tax','legal'])[1 + n % 3]", summary="'上门诊断并出具报告'", description="'做什么，怎么做。'",
        deliverables="'一份报告'", price_fen=price, cycle_days="30", state="'listed'", listed_at=":now")  # fmt: skip
    lay(OfferingPrice, source, places, offering_id=ref("offering"), price_fen=price, reason="'首次上架'", state="'accepted'")


def vouchers(places: Places) -> None:
    """One for each firm in the first round, the rest in the second, enough for what will be ordered on it; applications in the second."""
    firm = ref("firm", "1 + (n - 1) % :firms")
    number = "CASE WHEN :crowd THEN 1 ELSE 1 + (n / 4) % :firms END"
    spent = f"(SELECT {number} AS v, sum({SUBSIDY}) AS fen FROM {ORDERS} WHERE {HAS_VOUCHER} GROUP BY 1) AS spent"
    source = f"generate_series(1, :vouchers) AS n LEFT JOIN {spent} ON spent.v = n"
    first = "n <= :firms"
    lay(Voucher, source, places, id=ref("voucher"), number=printed("Q"), programme_id="CAST(:programme AS uuid)",
        round_id=f"CASE WHEN {first} THEN CAST(:round AS uuid) ELSE CAST(:second AS uuid) END", enterprise_id=firm,
        instrument="'face_value'", face_fen="500000 + coalesce(spent.fen, 0)", class_key=":class", valid_from="CAST(:today AS date) - 300",
        valid_until="CAST(:today AS date) + 60", state="CASE WHEN spent.fen > 0 THEN 'partly_used' ELSE 'available' END")  # fmt: skip
    lay(Application, "generate_series(1, :firms) AS n", places, id=ref("application"), number=printed("SL"),
        round_id="CAST(:second AS uuid)", enterprise_id=ref("firm"), sequence="n", requested_fen="500000",
        granted_fen="CASE WHEN n % 3 > 0 THEN 500000 ELSE 0 END", state="CASE WHEN n % 3 > 0 THEN 'granted' ELSE 'submitted' END",
        place="CASE WHEN n % 3 > 0 THEN n END", class_key=":class", plan="'购买服务'")  # fmt: skip


def orders(places: Places) -> None:
    """Orders of every state; every fourth has a claim, a few more wait with a voucher."""
    given = f"CASE WHEN {HAS_VOUCHER} THEN CAST(:{{}} AS uuid) END"
    redeemed, ended = f"({STATE}) = 'redeemed'", f"({STATE}) = 'cancelled'"
    reached = f"CASE WHEN ({STATE}) IN ({{}}) THEN {PLACED} + interval '{{}} days' END"
    lay(Order, ORDERS, places, id=ref("order"), number=printed("DD"), enterprise_id=ref("firm", FIRM),
        provider_id=ref("provider", f"CASE WHEN :crowd THEN 1 ELSE 1 + (({OFFERING}) - 1) % :providers END"),
        offering_id=ref("offering", OFFERING), category="(ARRAY['digital','finance_tax','legal'])[1 + n % 3]", region_code=REGIONS,
        voucher_id=f"CASE WHEN {HAS_VOUCHER} THEN {ref('voucher', FIRM)} END", programme_id=given.format("programme"),
        version_id=given.format("version"), round_id=given.format("round"), book_id=given.format("book"), price_fen=PRICE,
        contract_fen=PRICE, subsidy_fen=SUBSIDY, requirement="'请按期完成。'", state=STATE, placed_at=PLACED,
        due_on=f"CASE WHEN n % 40 = 1 OR NOT ({redeemed} OR {ended}) THEN CAST(:today AS date) + 10 + n % 50 END",
        taken_at=reached.format("'taken','contracted','delivered','redeemed'", 1),
        contracted_at=reached.format("'contracted','delivered','redeemed'", 2), delivered_at=reached.format("'delivered','redeemed'", 3),
        redeemed_at=reached.format("'redeemed'", 4), placed_by=ref("user_firm", FIRM),
        closed_at=f"CASE WHEN ({redeemed} AND n % 40 <> 1) OR {ended} THEN {PLACED} + interval '5 days' END")  # fmt: skip
    rated = "generate_series(4, :orders, 4) AS n"
    lay(Review, rated, places, id=ref("review"), order_id=ref("order"), enterprise_id=ref("firm", FIRM),
        provider_id=ref("provider", f"CASE WHEN :crowd THEN 1 ELSE 1 + (({OFFERING}) - 1) % :providers END"), score="1 + n % 5",
        comment="'服务及时'", created_by=ref("user_firm", FIRM), created_at=PLACED)  # fmt: skip
    db.session.execute(text(
        "UPDATE offerings SET review_count = r.count, review_total = r.total FROM (SELECT o.offering_id, count(*) AS count,"
        " sum(r.score) AS total FROM reviews r JOIN orders o ON o.id = r.order_id GROUP BY 1) r WHERE r.offering_id = offerings.id"
    ))  # fmt: skip


def claims(places: Places) -> None:
    """A claim for every fourth order; most are paid, in batches of a hundred."""
    source = "generate_series(4, :orders, 4) AS n"
    state = f"coalesce({CLAIM_STATE}, 'settled')"
    decided = f"{state} IN ('approved','batched','settled')"
    provider = ref("provider", f"CASE WHEN :crowd THEN 1 ELSE 1 + (({OFFERING}) - 1) % :providers END")
    lay(Claim, source, places, id=ref("claim"), number=printed("DF"), order_id=ref("order"), provider_id=provider, payee_id=provider,
        enterprise_id=ref("firm", FIRM), round_id="CAST(:round AS uuid)",
        programme_id="CAST(:programme AS uuid)", book_id="CAST(:book AS uuid)", requested_fen=SUBSIDY, state=state,
        approved_fen=f"CASE WHEN {decided} THEN {SUBSIDY} END", submitted_by=ref("user_provider", "1"),
        submitted_at=f"{PLACED} + interval '5 days'",
        due_on=f"CASE WHEN {state} IN ('submitted','returned') THEN CAST(:today AS date) + 1 + n % 30 END",
        decided_by=f"CASE WHEN {decided} THEN {ref('anybody', '1')} END",
        decided_at=f"CASE WHEN {decided} THEN {PLACED} + interval '6 days' END")  # fmt: skip
    paid = f"{state} = 'settled'"
    batch = f"2 * (n / 400) + CASE WHEN {paid} THEN 2 ELSE 3 END"
    in_batch = f"{source} WHERE {state} IN ('batched','settled')"
    lay(PaymentBatch, f"(SELECT DISTINCT {batch} AS n FROM {in_batch}) AS used", places, id=ref("batch"), number=printed("BF"),
        programme_id="CAST(:programme AS uuid)", book_id="CAST(:book AS uuid)",
        state="CASE WHEN n % 2 = 0 THEN 'closed' ELSE 'approved' END", prepared_by=ref("anybody", "1"), approved_by=ref("anybody", "2"),
        submitted_at=":now", approved_at=":now", closed_at="CASE WHEN n % 2 = 0 THEN CAST(:now AS timestamptz) END")  # fmt: skip
    lay(PaymentLine, in_batch, places, id=ref("line"),
        batch_id=ref("batch", batch), claim_id=ref("claim"), live_claim_id=ref("claim"),
        payee_name="'收款人'", payee_bank="'建设银行'", payee_account="'6217' || n", amount_fen=SUBSIDY,
        split=f"json_build_object('region', {SUBSIDY})", state=f"CASE WHEN {paid} THEN 'paid' ELSE 'waiting' END",
        bank_reference=f"CASE WHEN {paid} THEN 'YH' || n ELSE '' END",
        paid_on=f"CASE WHEN {paid} THEN CAST(:today AS date) - 1 END")  # fmt: skip


def records(places: Places) -> None:
    """A service record for nearly every order."""
    done = f"({STATE}) = 'redeemed'"
    lay(ServiceRecord, f"{ORDERS} WHERE n % 50 <> 7", places, id=ref("record"),
        provider_id=ref("provider", f"CASE WHEN :crowd THEN 1 ELSE 1 + (({OFFERING}) - 1) % :providers END"),
        enterprise_id=ref("firm", FIRM), region_code=REGIONS, function="(ARRAY['technology','training','information'])[1 + n % 3]",
        category="'digital'", title="'数字化诊断服务'", mode="'both'", fee_kind="'standard'", fee_fen=PRICE,
        subsidised=HAS_VOUCHER, delivered_on=f"CAST({PLACED} AS date)", source_kind=f"CASE WHEN {done} THEN 'order' ELSE 'import' END",
        source_id=ref("order"), source_number=printed("DD"))  # fmt: skip


def lists(places: Places) -> None:
    """One leader's needs in lists of five hundred, each firm's supplies, and a match for each need."""
    made_by = ref("user_leader", "1")
    lay(Chain, "generate_series(1, 1) AS n", places, id=ref("chain"), name="'青稞'", area_code="'540000'")
    lay(ChainAppointment, "generate_series(1, 1) AS n", places, chain_id=ref("chain"), organisation_id=ref("leader"), role="'leader'",
        from_on="DATE '2025-01-01'", appointed_by=made_by)  # fmt: skip
    lay(NeedsList, "generate_series(1, 1 + (:needs - 1) / 500) AS n", places, id=ref("needs_list"), number=printed("XQ"),
        leader_id=ref("leader", "1"), chain_id=ref("chain", "1"), title="'需求清单' || n", direction="'upstream'", state="'published'",
        published_at=":now", created_by=made_by)  # fmt: skip
    lay(Need, "generate_series(1, :needs) AS n", places, id=ref("need"), list_id=ref("needs_list", "1 + (n - 1) / 500"),
        position="1 + (n - 1) % 500", product="(ARRAY['纸箱','青稞粉','酥油','物流服务'])[1 + n % 4] || n % 97",
        unit="'件'", quantity="1000")  # fmt: skip
    lay(SupplyList, "generate_series(1, :firms) AS n", places, id=ref("supply_list"), enterprise_id=ref("firm"), state="'published'",
        confirmed_at=":now", created_by=ref("user_firm"))  # fmt: skip
    of_firm = "CASE WHEN :crowd THEN 1 ELSE 1 + (n - 1) % :firms END"
    lay(Supply, "generate_series(1, :supplies) AS n", places, id=ref("supply"), list_id=ref("supply_list", of_firm),
        enterprise_id=ref("firm", of_firm), position="n", product="(ARRAY['纸箱','青稞粉','酥油','物流服务'])[1 + n % 4] || n % 97",
        unit="'件'", capacity="2000")  # fmt: skip
    lay(MatchRun, "generate_series(1, 1) AS n", places, id=ref("run"), number=printed("PP"), list_id=ref("needs_list"),
        code_version="'1'", supplies_hash="'0'", supplies_count=":supplies", actor_id=made_by)  # fmt: skip
    states = "(ARRAY['proposed','recommended','contacted','negotiating'])[1 + n % 4]"
    lay(Match, "generate_series(1, least(:needs, :supplies)) AS n", places, id=ref("match"), number=printed("DJ"), run_id=ref("run", "1"),
        need_id=ref("need"), supply_id=ref("supply"), leader_id=ref("leader", "1"), enterprise_id=ref("firm", of_firm), score="0.5",
        planned="n % 2 = 0", state=states)  # fmt: skip


def office(places: Places) -> None:
    """What offices look at: notices with an objection each, signals, reports of providers; messages to the first users."""
    source = "generate_series(1, :providers) AS n"
    lay(PublicNotice, source, places, id=ref("notice"), number=printed("GS"), kind="'provider_admission'", title="'入库公示' || n",
        body="'公示内容。'", subject_type="'provider'", subject_id=ref("provider"), area_code="'540102'",
        published_on="CAST(:today AS date)",
        last_day="CAST(:today AS date) + 30", working_days="20")  # fmt: skip
    lay(Objection, source, places, id=ref("objection"), number=printed("YY"), notice_id=ref("notice"), name="'卓玛'", contact="'0891'",
        grounds="'资质证书已经过期，请核实。'")  # fmt: skip
    lay(RiskSignal, "generate_series(1, greatest(:orders / 100, least(:orders, 1000))) AS n", places, id=ref("signal"),
        kind="'split_contracts'", severity="'note'", subject_type="'order'", subject_id=ref("order"), region_code=REGIONS,
        reason="'短期内同类订单较多。'", raised_at=":now")  # fmt: skip
    lay(ServiceReport, source, places, id=ref("report"), number=printed("TB"), title="'自报服务' || n", state="'submitted'",
        provider_id=ref("provider", "CASE WHEN :crowd THEN 1 ELSE n END"), submitted_by=ref("user_provider"),
        submitted_at=":now")  # fmt: skip
    lay(ReportRow, source, places, report_id=ref("report"), position="1", enterprise_id=ref("firm", "1"), function="'training'",
        title="'培训'", mode="'offline'", fee_kind="'public_benefit'", delivered_on="CAST(:today AS date) - 10")  # fmt: skip
    for kind in ("firm", "provider", "leader"):
        lay(Notice, "generate_series(1, least(:orders, 1000)) AS n", places, user_id=ref(f"user_{kind}", "1"), title="'订单有新进展' || n",
            url="'/orders/'")  # fmt: skip
