"""All users, for the system administrator; all grants, for the security administrator. Neither can do the other's work."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.identity import queries, regions, service
from marketplace.identity.forms import AuthorityForm, GrantForm, NewUserForm
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import Organisation, OrganisationFacts, PasswordCode, UserFacts
from marketplace.identity.roles import Role
from marketplace.identity.uscc import check_uscc
from marketplace.identity.views.account import switch_state
from marketplace.identity.views.blueprint import bp
from marketplace.identity.views.passwords import delivery, how_it_travels
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import N_, RuleViolation
from marketplace.web.access import requires
from marketplace.web.forms import MarketplaceForm, carried_out, choices
from marketplace.web.paging import paged


def _role_asked() -> Role | None:
    asked = request.args.get("role", "")
    return Role(asked) if asked in set(Role) else None


@bp.get("/users")
@requires("users.manage")
def users() -> ResponseReturnValue:
    page = paged(queries.users_matching(request.args.get("q", ""), _role_asked()))
    return render_template("identity/users.html", page=page, roles=choices(Role))


@bp.route("/users/new", methods=["GET", "POST"])
@requires("users.manage")
def add_user() -> ResponseReturnValue:
    form = NewUserForm()
    if form.validate_on_submit():
        who, actor_id, key, how = UserFacts(**form.values()), current_user.id, form.key(), delivery()

        def work() -> PasswordCode:
            organisation = queries.by_uscc(check_uscc(form.uscc.data))
            if organisation is None:
                raise RuleViolation(N_("平台上没有这个信用代码的单位。主管部门请先新增单位，企业和服务机构请先注册或导入。"), field="uscc")
            return service.add_invited(organisation.id, who, actor_id=actor_id, delivery=how, request_key=key, now=clock.now())

        if done := carried_out(form, work):
            flash(_("已添加 %(name)s，角色须由安全管理员授予。%(next)s", name=form.name.data, next=how_it_travels(done.answer)), "success")
            return redirect(url_for("identity.users", q=form.login.data))
    return render_template("identity/add_user.html", form=form), form.status


@bp.route("/users/authority", methods=["GET", "POST"])
@requires("users.manage")
def add_authority() -> ResponseReturnValue:
    form = AuthorityForm()
    if form.validate_on_submit():
        actor_id, key, form.called = current_user.id, form.key(), {"region_code": "place"}

        def work() -> Organisation:
            facts = OrganisationFacts(uscc=form.uscc.data, name=form.name.data, region_code=regions.find(form.place.data).code)
            return service.register_organisation(
                facts, actor_id=actor_id, is_authority=True, state=OrganisationState.VERIFIED, request_key=key
            )

        if carried_out(form, work):
            flash(_("已新增单位 %(name)s，可以为它添加用户了。", name=form.name.data), "success")
            return redirect(url_for("identity.add_user"))
    return render_template("identity/add_authority.html", form=form), form.status


@bp.route("/users/<uuid:user_id>/state", methods=["GET", "POST"])
@requires("users.manage")
def user_state(user_id: UUID) -> ResponseReturnValue:
    user = queries.user(user_id)
    return switch_state(user, url_for("identity.user_state", user_id=user_id), url_for("identity.users", q=user.login))


@bp.get("/grants")
@requires("roles.grant")
def grants() -> ResponseReturnValue:
    page = paged(queries.users_matching(request.args.get("q", ""), _role_asked()))
    return render_template("identity/grants.html", page=page, roles=choices(Role))


@bp.route("/grants/<uuid:user_id>", methods=["GET", "POST"])
@requires("roles.grant")
def grants_of(user_id: UUID) -> ResponseReturnValue:
    user = queries.user(user_id)
    form = GrantForm()
    form.offer(g.role for g in user.grants)
    if form.validate_on_submit() and form.role.data in set(Role):
        role, actor_id, form.called = Role(form.role.data), current_user.id, {"area_code": "area", "region_code": "area"}

        def work() -> None:
            area = regions.find(form.area.data).code if form.area.data else None
            service.grant(user_id, role, area_code=area, actor_id=actor_id, now=clock.now())

        if carried_out(form, work):
            flash(_("已授予“%(role)s”。该用户须重新登录。", role=_(role.label)), "success")
            return redirect(url_for("identity.grants_of", user_id=user_id))
    held = [{"role": g.role, "label": g.role.label, "area": g.area_code, "at": g.created_at} for g in user.grants]
    return render_template("identity/grants_of.html", user=user, form=form, held=held), form.status


@bp.post("/grants/<uuid:user_id>/revoke")
@requires("roles.grant")
def revoke_role(user_id: UUID) -> ResponseReturnValue:
    user = queries.user(user_id)
    asked, area, actor_id = request.form.get("role", ""), request.form.get("area") or None, current_user.id
    if asked in set(Role) and MarketplaceForm().validate_on_submit():
        in_transaction(lambda: service.revoke(user.id, Role(asked), area_code=area, actor_id=actor_id, now=clock.now()))
        flash(_("已收回“%(role)s”。该用户须重新登录。", role=_(Role(asked).label)), "success")
    return redirect(url_for("identity.grants_of", user_id=user_id))
