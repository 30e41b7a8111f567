"""Shape of what is typed about claims and payments."""

from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.settlement.spot_rules import SpotFinding
from marketplace.web.forms import CivilDateField, CommandForm, FileField, ShownForm, YuanField, at_most, choices, optional, required


class ReasonForm(CommandForm):
    reason = TextAreaField(_l("原因"), validators=[required(_l("请写明原因，对方会看到。")), at_most(500)])


class ClaimReasonForm(ShownForm):
    """Why a claim is returned or refused."""

    reason = TextAreaField(_l("原因"), validators=[required(_l("请写明原因，对方会看到。")), at_most(500)])


class ApproveForm(ShownForm):
    approved = YuanField(_l("核准金额"), validators=[required()])
    cut_reason = TextAreaField(_l("核减原因"), validators=[optional(), at_most(500)])
    considered = TextAreaField(_l("对抽查发现问题的处理说明"), validators=[optional(), at_most(500)])


class BatchForm(CommandForm):
    """Which approved claims go into the batch. Its request key becomes the batch's id."""

    claims = SelectMultipleField(  # one that is not offered is refused by the service, which says why
        _l("兑付申请"), coerce=lambda value: UUID(str(value)), validate_choice=False, validators=[required(_l("请至少选择一笔。"))],
        widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(),
    )  # fmt: skip


class ResultForm(CommandForm):
    """What the bank did with a line."""

    result = RadioField(
        _l("银行结果"), choices=[("paid", _l("已付款")), ("failed", _l("付款失败"))], validators=[required(_l("请选择银行结果。"))]
    )
    reference = StringField(_l("银行流水号"), validators=[optional(), at_most(60)])
    paid_on = CivilDateField(_l("付款日期"), validators=[optional()])
    reason = StringField(_l("失败原因"), validators=[optional(), at_most(300)])
    slip = FileField(_l("银行回单"))


class WholeBatchForm(CommandForm):
    """One transfer paid every line of a batch."""

    reference = StringField(_l("银行流水号"), validators=[required(), at_most(60)])
    paid_on = CivilDateField(_l("付款日期"), validators=[required()])
    slip = FileField(_l("银行回单"))


class AccountForm(CommandForm):
    """A second person confirms an account. It keeps the one that the page showed."""

    seen = HiddenField()


class SpotCheckForm(CommandForm):
    """What a second officer found on the spot."""

    finding = RadioField(
        _l("抽查结论"),
        choices=choices(SpotFinding),
        validators=[required(_l("请选择抽查结论。"))],
    )
    report = TextAreaField(_l("核对了什么、发现了什么"), validators=[required(), at_most(2000)])
