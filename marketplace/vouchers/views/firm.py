"""A firm's own: its wallet, applying, and what became of its applications."""

from dataclasses import replace
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.kernel import clock, typed
from marketplace.kernel.db import by_id
from marketplace.kernel.errors import N_, NotFound, RuleViolation
from marketplace.kernel.locales import said
from marketplace.kernel.money import Fen
from marketplace.moves import presenter
from marketplace.policy.programme_amounts import Portion
from marketplace.policy.programme_decisions import Rate
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode, PortionMover
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.forms import AppealForm, ApplyForm, PressForm, apply_form
from marketplace.vouchers.instruments import strategy_of
from marketplace.vouchers.lifecycle import APPLICATION
from marketplace.vouchers.models import Application, Round
from marketplace.vouchers.queries import applications as filed
from marketplace.vouchers.queries import lots, programmes, scores
from marketplace.vouchers.queries import wallet as purse
from marketplace.vouchers.queries.by_service import by_service
from marketplace.vouchers.queries.facts import facts_of
from marketplace.vouchers.queries.grant_caps import limits_left
from marketplace.vouchers.queries.portions import moved_on, parts_of
from marketplace.vouchers.queries.spending import calendar_of, of_enterprise, spec_of, way_of
from marketplace.vouchers.rules import amounts, eligibility, portions
from marketplace.vouchers.rules.allotment import answers_at_once
from marketplace.vouchers.rules.facts import Eligibility, FirmFacts
from marketplace.vouchers.rules.states import SPENDABLE, WITHOUT_APPLICATION, ApplicationState, RoundState, Side, Way
from marketplace.vouchers.service import allotting, appeal_terms, applications, holdings
from marketplace.vouchers.views.common import application_steps, bp, note
from marketplace.vouchers.views.portions import may_shift
from marketplace.web.access import requires
from marketplace.web.addresses import public_url
from marketplace.web.formats import amount
from marketplace.web.forms import carried_out
from marketplace.web.qr import qr_code

ELSEWHERE = frozenset({"region", "area"})


@bp.get("/wallet")
@requires("vouchers.own")
def wallet() -> ResponseReturnValue:
    enterprise_id = current_user.organisation_id
    found = purse.holdings(enterprise_id, clock.now())
    have = {one.voucher.round_id for one in found}
    mine = filed.mine(enterprise_id)
    applied = {row.round_id for row in mine}
    offers = [row for row in programmes.rounds_in({RoundState.APPLYING}, now=clock.now()) if row.id not in applied | have and _is_here(row)]
    return render_template(
        "vouchers/wallet.html", holdings=found, totals=purse.totals(found), services=by_service(found),
        offers=[(row, _why_not(row)) for row in offers],
        applications=mine[:5], coming=_coming(have),
    )  # fmt: skip


def _my_facts(row: Round) -> FirmFacts:
    """What is known of the firm as a round asks for it."""
    return facts_of(current_user.organisation_id, row.day_of(clock.now()), spec_of(row.version_id), simulated=row.simulated)


def _is_here(row: Round) -> bool:
    """Whether the firm lies where the programme and the round are: what others may have elsewhere is no news for it."""
    spec = spec_of(row.version_id)
    results = eligibility.check_eligibility(spec, _my_facts(row), (row.area_code,))
    return not any(one.rule in ELSEWHERE and one.verdict is Eligibility.UNMET for one in results)


def _why_not(row: Round) -> str:
    """Why the firm cannot apply in a round; nothing if it can."""
    spec = spec_of(row.version_id)
    results = eligibility.check_eligibility(spec, _my_facts(row), (row.area_code,))
    try:
        applications.check_may_apply(spec, results)
    except RuleViolation as refusal:
        return said(refusal)
    return ""


