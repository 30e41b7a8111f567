"""Programmes, rounds with their money, and what firms get of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from marketplace.enterprises.models import Enterprise
from marketplace.identity.uscc import make_uscc
from marketplace.kernel import clock
from marketplace.kernel.db import db, in_transaction, locked
from marketplace.kernel.money import Fen
from marketplace.kernel.policyfiles.provenance import Source
from marketplace.policy.programme_file import PROGRAMMES
from marketplace.vouchers.models import Application, Appropriation, Programme, Round, Voucher
from marketplace.vouchers.queries.facts import facts_of
from marketplace.vouchers.queries.spending import spec_of
from marketplace.vouchers.rules.payees import has_named
from marketplace.vouchers.rules.rights import Right, right_of
from marketplace.vouchers.rules.rounds import asked_days
from marketplace.vouchers.rules.states import RoundState, Way, way_of
from marketplace.vouchers.service import allotting, applications, funds, issuing, programmes, rounds
from tests.factories.organisations import SERIAL, a_firm, an_officer, user_of
from tests.paid_rounds import name_payee


def with_value(programme: Programme, key: str, value: Any, *, source: Source | None = None) -> Programme:
    """A programme one decision of which says something else: a value, or the whole of its table."""
    wanted = programmes.NewValue(key, value if isinstance(value, dict) else {"value": value}, source, "试点")
    in_transaction(lambda: programmes.replace_value(programme.id, wanted, signer="测试主管", actor_id=uuid4(), request_key=uuid4()))
    return programme


def a_programme(slug: str = "xizang_enterprise_service_voucher", *, area: str = "540000", signed: bool = True) -> Programme:
    """A shipped programme with its book, every assumed value signed unless said otherwise. The same slug again is the same programme;
    those that it names are there before it."""
    now = clock.now()
    content = (PROGRAMMES / f"{slug}.toml").read_bytes()
    known = db.session.scalars(select(Programme).where(Programme.slug == slug)).one_or_none()
    if known is None:
        for first in sorted(programmes.parse_programme(content, file=f"{slug}.toml").beneficiaries.links.named):
            a_programme(first, area=area, signed=signed)
    programme = (
        known
        or in_transaction(
            lambda: programmes.import_programme(programmes.GivenFile(content, f"{slug}.toml"), area_code=area, actor_id=None, now=now)
        ).programme
    )
    version = programmes.newest_version(programme.id)
    assert version
    keys = [one.key for one in spec_of(version.id).unsigned_values()]
    if signed and keys:
        in_transaction(
            lambda: programmes.sign_values(programme.id, keys, signer="测试主管", reason="测试签认", actor_id=uuid4(), request_key=uuid4())
        )
    return programme


def changed_programme(slug: str, key: str, value: Any, *, area: str = "540000") -> Programme:
    """A shipped programme with one value that another document sets; a dict sets every field of its table."""
    return with_value(a_programme(slug, area=area), key, value, source=Source("测试文件", "第一条"))


def a_round(
    slug: str = "xizang_enterprise_service_voucher",
    *,
    programme: Programme | None = None,
    budget_fen: int = 100_000_000,
    state: RoundState | str = "in_use",
    area: str = "540000",
    name: str = "",
    simulated: bool = False,
    use_days: int = 180,
    days: Mapping[str, date] | None = None,
    parts: Mapping[str, int] | None = None,
    opens: datetime | None = None,
    releases: Any = None,
) -> Round:
    """A round with money (a million yuan), in use unless said otherwise: its claim window was yesterday, orders may come for half a year.

    `state="claiming"`: the window is open now. Budget 0: no money was recorded. `days`: last days of its own, by field.
    `parts`: how its budget is divided. `opens`: when its window does, `releases`: when how much of it is given out.
    """
    programme = programme or a_programme(slug, area=area)
    wanted, now, today = RoundState(state), clock.now(), clock.today()
    beside = {RoundState.APPLYING: (-1, 24), RoundState.DRAFT: (24, 48), RoundState.ANNOUNCED: (24, 48)}  # hours from now; else it was
    opening, closing = (now + timedelta(hours=hours) for hours in beside.get(wanted, (-48, -24)))
    opening, last = opens or opening, today + timedelta(days=use_days)
    given: dict[str, Any] = {"use_from": today, "use_until": last, "redeem_until": last + timedelta(days=60)}
    spec = spec_of(programmes.newest_version(programme.id).id)  # type: ignore[union-attr]
    asked = asked_days(spec)
    if parts is None and spec.parts:
        parts = {one.name: 0 if place else budget_fen for place, one in enumerate(spec.parts)}
    given |= {one.field: given[one.otherwise] for one in asked if one.otherwise} | (days or {})
    plan = rounds.RoundPlan(
        name=name or f"测试批次{next(SERIAL)}", area_code=area, apply_from_at=opening, apply_until_at=closing,
        simulated=simulated, parts=parts, releases=releases, **given,
    )  # fmt: skip
    row = in_transaction(lambda: rounds.create(programme.id, plan, actor_id=None, request_key=uuid4(), today=today))
    if budget_fen:
        an_appropriation(row, budget_fen)
    if has_named(spec) and wanted is not RoundState.DRAFT:
        uscc, (one, other) = make_uscc("110105", 700_000 + next(SERIAL), kind="12"), (an_officer(area).id for _ in range(2))
        name_payee(row.id, uscc=uscc, name=f"收款单位{uscc}", by=one, then=other)
    _advance(row, wanted, opening, closing)
    return row


def _advance(row: Round, wanted: RoundState, opening: datetime, closing: datetime) -> None:
    """Walk a round to a state as its dates and officers would."""
    spec = spec_of(programmes.newest_version(row.programme_id).id)  # type: ignore[union-attr]
    queued = (RoundState.APPLYING, RoundState.CLOSED, RoundState.PUBLISHED)
    between = {Way.USE: (), Way.QUEUE: queued, Way.DIRECT: (RoundState.APPLYING, RoundState.SETTLING)}
    path = [RoundState.ANNOUNCED, *between[way_of(spec.allocation.mode.value, spec.has_orders)], RoundState.IN_USE]
    path = path[: path.index(wanted) + 1] if wanted in path else []
    before = opening - timedelta(hours=1)
    for step in path:
        if step is RoundState.ANNOUNCED:
            in_transaction(lambda: rounds.announce(row.id, actor_id=None, now=before))
        elif step is RoundState.PUBLISHED:
            in_transaction(lambda: allotting.publish(row.id, actor_id=None, now=clock.now()))
        else:
            moment = {RoundState.APPLYING: opening, RoundState.CLOSED: closing}.get(step, clock.now())
            in_transaction(lambda step=step, moment=moment: rounds.move(row.id, step, actor_id=None, now=moment))


def an_appropriation(round_: Round, amount_fen: int, *, source: str = "") -> Appropriation:
    """Money for a round, by a document of its own; of the region if the programme has such money, unless said otherwise."""
    allowed = [one.value for one in spec_of(round_.version_id).appropriations.value]
    source = source or ("region" if "region" in allowed else allowed[0])
    number = f"藏财企指〔2026〕{next(SERIAL)}号"
    paper = funds.FundDocument(source=source, document_number=number, dated_on=clock.today(), amount_fen=amount_fen)
    return in_transaction(lambda: funds.record_appropriation(round_.id, paper, actor_id=uuid4(), request_key=uuid4(), today=clock.today()))


def _right(round_: Round, firm: Enterprise) -> Right | None:
    spec = spec_of(round_.version_id)
    return right_of(spec, facts_of(firm.id, clock.today(), spec, simulated=round_.simulated), (round_.area_code,))


def a_voucher(*, face_fen: int | None = None, enterprise: Enterprise | None = None, round_: Round | None = None) -> Voucher:
    """A voucher of a firm in a round in use; of the default programme a quota of 30,000 yuan, unless `face_fen` says otherwise."""
    enterprise = enterprise or a_firm()
    round_ = round_ or a_round()

    def work() -> Voucher:
        fresh = locked(Round, round_.id)
        right = _right(fresh, enterprise)
        assert right, "the firm meets the programme's rules"
        if face_fen is not None:
            right = replace(right, face_fen=Fen(face_fen))
        return issuing.issue_all(fresh, [issuing.Award(enterprise.id, right)], actor_id=None, today=clock.today())[0]

    return in_transaction(work)


def an_application(round_: Round, firm: Enterprise, *, requested_fen: int | None = None, plan: str = "购买测试服务") -> Application:
    """A firm's application in a round that takes them, for all it may ask for unless said otherwise."""
    right = _right(round_, firm)
    assert requested_fen or right, "the firm meets the programme's rules"
    wish = applications.Wish(requested_fen=Fen(requested_fen or right.face_fen), plan=plan)  # type: ignore[union-attr]
    asked: dict[str, Any] = {"actor_id": user_of(firm).id, "request_key": uuid4(), "now": clock.now()}
    return in_transaction(lambda: applications.apply(round_.id, firm.id, wish, **asked))
