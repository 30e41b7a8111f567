"""How a password comes to its owner: asking, confirming, printing, setting. Nobody types another's password on any of these pages."""

from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries
from marketplace.identity.forms import AskPasswordForm, ForgottenForm, RefusePasswordForm, SetPasswordForm
from marketplace.identity.models import Channel, CodeState, PasswordCode, Purpose
from marketplace.identity.service import credentials, sessions
from marketplace.identity.service.credentials import Delivery
from marketplace.identity.views.blueprint import bp
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import RuleViolation
from marketplace.web.access import public, requires
from marketplace.web.addresses import public_url
from marketplace.web.forms import CommandForm, MarketplaceForm, carried_out, once
from marketplace.web.paging import paged
from marketplace.web.qr import qr_code


def delivery() -> Delivery:
    """How codes travel here, as the settings say."""
    config = current_app.config
    return Delivery(public_url("identity.set_password"), config["PASSWORD_CODE_HOURS"], bool(config["MAIL_SERVER"]))


def how_it_travels(row: PasswordCode) -> str:
    """What whoever added or asked for a user reads: nobody is told a password."""
    if row.state is CodeState.WAITING:
        return _("须由另一位管理员确认后，本人才能设置密码。")
    if row.channel is Channel.MAIL:
        return _("设置密码的邮件已发往本人邮箱。")
    return _("请系统管理员打印密码设置单，密封后当面交给本人。")


@bp.route("/password/forgotten", methods=["GET", "POST"])
@public
def forgotten_password() -> ResponseReturnValue:
    form = ForgottenForm()
    mails = bool(current_app.config["MAIL_SERVER"])
    if form.validate_on_submit():
        login, address, now, how = form.login.data.strip().lower(), request.remote_addr or "", clock.now(), delivery()
        bucket = f"forgotten:{login}"[:60]
        if carried_out(
            form,
            lambda _ok: credentials.forgotten(login, bucket=bucket, delivery=how, now=now, address=address),
            _("如果这个用户名登记了邮箱，设置密码的邮件会发到该邮箱。没有收到的，请联系系统管理员打印密码设置单。"),
            before=lambda: sessions.check_throttle(bucket, address, now=now),
        ):
            return redirect(url_for("identity.set_password"))
    return render_template("identity/forgotten_password.html", form=form, mails=mails), form.status


@bp.route("/password/set", methods=["GET", "POST"])
@public
def set_password() -> ResponseReturnValue:
    form = SetPasswordForm()
    if form.validate_on_submit():
        try:
            _set_by_code(form.login.data, form.code.data, form.password.data)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("密码已设置，请登录。"), "success")
            return redirect(url_for("identity.sign_in"))
    return render_template("identity/set_password.html", form=form), form.status


def _set_by_code(typed_login: str, code: str, new: str) -> None:
    """Check the code and set the password, or count the failure. Raises: Throttled, WrongCode."""
    login, address, now = typed_login.strip().lower(), request.remote_addr or "", clock.now()
    bucket = f"code:{login}"[:60]  # of its own: wrong codes keep nobody from signing in
    sessions.check_throttle(bucket, address, now=now)
    try:
        in_transaction(lambda: credentials.set_by_code(login, code, new=new, now=now, address=address))
    except credentials.WrongCode:
        known = sessions.find_user(login)
        known_id = known.id if known else None
        in_transaction(lambda: sessions.note_failure(bucket, address, known_id, now=now, action="user.password_code_failed"))
        raise


