"""One's own account and notices, and the colleagues of one's own organisation."""

from uuid import UUID

from flask import flash, redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries, service
from marketplace.identity.forms import AccountForm, BureauContactForm, ColleagueForm, PasswordForm, UserStateForm
from marketplace.identity.models import BureauContact, User, UserFacts, UserState
from marketplace.identity.roles import COLLEAGUE_ROLES, Role
from marketplace.identity.views.blueprint import bp
from marketplace.identity.views.passwords import delivery, how_it_travels
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import NotFound
from marketplace.notices import queries as notice_queries
from marketplace.notices import service as notices
from marketplace.web.access import requires
from marketplace.web.forms import MarketplaceForm, carried_out
from marketplace.web.views import safe_next


@bp.route("/account", methods=["GET", "POST"])
@requires("account.own")
def account() -> ResponseReturnValue:
    user_id = current_user.id
    user = queries.user(user_id)
    form = AccountForm(data={"name": user.name, "phone": user.phone, "email": user.email, "locale": user.locale or "zh"})
    if form.validate_on_submit():
        values = {"name": form.name.data, "phone": form.phone.data or "", "email": form.email.data or "", "locale": form.locale.data}
        in_transaction(lambda: service.change_account(user_id, **values))
        session["locale"] = form.locale.data
        flash(_("账号资料已保存。"), "success")
        return redirect(url_for("identity.account"))
    grants = [(g.role.label, g.area_code) for g in user.grants]
    organisation = queries.organisation(current_user.organisation_id)
    return render_template("identity/account.html", form=form, user=user, organisation=organisation, grants=grants), form.status


@bp.route("/account/bureau", methods=["GET", "POST"])
@requires("bureau.contact")
def bureau() -> ResponseReturnValue:
    """The phone of one's own bureau, which everybody in its area sees."""
    own_id, actor_id = current_user.organisation_id, current_user.id
    own = queries.organisation(own_id)
    names = ("contact_name", "contact_phone", "contact_hours", "oversight_phone")
    form = BureauContactForm(data={name: getattr(own, name) for name in names})
    if form.validate_on_submit():
        said = BureauContact(*(form[name].data or "" for name in names))
        if carried_out(form, lambda: service.change_contact(own_id, said, actor_id=actor_id)):
            flash(_("对外联系方式已保存，本地区的页面底部会显示。"), "success")
            return redirect(url_for("identity.account"))
    return render_template("identity/bureau.html", form=form, organisation=own), form.status


@bp.route("/account/password", methods=["GET", "POST"])
@requires("account.own")
def password() -> ResponseReturnValue:
    form = PasswordForm()
    if form.validate_on_submit():
        user_id, token = current_user.id, current_user.token
        values = {"old": form.old_password.data, "new": form.password.data, "keep_token": token}
        if carried_out(
            form, lambda: service.change_password(user_id, now=clock.now(), **values), _("密码已修改，其他设备上的登录已退出。")
        ):
            return redirect(url_for("web.root") if current_user.must_change_password else url_for("identity.account"))
    return render_template("identity/password.html", form=form), form.status


@bp.get("/notices")
@requires("notices.own")
def messages() -> ResponseReturnValue:
    return render_template("identity/messages.html", messages=notice_queries.of_user(current_user.id))


@bp.post("/notices/read")
@requires("notices.own")
def messages_read() -> ResponseReturnValue:
    user_id = current_user.id
    if MarketplaceForm().validate_on_submit():
        in_transaction(lambda: notices.mark_read(user_id, now=clock.now()))
    return redirect(url_for("identity.messages"))


@bp.post("/notices/<uuid:notice_id>/open")
@requires("notices.own")
def message_open(notice_id: UUID) -> ResponseReturnValue:
    """Mark one message read and go where it points."""
    user_id = current_user.id
    message = next((n for n in notice_queries.of_user(user_id) if n.id == notice_id), None)
    if message is None:
        raise NotFound
    target = safe_next(message.url, url_for("identity.messages"))
    if MarketplaceForm().validate_on_submit():
        in_transaction(lambda: notices.mark_read(user_id, now=clock.now(), notice_id=notice_id))
    return redirect(target)


@bp.get("/colleagues")
@requires("users.manage_own")
def colleagues() -> ResponseReturnValue:
    return render_template("identity/colleagues.html", users=people(queries.users_of(current_user.organisation_id)))


def people(users: list[User]) -> list[dict[str, object]]:
    """Users as the tables of people show them."""
    return [
        {
            "id": user.id,
            "name": user.name,
            "login": user.login,
            "phone": user.phone,
            "roles": "、".join(_(role.label) for role in dict.fromkeys(g.role for g in user.grants)) or _("尚未授权"),
            "state": user.state.label,
            "is_active": user.is_active,
            "is_self": user.id == current_user.id,
        }
        for user in users
    ]


@bp.route("/colleagues/new", methods=["GET", "POST"])
@requires("users.manage_own")
def add_colleague() -> ResponseReturnValue:
    form = ColleagueForm()
    held = current_user.roles & COLLEAGUE_ROLES
    form.offer(held)
    if form.validate_on_submit():
        actor_id, key, who, how = current_user.id, form.key(), UserFacts(**form.values()), delivery()
        roles = [Role(role) for role in form.roles.data or []]
        if done := carried_out(
            form,
            lambda: service.add_colleague(roles, who, actor_id=actor_id, delivery=how, request_key=key, now=clock.now()),
        ):
            flash(_("已添加 %(name)s。%(next)s", name=form.name.data, next=how_it_travels(done.answer)), "success")
            return redirect(url_for("identity.colleagues"))
    return render_template("identity/add_colleague.html", form=form, held=held), form.status


@bp.route("/colleagues/<uuid:user_id>/state", methods=["GET", "POST"])
@requires("users.manage_own")
def colleague_state(user_id: UUID) -> ResponseReturnValue:
    user = queries.user_of(user_id, current_user.organisation_id)
    return switch_state(user, url_for("identity.colleague_state", user_id=user_id), url_for("identity.colleagues"))


def switch_state(user: User, action: str, back: str) -> ResponseReturnValue:
    """Stop an active user, let a stopped one in again: with a reason, which the user reads."""
    user_id, actor_id, name = user.id, current_user.id, user.name
    wanted = UserState.SUSPENDED if user.is_active else UserState.ACTIVE
    form = UserStateForm()
    if form.validate_on_submit():
        reason = form.reason.data
        if carried_out(form, lambda: service.set_user_state(user_id, wanted, reason=reason, actor_id=actor_id, now=clock.now())):
            stopped = wanted is UserState.SUSPENDED
            flash(_("%(name)s 的账号已停用。", name=name) if stopped else _("%(name)s 的账号已恢复。", name=name), "success")
            return redirect(back)
    return render_template("identity/switch_state.html", form=form, user=user, action=action, back=back), form.status
