"""Flask extensions, made once and bound in create_app()."""

from flask import request, session
from flask_babel import Babel
from flask_bootstrap import Bootstrap5
from flask_login import LoginManager, current_user
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

LOCALES = {"zh": "zh_Hans_CN", "en": "en"}

babel = Babel()
bootstrap = Bootstrap5()
csrf = CSRFProtect()
login_manager = LoginManager()
migrate = Migrate()


def choose_locale() -> str:
    """What the user chose, else Chinese. Locale.negotiate answers "en" to zh-CN browsers, so it is not asked."""
    if not request:
        return LOCALES["zh"]
    chosen = session.get("locale") or (getattr(current_user, "locale", None) if current_user.is_authenticated else None)
    return LOCALES.get(str(chosen), LOCALES["zh"])