@bp.route("/users/<uuid:user_id>/password", methods=["GET", "POST"])
@requires("users.manage")
def user_password(user_id: UUID) -> ResponseReturnValue:
    """An administrator asks for a new way in; what becomes of it stands on the request's page."""
    user = queries.user(user_id)
    form = AskPasswordForm()
    mails = bool(user.email and current_app.config["MAIL_SERVER"])
    if form.validate_on_submit():
        reason, actor_id, on_paper, how = form.reason.data, current_user.id, not mails or form.channel.data == Channel.SLIP, delivery()
        if done := carried_out(
            form, lambda: credentials.ask(user_id, reason=reason, actor_id=actor_id, delivery=how, on_paper=on_paper, now=clock.now())
        ):
            flash(how_it_travels(done.answer), "success")
            return redirect(url_for("identity.password_request", code_id=done.answer.id))
    second = credentials.needs_second(user)
    return render_template("identity/ask_password.html", form=form, user=user, mails=mails, second=second), form.status


@bp.get("/password-requests")
@requires("passwords.confirm")
def password_requests() -> ResponseReturnValue:
    view = request.args.get("view", "open")
    me = current_user.id
    asked = {"mine": {"second_id": me}, "print": {"printer_id": me}}.get(view, {})
    page = paged(queries.password_requests(open_only=view != "all", **asked))
    return render_template("identity/password_requests.html", page=page, view=view)


@bp.get("/password-requests/<uuid:code_id>")
@requires("passwords.confirm")
def password_request(code_id: UUID) -> ResponseReturnValue:
    return _shown(queries.password_request(code_id), RefusePasswordForm())


def _shown(row: PasswordCode, form: RefusePasswordForm) -> ResponseReturnValue:
    mine, me = row.user_id == current_user.id, current_user.id
    printable = row.channel is Channel.SLIP and row.state in {CodeState.READY, CodeState.ISSUED}
    page = render_template(
        "identity/password_request.html", row=row, form=form,
        names=queries.names_of([row.requested_by, row.confirmed_by, row.printed_by]),
        may_confirm=row.state is CodeState.WAITING and not mine and row.requested_by != me,
        may_refuse=row.live_user_id is not None and not mine,
        may_print=printable and not mine and current_user.can("users.manage"),
    )  # fmt: skip
    return page, form.status


@bp.post("/password-requests/<uuid:code_id>/confirm")
@requires("passwords.confirm")
def confirm_password(code_id: UUID) -> ResponseReturnValue:
    row, actor_id, how = queries.password_request(code_id), current_user.id, delivery()
    if CommandForm().validate_on_submit():
        in_transaction(once(lambda: credentials.confirm(code_id, actor_id=actor_id, delivery=how, now=clock.now())))
        flash(_("已确认。%(next)s", next=how_it_travels(row)), "success")
    return redirect(url_for("identity.password_request", code_id=code_id))


@bp.post("/password-requests/<uuid:code_id>/refuse")
@requires("passwords.confirm")
def refuse_password(code_id: UUID) -> ResponseReturnValue:
    row = queries.password_request(code_id)
    form = RefusePasswordForm()
    if form.validate_on_submit():
        answer, actor_id = form.answer.data, current_user.id
        if carried_out(form, lambda: credentials.refuse(code_id, answer=answer, actor_id=actor_id, now=clock.now())):
            flash(_("已记录：不予确认。本人和申请人会收到通知。"), "success")
            return redirect(url_for("identity.password_request", code_id=code_id))
    return _shown(row, form)


@bp.post("/password-requests/<uuid:code_id>/slip")
@requires("users.manage")
def password_slip(code_id: UUID) -> ResponseReturnValue:
    """The slip is the answer to this one request: nobody opens it again. A slip that was lost is replaced by a new code."""
    queries.password_request(code_id)
    actor_id, hours, page = current_user.id, current_app.config["PASSWORD_CODE_HOURS"], public_url("identity.set_password")
    if not MarketplaceForm().validate_on_submit():
        return redirect(url_for("identity.password_request", code_id=code_id))
    row, code = in_transaction(lambda: credentials.print_slip(code_id, actor_id=actor_id, hours=hours, now=clock.now()))
    new = row.purpose is Purpose.INVITED
    return render_template("identity/password_slip.html", row=row, code=code, page=page, qr=qr_code(page), is_new=new)
