"""Shape of what is typed about the choice of providers for a round."""

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import NumberRange

from marketplace.web.forms import CommandForm, ShownForm, WholeField, YuanField, at_most, required


class BidForm(CommandForm):
    """What a provider offers."""

    plan = TextAreaField(_l("服务内容和价格"), validators=[required(), at_most(1_000)])


class WithdrawBidForm(CommandForm):
    """A provider takes its bid back: nothing but the button."""


class ScoreBidForm(ShownForm):
    """How good an offer is, and why."""

    points = WholeField(_l("评分（0 到 100）"), validators=[required(), NumberRange(0, 100)])
    opinion = TextAreaField(_l("评分理由"), validators=[required(), at_most(500)])


class ConcludeForm(CommandForm):
    """What each provider that is chosen may be drawn on."""

    amount = YuanField(_l("每家选定机构的额度"), validators=[required()])


class AllotmentForm(ShownForm):
    """Another allotment, with the reason."""

    amount = YuanField(_l("新的额度"), validators=[required()])
    reason = TextAreaField(_l("调整的原因"), validators=[required(), at_most(300)])


class EndBidForm(ShownForm):
    """A provider is chosen no longer, with the reason."""

    reason = TextAreaField(_l("终止的原因"), validators=[required(), at_most(300)])
