"""Flask extensions, made once and bound in create_app()."""

from flask import has_request_context, session
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager, current_user
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

from marketplace.kernel.locales import LOCALES, Languages

babel = Languages()
bootstrap = Bootstrap5()
csrf = CSRFProtect()
login_manager = LoginManager()
migrate = Migrate()


def choose_locale() -> str:
    """What the user chose, else Chinese. Locale.negotiate answers "en" to zh-CN browsers, so it is not asked."""
    if not has_request_context():
        return LOCALES["zh"]
    chosen = session.get("locale") or (getattr(current_user, "locale", None) if current_user.is_authenticated else None)
    return LOCALES.get(str(chosen), LOCALES["zh"])