def _coming(have: set[UUID]) -> list[tuple[Round, list[eligibility.RuleResult]]]:
    """Rounds whose quota appears by itself and has not: which rules are in the way."""
    found = []
    for row in programmes.rounds_in({RoundState.IN_USE}, now=clock.now()):
        spec = spec_of(row.version_id)
        if row.id not in have and spec.allocation.mode.value in WITHOUT_APPLICATION and _is_here(row):
            results = eligibility.check_eligibility(spec, _my_facts(row), (row.area_code,))
            found.append((row, [one for one in results if one.verdict is not Eligibility.MET]))
    return found


@bp.get("/wallet/<uuid:voucher_id>")
@requires("vouchers.own")
def voucher(voucher_id: UUID) -> ResponseReturnValue:
    row = of_enterprise(voucher_id, current_user.organisation_id)
    spec = spec_of(row.round.version_id)
    caps = [cap for cap in spec.caps if not cap.classes or row.class_key in cap.classes]
    today = row.day_of(clock.now())
    capped = purse.used_caps([row], clock.now()).get(row.id)
    return render_template(
        "vouchers/voucher.html", row=row, holding=purse.holding(row, today, capped), story=purse.story(row), spec=spec,
        rates=_rates(spec, row.class_key),
        caps=caps, may_give_back=row.state in SPENDABLE, class_label=spec.firm_class(row.class_key).label,
        parts=parts_of(row), moved=moved_on(row), may_move=may_shift(row, PortionMover.FIRM),
    )  # fmt: skip


def _rates(spec: ProgrammeSpec, class_key: str) -> list[tuple[Rate, str]]:
    """Which services a voucher pays for, under the rate that goes with each, bonuses counted in."""
    names, found = category_names(), dict[tuple[str, int], tuple[Rate, list[str]]]()
    for code in spec.services.value:
        rate = replace(spec.rate_for(class_key, code), rate_bp=spec.whole_rate_bp(class_key, code))
        found.setdefault((rate.key, rate.rate_bp), (rate, []))[1].append(names.get(code, code))
    return [(rate, "、".join(services)) for rate, services in found.values()]


@bp.route("/wallet/<uuid:voucher_id>/give-back", methods=["GET", "POST"])
@requires("vouchers.own")
def give_back(voucher_id: UUID) -> ResponseReturnValue:
    row, form = of_enterprise(voucher_id, current_user.organisation_id), PressForm()
    if form.validate_on_submit():
        actor_id, enterprise_id = current_user.id, current_user.organisation_id
        if carried_out(form, lambda: holdings.give_back(voucher_id, enterprise_id, actor_id=actor_id, today=row.day_of(clock.now()))):
            flash(_("服务券 %(number)s 的余额已退回，谢谢您让给其他企业。", number=row.number), "success")
            return redirect(url_for("vouchers.voucher", voucher_id=voucher_id))
    return render_template("vouchers/give_back.html", row=row, form=form, left_fen=purse.standing_of(row).left_fen), form.status


@bp.route("/rounds/<uuid:round_id>/apply", methods=["GET", "POST"])
@requires("vouchers.apply")
def apply(round_id: UUID) -> ResponseReturnValue:
    row = by_id(Round, round_id)
    if way_of(row) is Way.DIRECT:
        return redirect(url_for("settlement.subsidy", round_id=round_id))
    if row.state is RoundState.DRAFT:
        raise NotFound
    if way_of(row) is Way.USE:
        flash(_("本批次不需要申领，符合条件的企业由平台或主管部门直接发放。"), "warning")
        return redirect(url_for("vouchers.wallet"))
    form = apply_form([(one.name, _services(one)) for one in _parts(row)], row.currency)
    key = form.key()
    _offer_faces(form, row)
    if form.validate_on_submit() and (done := carried_out(form, lambda: _submit(by_id(Round, round_id), form, key))):
        flash(_submitted(done.answer), "success")
        return redirect(url_for("vouchers.application", application_id=done.answer.id))
    known = filed.in_round(round_id, current_user.organisation_id)
    if known is not None and known.state is not ApplicationState.RETURNED and request.method == "GET":
        return redirect(url_for("vouchers.application", application_id=known.id))
    _fill_in(form, known)
    return _apply_page(row, form, known)


