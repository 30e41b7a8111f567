"""Sign in and out, one's own account and notices."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, logout_user

from marketplace.identity import service, sessions
from marketplace.identity.forms import PasswordForm, SignInForm, SignOutForm
from marketplace.identity.sign_in import remember
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.notices import queries as notice_queries
from marketplace.notices import service as notices
from marketplace.web.access import public, requires
from marketplace.web.views import safe_next

bp = Blueprint("identity", __name__)


def _open_session(login: str, password: str) -> None:
    """Check the password and open a session, or count the failure. Raises: Throttled, WrongPassword."""
    address, now = request.remote_addr or "", clock.now()
    sessions.check_throttle(login, address, now=now)
    try:
        user = sessions.check_password(login, password)
    except sessions.WrongPassword:
        known = sessions.find_user(login)
        in_transaction(lambda: sessions.note_failure(login, address, known.id if known else None, now=now))
        raise
    token = in_transaction(lambda: sessions.sign_in(user.id, login, now=now, address=address))
    locale = session.get("locale")
    session.clear()  # nothing of the visitor's session survives
    if locale:
        session["locale"] = locale
    remember(user, token)


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if form.validate_on_submit():
        try:
            _open_session(form.login.data.lower(), form.password.data)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            return redirect(safe_next(request.args.get("next"), url_for("web.root")))
    return render_template("identity/sign_in.html", form=form), form.status


@bp.post("/sign-out")
@requires("account.own")
def sign_out() -> ResponseReturnValue:
    if SignOutForm().validate_on_submit():
        token, user_id = current_user.token, current_user.id
        in_transaction(lambda: sessions.sign_out(token, user_id, now=clock.now()))
        logout_user()
        session.clear()
        flash(_("您已退出登录。"), "success")
    return redirect(url_for("web.root"))


@bp.route("/account/password", methods=["GET", "POST"])
@requires("account.own")
def password() -> ResponseReturnValue:
    form = PasswordForm()
    if form.validate_on_submit():
        user_id, token = current_user.id, current_user.token
        try:
            if form.password.data != form.password_again.data:
                raise RuleViolation(N_("两次输入的新密码不一样。"), field="password_again")
            in_transaction(
                lambda: service.change_password(
                    user_id, old=form.old_password.data, new=form.password.data, keep_token=token, now=clock.now()
                )
            )
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            flash(_("密码已修改，其他设备上的登录已退出。"), "success")
            return redirect(url_for("web.root"))
    return render_template("identity/password.html", form=form), form.status


@bp.get("/notices")
@requires("notices.own")
def notices_page() -> ResponseReturnValue:
    return render_template("identity/notices.html", notices=notice_queries.of_user(current_user.id), form=SignOutForm())


@bp.post("/notices/read")
@requires("notices.own")
def notices_read() -> ResponseReturnValue:
    user_id = current_user.id
    if SignOutForm().validate_on_submit():
        in_transaction(lambda: notices.mark_read(user_id, now=clock.now()))
    return redirect(url_for("identity.notices_page"))
