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
from marketplace.policy import queries as policy
from marketplace.policy.programme_decisions import Rate
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AllocationMode
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.forms import AppealForm, ApplyForm, PressForm
from marketplace.vouchers.instruments import STRATEGIES
from marketplace.vouchers.lifecycle import APPLICATION
from marketplace.vouchers.models import Application, Round
from marketplace.vouchers.queries import applications as filed
from marketplace.vouchers.queries import programmes
from marketplace.vouchers.queries import wallet as purse
from marketplace.vouchers.queries.facts import facts_of
from marketplace.vouchers.queries.spending import of_enterprise, spec_of
from marketplace.vouchers.rules import amounts, eligibility
from marketplace.vouchers.rules.states import SPENDABLE, WITHOUT_APPLICATION, ApplicationState, RoundState, Side
from marketplace.vouchers.service import appeal_terms, applications, holdings
from marketplace.vouchers.service.issuing import limits_left
from marketplace.vouchers.views.common import application_steps, bp, note
from marketplace.web.access import requires
from marketplace.web.addresses import public_url
from marketplace.web.formats import yuan
from marketplace.web.forms import carried_out
from marketplace.web.qr import qr_code

ELSEWHERE = frozenset({"region", "area"})


@bp.get("/wallet")
@requires("vouchers.own")
def wallet() -> ResponseReturnValue:
    today, enterprise_id = clock.today(), current_user.organisation_id
    found = purse.holdings(enterprise_id, today)
    have = {one.voucher.round_id for one in found}
    mine = filed.mine(enterprise_id)
    applied = {row.round_id for row in mine}
    offers = [
        row for row in programmes.open_rounds([RoundState.APPLYING], real_only=True) if row.id not in applied | have and _is_here(row)
    ]
    return render_template(
        "vouchers/wallet.html", holdings=found, totals=purse.totals(found), offers=[(row, _why_not(row)) for row in offers],
        applications=mine[:5], coming=_coming(have),
    )  # fmt: skip


def _is_here(row: Round) -> bool:
    """Whether the firm lies where the programme and the round are: what others may have elsewhere is no news for it."""
    spec = spec_of(row.version_id)
    results = eligibility.check_eligibility(spec, facts_of(current_user.organisation_id, clock.today()), (row.area_code,))
    return not any(one.rule in ELSEWHERE and one.verdict is eligibility.Eligibility.UNMET for one in results)


def _why_not(row: Round) -> str:
    """Why the firm cannot apply in a round; nothing if it can."""
    spec = spec_of(row.version_id)
    results = eligibility.check_eligibility(spec, facts_of(current_user.organisation_id, clock.today()), (row.area_code,))
    try:
        applications.check_may_apply(spec, results)
    except RuleViolation as refusal:
        return said(refusal)
    return ""


def _coming(have: set[UUID]) -> list[tuple[Round, list[eligibility.RuleResult]]]:
    """Rounds whose quota appears by itself and has not: which rules are in the way."""
    facts = facts_of(current_user.organisation_id, clock.today())
    found = []
    for row in programmes.open_rounds([RoundState.IN_USE], real_only=True):
        spec = spec_of(row.version_id)
        if row.id not in have and spec.allocation.mode.value in WITHOUT_APPLICATION and _is_here(row):
            results = eligibility.check_eligibility(spec, facts, (row.area_code,))
            found.append((row, [one for one in results if one.verdict is not eligibility.Eligibility.MET]))
    return found


