"""The way in: sign in, sign out, register."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, logout_user

from marketplace.identity import choices, queries, service
from marketplace.identity.forms import RegisterForm, SignInForm
from marketplace.identity.lifecycle import OrganisationState
from marketplace.identity.models import OrganisationFacts, User, UserFacts
from marketplace.identity.roles import Role
from marketplace.identity.service import sessions
from marketplace.identity.sign_in import remember
from marketplace.identity.views.blueprint import bp
from marketplace.kernel import clock
from marketplace.kernel.commands import Command, begin
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import N_, DomainError, RuleViolation
from marketplace.web.access import public, requires
from marketplace.web.forms import MarketplaceForm
from marketplace.web.views import safe_next


def open_session(login: str, password: str) -> None:
    """Check the password and open a session, or count the failure. Raises: Throttled, WrongPassword."""
    login, address, now = login.strip().lower(), request.remote_addr or "", clock.now()
    sessions.check_throttle(login, address, now=now)
    try:
        user = sessions.check_password(login, password)
    except sessions.WrongPassword:
        known = sessions.find_user(login)
        known_id = known.id if known else None
        in_transaction(lambda: sessions.note_failure(login, address, known_id, now=now))
        raise
    user_id = user.id
    token = in_transaction(lambda: sessions.sign_in(user_id, login, now=now, address=address))
    kept = {name: session[name] for name in ("locale",) if name in session}
    session.clear()  # nothing of the visitor's session survives
    session.update(kept)
    remember(token)


def _demo_accounts() -> list[dict[str, str]]:
    """The accounts the demo made, to sign in by one click; empty outside a demo."""
    path = Path(current_app.config["INSTANCE"]) / "demo_accounts.json"
    if not current_app.config["DEMO"] or not path.exists():
        return []
    found: list[dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    return found


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    after = safe_next(request.args.get("next"), url_for("web.root"))
    if current_user.is_authenticated and request.method == "GET":
        return redirect(after)
    form = SignInForm()
    if form.validate_on_submit():
        try:
            open_session(form.login.data, form.password.data)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            return redirect(after)
    return render_template("identity/sign_in.html", form=form, accounts=_demo_accounts()), form.status


@bp.post("/sign-out")
@requires("account.own")
def sign_out() -> ResponseReturnValue:
    if MarketplaceForm().validate_on_submit():
        token, user_id = current_user.token, current_user.id
        in_transaction(lambda: sessions.sign_out(token, user_id, now=clock.now()))
        logout_user()
        session.clear()
        flash(_("您已退出登录。"), "success")
    return redirect(url_for("identity.sign_in"))


@bp.route("/register", methods=["GET", "POST"])
@public
def register() -> ResponseReturnValue:
    form = RegisterForm()
    form.region_code.choices = {_("请选择"): [("", _("请选择"))], **choices.counties(current_app.config["SERVED_AREAS"])}
    if form.validate_on_submit():
        try:
            _check_register(form)
            values = _values(form)
            in_transaction(lambda: _register(**values))
            open_session(form.login.data, form.password.data)
        except DomainError as refusal:
            form.refuse(refusal)
        else:
            flash(_("注册成功。请补充单位资料并提交核实，核实后就可以办理业务。"), "success")
            return redirect(_after_registering(as_sme=form.as_sme.data))
    return render_template("identity/register.html", form=form), form.status


def _check_register(form: RegisterForm) -> None:
    if not (form.as_sme.data or form.as_provider.data):
        raise RuleViolation(N_("请至少选择一种身份，可以两种都选。"), field="as_sme")


def _values(form: RegisterForm) -> dict[str, Any]:
    facts = OrganisationFacts(
        uscc=form.uscc.data,
        name=form.name.data,
        region_code=form.region_code.data,
        contact_name=form.user_name.data,
        contact_phone=form.phone.data,
    )
    who = UserFacts(form.login.data, form.user_name.data, form.phone.data, form.email.data or "")
    roles = [role for role, wanted in ((Role.SME, form.as_sme.data), (Role.PROVIDER, form.as_provider.data)) if wanted]
    return {"facts": facts, "who": who, "password": form.password.data, "roles": roles, "key": form.key()}


def _register(facts: OrganisationFacts, who: UserFacts, password: str, roles: list[Role], key: UUID) -> User:
    """The organisation, its first user and the user's roles, together or not at all."""
    now, content = clock.now(), {"facts": facts, "roles": roles, **asdict(who)}
    if not begin(Command(key, "organisation.registered", None, key, content), now=now):
        return queries.user(key)
    organisation = service.register_organisation(facts, actor_id=None, state=OrganisationState.DRAFT)
    row = service.add_user(organisation.id, who, actor_id=None, password=password, user_id=key)
    for role in roles:
        service.grant(row.id, role, actor_id=None, now=now)
    return row


def _after_registering(*, as_sme: bool) -> str:
    """Where the profile is completed; a provider that is no SME has its own page."""
    wanted = "enterprises.own" if as_sme else "catalogue.own"
    return url_for(wanted if wanted in current_app.view_functions else "identity.account")
