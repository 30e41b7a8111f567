"""Shape of what finance types about money: documents, what they are for, what goes back."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.policy.programme_words import AppropriationSource
from marketplace.vouchers.rules.amounts import CARRIED_OVER, FundDocument
from marketplace.vouchers.rules.funds import FundPurpose
from marketplace.web.forms import CivilDateField, CommandForm, FileField, YuanField, at_most, optional, required
from marketplace.web.select_fields import RadioField, SelectField, SelectMultipleField

SOURCES = [*((one.value, one.label) for one in AppropriationSource), (CARRIED_OVER, _l("上批次结转"))]


class AppropriationForm(CommandForm):
    source = SelectField(_l("资金来源"), validators=[required()])
    document_number = StringField(_l("指标文号"), validators=[required(), at_most(100)])
    function_code = StringField(_l("支出功能分类科目编码"), validators=[optional(), at_most(12)])
    economy_code = StringField(_l("支出经济分类科目编码"), validators=[optional(), at_most(12)])
    dated_on = CivilDateField(_l("文件日期"), validators=[required()])
    amount = YuanField(_l("金额"), validators=[required()])
    use_by = CivilDateField(_l("使用期限"), validators=[optional()])
    scan = FileField(_l("文件扫描件"))

    def paper(self) -> FundDocument:
        """What was typed, as the service takes it."""
        assert self.dated_on.data and self.amount.data is not None
        return FundDocument(
            source=str(self.source.data), document_number=str(self.document_number.data), dated_on=self.dated_on.data,
            amount_fen=self.amount.data, function_code=self.function_code.data or "", economy_code=self.economy_code.data or "",
            use_by=self.use_by.data,
        )  # fmt: skip


class RecallForm(CommandForm):
    amount = YuanField(_l("收回金额"), validators=[required()])
    reason = TextAreaField(_l("原因和依据"), validators=[required(), at_most(300)])


class PartRecallForm(RecallForm):
    """Money goes back out of a part of the budget."""

    part = SelectField(_l("从哪项配额收回"), validators=[required()])


class CarryForm(RecallForm):
    """What an earlier round did not use comes to the one that hands it out again."""

    amount = YuanField(_l("结转金额"), validators=[required()])
    document_number = StringField(_l("批准文号"), validators=[required(), at_most(100)])


class PartCarryForm(CarryForm):
    part = SelectField(_l("从哪项配额收回"), validators=[required()])


def _boxes(label: str) -> SelectMultipleField:
    return SelectMultipleField(label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), validators=[optional()])


class PurposeForm(CommandForm):
    """What a document's money is for; boxes that are left empty do not bind it."""

    regions = _boxes(_l("只能用于这些地区的企业"))
    classes = _boxes(_l("只能用于这些企业类别"))
    categories = _boxes(_l("只能用于这些服务类别"))
    barred = _boxes(_l("不能用于这些服务类别"))
    use_by = CivilDateField(_l("使用期限"), validators=[optional()])
    reason = TextAreaField(_l("依据"), validators=[required(), at_most(300)])

    def said(self) -> FundPurpose:
        """What was chosen."""
        return FundPurpose(
            regions=tuple(self.regions.data or ()),
            classes=tuple(self.classes.data or ()),
            categories=tuple(self.categories.data or ()),
            barred=tuple(self.barred.data or ()),
            use_by=self.use_by.data,
            reason=self.reason.data or "",
        )


class ProposeCarryForm(CommandForm):
    reason = TextAreaField(_l("原因和依据"), validators=[required(), at_most(300)])


class DecideFundActForm(CommandForm):
    decision = RadioField(
        _l("复核意见"), choices=[("yes", _l("同意，办理")), ("no", _l("不同意"))], validators=[required(_l("请选择复核意见。"))]
    )
    answer = TextAreaField(_l("说明"), validators=[optional(), at_most(300)])