@bp.get("/wallet/<uuid:voucher_id>")
@requires("vouchers.own")
def voucher(voucher_id: UUID) -> ResponseReturnValue:
    row = of_enterprise(voucher_id, current_user.organisation_id)
    spec = spec_of(row.round.version_id)
    caps = [cap for cap in spec.caps if not cap.classes or row.class_key in cap.classes]
    today = clock.today()
    capped = purse.used_caps([row], today).get(row.id)
    return render_template(
        "vouchers/voucher.html", row=row, holding=purse.holding(row, today, capped), story=purse.story(row), spec=spec,
        rates=_rates(spec, row.class_key),
        caps=caps, may_give_back=row.state in SPENDABLE, class_label=spec.firm_class(row.class_key).label,
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
        if carried_out(form, lambda: holdings.give_back(voucher_id, enterprise_id, actor_id=actor_id, today=clock.today())):
            flash(_("服务券 %(number)s 的余额已退回，谢谢您让给其他企业。", number=row.number), "success")
            return redirect(url_for("vouchers.voucher", voucher_id=voucher_id))
    return render_template("vouchers/give_back.html", row=row, form=form, left_fen=purse.standing_of(row).left_fen), form.status


@bp.route("/rounds/<uuid:round_id>/apply", methods=["GET", "POST"])
@requires("vouchers.apply")
def apply(round_id: UUID) -> ResponseReturnValue:
    row = by_id(Round, round_id)
    known = filed.in_round(round_id, current_user.organisation_id)
    if row.state is RoundState.DRAFT:
        raise NotFound
    if known is not None and known.state is not ApplicationState.RETURNED and request.method == "GET":
        return redirect(url_for("vouchers.application", application_id=known.id))
    form = _apply_form(row, known)
    key = form.key()
    if form.validate_on_submit() and (done := carried_out(form, lambda: _submit(by_id(Round, round_id), form, key))):
        flash(_("申领已提交，受理号 %(number)s。", number=done.answer.number), "success")
        return redirect(url_for("vouchers.application", application_id=done.answer.id))
    return _apply_page(row, form, known)


def _apply_form(row: Round, known: Application | None) -> ApplyForm:
    form = ApplyForm()
    spec = spec_of(row.version_id)
    mine = eligibility.class_of(spec, facts_of(current_user.organisation_id, clock.today()))
    faces = amounts.faces_fen(spec, mine.name) if mine else ()
    form.face.choices = [(str(face), _("%(amount)s 元", amount=yuan(face))) for face in faces]
    if faces and not form.face.data:
        form.face.data = str(faces[0])
    if known is not None and not form.is_submitted():
        form.plan.data, form.requested.data, form.face.data = known.plan, Fen(known.requested_fen), str(known.requested_fen)
    return form


def _submit(row: Round, form: ApplyForm, key: UUID) -> Application:
    """Raises: DomainError."""
    is_face = STRATEGIES[spec_of(row.version_id).instrument.value].in_faces
    asked = form.face.data if is_face else form.requested.data
    if not asked:
        raise RuleViolation(N_("请填写申领金额。"), field="face" if is_face else "requested")
    amount = typed.number(asked)
    if amount is None:
        raise RuleViolation(N_("请选择已有的面额。"), field="face")
    wish = applications.Wish(requested_fen=Fen(amount), plan=str(form.plan.data))
    enterprise_id, actor_id = current_user.organisation_id, current_user.id
    return applications.apply(row.id, enterprise_id, wish, actor_id=actor_id, request_key=key, now=clock.now(), today=clock.today())


def _apply_page(row: Round, form: ApplyForm, known: Application | None) -> ResponseReturnValue:
    spec, today, enterprise_id = spec_of(row.version_id), clock.today(), current_user.organisation_id
    facts = facts_of(enterprise_id, today)
    results = eligibility.check_eligibility(spec, facts, (row.area_code,))
    mine = eligibility.class_of(spec, facts)
    most = _most(row, mine.name) if mine else None
    belongs = {one.name for one in eligibility.classes_of(spec, facts)}
    return render_template(
        "vouchers/apply.html", row=row, form=form, known=known, spec=spec, results=results, mine=mine, most_fen=most,
        overall=eligibility.overall(results), why_not=_why_not(row), is_face=STRATEGIES[spec.instrument.value].in_faces,
        is_queued=spec.allocation.mode.value is not AllocationMode.REVIEW,
        priority=next((one.label for one in spec.classes if one.name in spec.allocation.priority and one.name in belongs), ""),
        results_due=filed.results_due(row, policy.working_calendar()),
    ), form.status  # fmt: skip


def _most(row: Round, class_key: str) -> int:
    """The most the firm may ask for now."""
    spec = spec_of(row.version_id)
    left = limits_left(spec, row, current_user.organisation_id, class_key, clock.today())[1]
    quota = amounts.quota_fen(spec, class_key)
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
    calendar, today = policy.working_calendar(), clock.today()
    is_open = row.state in filed.OPEN
    last = appeal_terms.last_day(row)
    may_appeal = row.state is ApplicationState.REFUSED and row.appealed_at is None and last is not None and today <= last
    return render_template(
        "vouchers/application.html", row=row, form=form, steps=application_steps(row), due=filed.due_of(row, calendar) if is_open else None,
        days=filed.days_left(row, calendar, today) if is_open else None, may_appeal=may_appeal, appeal_until=last,
        may_withdraw=row.state in APPLICATION.move("withdraw").by[Side.FIRM],
        voucher=purse.of_application(row.id), history=presenter.history(row.id, [APPLICATION], note),
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
        if carried_out(
            form, lambda: applications.appeal(application_id, enterprise_id, text, actor_id=actor_id, now=clock.now(), today=clock.today())
        ):
            flash(_("申诉已提交，将由另一位审核人员答复。"), "success")
            return redirect(url_for("vouchers.application", application_id=application_id))
    return _own_page(row, form)


@bp.get("/my/applications/<uuid:application_id>/receipt")
@requires("vouchers.apply")
def receipt(application_id: UUID) -> ResponseReturnValue:
    row = filed.of_enterprise(application_id, current_user.organisation_id)
    address = public_url("vouchers.check_receipt", number=row.number)
    return render_template("vouchers/receipt.html", row=row, firm=current_user.organisation_name, qr=qr_code(address), address=address)
