"""Signing in beside a form that was sent too late: what was typed goes along, and is sent from the page that follows."""

from flask import g, request
from flask.typing import ResponseReturnValue

from marketplace.identity.forms import SignInForm
from marketplace.identity.views.blueprint import bp
from marketplace.identity.views.sign_in import open_session
from marketplace.kernel.errors import RuleViolation
from marketplace.web.access import public
from marketplace.web.interrupted import interrupted
from marketplace.web.views import safe_next


@bp.post("/sign-in/again")
@public
def sign_in_again() -> ResponseReturnValue:
    form, to = SignInForm(), safe_next(request.form.get("to"), "/")
    fields = list(zip(request.form.getlist("kept_name"), request.form.getlist("kept_value"), strict=False))
    if form.validate_on_submit():
        try:
            open_session(form.login.data, form.password.data)
        except RuleViolation as refusal:
            form.refuse(refusal)
        else:
            g.pop("csrf_token", None)  # it belonged to the session that ended
            return interrupted(200, to=to, fields=fields)
    return interrupted(form.status, form=form, to=to, fields=fields)
