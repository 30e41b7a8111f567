"""Shape of what is typed about chains, lists and matches."""

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import StringField, TextAreaField
from wtforms.validators import NumberRange

from marketplace.matching.lines import LEAD_DAYS_MOST, MOST, WHOLE_MOST
from marketplace.matching.models import AppointmentRole
from marketplace.matching.rules import Direction, TradeRole
from marketplace.web.forms import CivilDateField, CommandForm, MarketplaceForm, WholeField, YuanField, at_most, choices, optional, required
from marketplace.web.importing import UploadForm
from marketplace.web.select_fields import RadioField, SelectField

WHOLE = NumberRange(1, WHOLE_MOST, _l("请填写大于 0 的整数。"))


class ChainForm(CommandForm):
    name = StringField(_l("产业链名称"), validators=[required(), at_most(60)])
    area_code = SelectField(_l("地区"), validators=[required()])
    head_name = StringField(_l("链长姓名"), validators=[optional(), at_most(60)])
    head_post = StringField(_l("链长职务"), validators=[optional(), at_most(100)])


class AppointForm(CommandForm):
    uscc = StringField(_l("统一社会信用代码"), validators=[required(), at_most(18)])
    role = RadioField(_l("任命为"), choices=choices(AppointmentRole), default="leader")
    from_on = CivilDateField(_l("起始日期"), validators=[required()])
    until_on = CivilDateField(_l("截止日期"), validators=[optional()])
    document = StringField(_l("依据文件"), validators=[required(), at_most(200)])


class EndForm(MarketplaceForm):
    until_on = CivilDateField(_l("截止日期"), validators=[required()])


class NeedsListForm(CommandForm):
    chain_id = SelectField(_l("产业链"), validators=[required()])
    title = StringField(_l("清单名称"), validators=[required(), at_most(120)])
    direction = RadioField(_l("方向"), choices=choices(Direction), default="upstream")


class NeedsUploadForm(UploadForm):
    chain_id = SelectField(_l("产业链"), validators=[required()])
    title = StringField(_l("清单名称"), validators=[required(), at_most(120)])
    direction = RadioField(_l("方向"), choices=choices(Direction), default="upstream")


class NeedForm(CommandForm):
    line_number = StringField(_l("行号"), validators=[optional(), at_most(40)])
    product = StringField(_l("产品名称"), validators=[required(), at_most(120)])
    specification = StringField(_l("规格要求"), validators=[optional(), at_most(300)])
    industry_code = StringField(_l("行业小类代码"), validators=[optional(), at_most(4)])
    quantity = WholeField(_l("年需求数量"), validators=[optional(), WHOLE])
    unit = StringField(_l("计量单位"), validators=[optional(), at_most(20)])
    target_price_fen = YuanField(_l("目标单价"), validators=[optional()])
    needed_by = CivilDateField(_l("最迟交货日期"), validators=[optional()])
    certificates = StringField(_l("要求资质"), validators=[optional(), at_most(200)])
    max_suppliers = WholeField(_l("最多几家"), validators=[optional(), NumberRange(1, MOST["max_suppliers"], _l("请填写 1 至 1000。"))])
    share_percent = WholeField(_l("单家最高占比"), validators=[optional(), NumberRange(1, 100, _l("请填写 1 至 100。"))])
    region_code = StringField(_l("限定地区"), validators=[optional(), at_most(40)])
    excluded = StringField(_l("不合作单位"), validators=[optional(), at_most(400)])
    note = StringField(_l("备注"), validators=[optional(), at_most(300)])

    def values(self) -> dict[str, object]:
        """The line as a sheet's row would say it."""
        share = self.share_percent.data
        return {field.name: field.data for field in self} | {"share_cap_bp": share * 100 if share else None}


class SupplyForm(CommandForm):
    line_number = StringField(_l("行号"), validators=[optional(), at_most(40)])
    side = RadioField(_l("供应或采购"), choices=choices(TradeRole), default="sells")
    product = StringField(_l("产品名称"), validators=[required(), at_most(120)])
    specification = StringField(_l("规格型号"), validators=[optional(), at_most(300)])
    industry_code = StringField(_l("行业小类代码"), validators=[optional(), at_most(4)])
    capacity = WholeField(_l("年产能或年采购量"), validators=[optional(), WHOLE])
    unit = StringField(_l("计量单位"), validators=[optional(), at_most(20)])
    price_fen = YuanField(_l("单价"), validators=[optional()])
    lead_days = WholeField(_l("交货周期（天）"), validators=[optional(), NumberRange(0, LEAD_DAYS_MOST, _l("请填写 0 至 1000。"))])
    minimum_lot = WholeField(_l("起订量"), validators=[optional(), WHOLE])
    certificates = StringField(_l("已有资质"), validators=[optional(), at_most(200)])
    wanted_customers = StringField(_l("拟配套对象"), validators=[optional(), at_most(200)])
    max_customers = WholeField(_l("最多服务几家"), validators=[optional(), NumberRange(1, MOST["max_customers"], _l("请填写 1 至 1000。"))])
    excluded = StringField(_l("不合作单位"), validators=[optional(), at_most(400)])

    def values(self) -> dict[str, object]:
        """The line as a sheet's row would say it."""
        return {field.name: field.data for field in self}


class CampaignForm(CommandForm):
    title = StringField(_l("摸排名称"), validators=[required(), at_most(120)])
    area_code = SelectField(_l("摸排地区"), validators=[required()])
    due_on = CivilDateField(_l("截止日期"), validators=[required()])


class SurveyUploadForm(UploadForm):
    campaign_id = SelectField(_l("哪次摸排"), validators=[required()])


class RefuseForm(CommandForm):
    reason = RadioField(_l("未达成的原因"), choices=[], validators=[optional()])
    note = TextAreaField(_l("说明"), validators=[optional(), at_most(500)])


class ContractForm(CommandForm):
    contracted_on = CivilDateField(_l("签约日期"), validators=[required()])
    contract_fen = YuanField(_l("合同金额"), validators=[required()])
    quantity = WholeField(_l("合同年数量"), validators=[optional(), WHOLE])
    unit = StringField(_l("计量单位"), validators=[optional(), at_most(20)])
    contract = FileField(_l("合同或签约凭证"))


class StepForm(CommandForm):
    happened_on = CivilDateField(_l("日期"), validators=[required()])
    amount_fen = YuanField(_l("金额"), validators=[required()])
    quantity = WholeField(_l("数量"), validators=[optional(), WHOLE])
    unit = StringField(_l("计量单位"), validators=[optional(), at_most(20)])


class CorrectForm(CommandForm):
    amount_fen = YuanField(_l("合同金额"), validators=[required()])
    quantity = WholeField(_l("合同年数量"), validators=[optional(), WHOLE])
    unit = StringField(_l("计量单位"), validators=[optional(), at_most(20)])
    reason = TextAreaField(_l("理由"), validators=[required(), at_most(500)])


class MessageForm(CommandForm):
    body = TextAreaField(_l("留言"), validators=[required(), at_most(1000)])


class ReasonForm(CommandForm):
    reason = TextAreaField(_l("理由"), validators=[required(), at_most(500)])


class GoForm(CommandForm):
    """A button."""
