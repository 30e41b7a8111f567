"""Shapes of what overseers send."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from marketplace.risk.models import SignalState
from marketplace.web.forms import CommandForm, MarketplaceForm, at_most, required
from marketplace.web.select_fields import RadioField


class VerifyForm(CommandForm):
    """Start a verification."""


class CloseForm(MarketplaceForm):
    """What a signal came to."""

    verdict = RadioField(
        _l("核查结论"),
        validators=[required(_l("请选择核查结论。"))],
        choices=[
            (SignalState.EXPLAINED.value, _l("情况正常，已有合理说明")),
            (SignalState.CONFIRMED.value, _l("情况属实，转入处理")),
        ],
    )
    answer = TextAreaField(_l("核查经过和依据"), validators=[required(_l("请写明核查经过和依据。")), at_most(1000)])
