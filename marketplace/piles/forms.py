"""Shape of what is asked of a list."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from marketplace.web.forms import CommandForm, at_most


class PileForm(CommandForm):
    """Decide on what was listed."""

    reason = TextAreaField(_l("理由"), validators=[at_most(1000)])
