"""Who may open what: every endpoint names a permission or is public on purpose."""

from marketplace.identity.roles import PERMISSIONS

# Reviewed by hand: what a stranger may open. A new line here needs a reason in its commit.
PUBLIC_ENDPOINTS = {
    "static",
    "bootstrap.static",
    "identity.register",
    "identity.sign_in",
    "publicity.index",  # notices are for everybody, and so is objecting to them
    "publicity.object_to",
    "publicity.show",
    "web.live",
    "web.ready",
    "web.root",
    "web.set_locale",
    "web.set_text_size",
}


def test_every_endpoint_names_a_permission_or_is_listed_as_public(app):
    unnamed = {name for name, view in app.view_functions.items() if not hasattr(view, "permission")}
    assert unnamed <= PUBLIC_ENDPOINTS, "@requires(…) or @public on the view"
    public = {name for name, view in app.view_functions.items() if getattr(view, "permission", None) is None}
    assert public == PUBLIC_ENDPOINTS


def test_every_permission_asked_for_is_one_a_role_can_carry(app):
    asked = {view.permission for view in app.view_functions.values() if getattr(view, "permission", None)}
    assert asked <= set(PERMISSIONS)