def _submitted(row: Application) -> str:
    if answers_at_once(spec_of(row.round.version_id)):
        return _("申领已提交，受理号 %(number)s，您排在第 %(place)s 位。", number=row.number, place=row.sequence)
    return _("申领已提交，受理号 %(number)s。", number=row.number)


def _offer_faces(form: ApplyForm, row: Round) -> None:
    faces = _faces(row)
    form.face.choices = [(str(face), amount(face, row.currency)) for face in faces]
    if faces and not form.face.data:
        form.face.data = str(faces[0])


def _fill_in(form: ApplyForm, known: Application | None) -> None:
    """What the firm wrote before, for it to correct."""
    if known is not None and not form.is_submitted():
        form.plan.data, form.requested.data, form.face.data = known.plan, Fen(known.requested_fen), str(known.requested_fen)
        for name, fen in known.portions.items():
            form[f"portion_{name}"].data = Fen(fen)


def _parts(row: Round) -> tuple[Portion, ...]:
    """What the firm may ask for by kind of service; nothing of it is looked up where the rules know no parts."""
    spec = spec_of(row.version_id)
    mine = eligibility.class_of(spec, facts_of(current_user.organisation_id, row.day_of(clock.now()))) if spec.portions else None
    return spec.portions_of(mine.name) if mine else ()


def _services(part: Portion) -> str:
    names = category_names()
    return "、".join(names.get(code, code) for code in part.categories)


def _faces(row: Round) -> tuple[Fen, ...]:
    """The denominations that the firm may choose from; a quota has none, and nothing of the firm is looked up for it."""
    spec = spec_of(row.version_id)
    if not _has_faces(spec):
        return ()
    mine = eligibility.class_of(spec, facts_of(current_user.organisation_id, row.day_of(clock.now())))
    return tuple(amounts.faces_fen(spec, mine.name)) if mine else ()


def _has_faces(spec: ProgrammeSpec) -> bool:
    """Whether a firm chooses among faces; else it types a sum."""
    return strategy_of(spec.instrument.value).in_faces and not any(face.least_fen for face in spec.faces)


def _submit(row: Round, form: ApplyForm, key: UUID) -> Application:
    """Raises: DomainError."""
    spec = spec_of(row.version_id)
    is_face = _has_faces(spec)
    parts = tuple((one.name, Fen(form[f"portion_{one.name}"].data or 0)) for one in _parts(row))
    whole = portions.whole(parts) if parts else form.requested.data
    asked = form.face.data if is_face else whole
    if not asked:
        raise RuleViolation(N_("请填写申领金额。"), field="face" if is_face else "requested")
    amount = typed.number(asked)
    if amount is None:
        raise RuleViolation(N_("请选择已有的面额。"), field="face")
    wish = applications.Wish(requested_fen=Fen(amount), plan=str(form.plan.data), portions=parts)
    enterprise_id, actor_id = current_user.organisation_id, current_user.id
    return applications.apply(row.id, enterprise_id, wish, actor_id=actor_id, request_key=key, now=clock.now())


def _apply_page(row: Round, form: ApplyForm, known: Application | None) -> ResponseReturnValue:
    spec, facts = spec_of(row.version_id), _my_facts(row)
    results = eligibility.check_eligibility(spec, facts, (row.area_code,))
    mine = eligibility.class_of(spec, facts)
    most = _most(row, mine.name) if mine else None
    belongs = {one.name for one in eligibility.classes_of(spec, facts)}
    return render_template(
        "vouchers/apply.html", row=row, form=form, known=known, spec=spec, results=results, mine=mine, most_fen=most,
        soft_fen=amounts.quota_fen(spec, mine.name) if mine else None,
        overall=eligibility.overall(results), why_not=_why_not(row), is_face=_has_faces(spec),
        is_queued=spec.allocation.mode.value is not AllocationMode.REVIEW,
        priority=next((one.label for one in spec.classes if one.name in spec.allocation.priority and one.name in belongs), ""),
        results_due=filed.results_due(row, calendar_of(row.version_id)),
        parts=[(form[f"portion_{one.name}"], one.amount_fen) for one in _parts(row)],
    ), form.status  # fmt: skip


def _most(row: Round, class_key: str) -> int:
    """The most the firm may ask for now."""
    spec = spec_of(row.version_id)
    left = limits_left(spec, row, current_user.organisation_id, class_key, row.day_of(clock.now()), above_soft=True).left_fen
    ends = amounts.face_range(spec, class_key)
    quota = ends[1] if ends else amounts.quota_fen(spec, class_key, above_soft=True)
    return min(left, quota) if quota is not None else left


@bp.get("/my/applications")
@requires("vouchers.apply")
def my_applications() -> ResponseReturnValue:
    return render_template("vouchers/my_applications.html", rows=filed.mine(current_user.organisation_id))


@bp.get("/my/applications/<uuid:application_id>")
@requires("vouchers.apply")
def application(application_id: UUID) -> ResponseReturnValue:
    return _own_page(filed.of_enterprise(application_id, current_user.organisation_id), AppealForm())


def _own_page(row: Application, form: AppealForm) -> ResponseReturnValue:
    calendar, today = calendar_of(row.round.version_id), row.day_of(clock.now())
    is_queued = row.state is ApplicationState.SUBMITTED and answers_at_once(spec_of(row.round.version_id))
    is_open = row.state in filed.OPEN and not is_queued
    last = appeal_terms.last_day(row)
    may_appeal = row.state is ApplicationState.REFUSED and row.appealed_at is None and last is not None and today <= last
    return render_template(
        "vouchers/application.html", row=row, form=form, steps=application_steps(row), due=filed.due_of(row, calendar) if is_open else None,
        days=filed.days_left(row, calendar, today) if is_open else None, may_appeal=may_appeal, appeal_until=last,
        may_withdraw=row.state in APPLICATION.move("withdraw").by[Side.FIRM],
        voucher=purse.of_application(row.id), history=presenter.history(row.id, [APPLICATION], note),
        lot=lots.of_application(row.id), is_queued=is_queued,
        panel=scores.panel_of(row, spec_of(row.round.version_id), None, clock.now()) if allotting.results_are_out(row.round) else None,
    ), form.status  # fmt: skip


@bp.route("/my/applications/<uuid:application_id>/withdraw", methods=["GET", "POST"])
@requires("vouchers.apply")
def withdraw(application_id: UUID) -> ResponseReturnValue:
    row, form = filed.of_enterprise(application_id, current_user.organisation_id), PressForm()
    if form.validate_on_submit():
        actor_id, enterprise_id = current_user.id, current_user.organisation_id
        if carried_out(form, lambda: applications.withdraw(application_id, enterprise_id, actor_id=actor_id)):
            flash(_("申领 %(number)s 已撤回。", number=row.number), "success")
            return redirect(url_for("vouchers.application", application_id=application_id))
    return render_template("vouchers/withdraw.html", row=row, form=form), form.status


@bp.post("/my/applications/<uuid:application_id>/appeal")
@requires("vouchers.apply")
def appeal(application_id: UUID) -> ResponseReturnValue:
    row, form = filed.of_enterprise(application_id, current_user.organisation_id), AppealForm()
    if form.validate_on_submit():
        actor_id, enterprise_id, text = current_user.id, current_user.organisation_id, str(form.appeal.data)
        if carried_out(form, lambda: applications.appeal(application_id, enterprise_id, text, actor_id=actor_id, now=clock.now())):
            flash(_("申诉已提交，将由另一位审核人员答复。"), "success")
            return redirect(url_for("vouchers.application", application_id=application_id))
    return _own_page(row, form)


@bp.get("/my/applications/<uuid:application_id>/receipt")
@requires("vouchers.apply")
def receipt(application_id: UUID) -> ResponseReturnValue:
    row = filed.of_enterprise(application_id, current_user.organisation_id)
    address = public_url("vouchers.check_receipt", number=row.number)
    return render_template("vouchers/receipt.html", row=row, firm=current_user.organisation_name, qr=qr_code(address), address=address)
