"""Shape of what is typed into evaluation."""

from flask_babel import lazy_gettext as _l
from wtforms import DecimalField, StringField, TextAreaField
from wtforms.validators import NumberRange

from marketplace.web.forms import CivilDateField, CommandForm, FileField, MarketplaceForm, WholeField, at_most, required
from marketplace.web.select_fields import RadioField, SelectField

ATTRIBUTIONS = [("both", _l("平台自身和集聚机构的都计")), ("own", _l("只计平台自身的")), ("members", _l("只计集聚机构的"))]


class PlatformForm(MarketplaceForm):
    """A provider says that it runs a platform."""

    name = StringField(_l("平台名称"), validators=[required(), at_most(120)])
    attribution = RadioField(
        _l("服务计入平台的口径（本平台的说明）"), choices=ATTRIBUTIONS, default="both", validators=[required()],
        description=_l("评价时以评价规则的设置为准；这里的说明会显示在旁边。"),
    )  # fmt: skip


class MemberForm(CommandForm):
    """A member body is proposed."""

    provider = StringField(_l("服务机构"), validators=[required(), at_most(120)], description=_l("统一社会信用代码，或机构名称。"))
    from_on = CivilDateField(_l("加入日期"), validators=[required()])
    agreement = StringField(_l("合作协议"), validators=[required(), at_most(200)], description=_l("协议的名称或编号。"))
    scan = FileField(_l("协议扫描件"), description=_l("PDF 或照片，双方盖章。"))


class EndForm(MarketplaceForm):
    """A member body's last day."""

    until_on = CivilDateField(_l("最后一天"), validators=[required()])


class MemberDecisionForm(MarketplaceForm):
    """What the officer decides about a member body."""

    decision = RadioField(
        _l("审核结果"), choices=[("accept", _l("通过")), ("refuse", _l("不通过"))], validators=[required(_l("请选择审核结果。"))]
    )
    reason = StringField(_l("理由"), validators=[at_most(300)], description=_l("不通过时必须写明。"))


class OpinionForm(CommandForm):
    """An expert's or officer's opinion."""

    verdict = RadioField(
        _l("评议结果"),
        choices=[("met", _l("满足")), ("unmet", _l("不满足")), ("unknown", _l("材料不足，暂不能判断"))],
        validators=[required(_l("请选择评议结果。"))],
    )
    opinion = TextAreaField(_l("意见"), validators=[required(_l("请写明意见。")), at_most(2000)])
    file = FileField(_l("附件"))


class SatisfactionForm(CommandForm):
    """A prefecture's own test of satisfaction."""

    value = DecimalField(
        _l("满意度"), places=2, validators=[required(_l("请填写满意度。")), NumberRange(0, 100, _l("请填写 0 到 100 之间的满意度。"))]
    )
    opinion = TextAreaField(_l("测评办法和结果"), validators=[required(_l("请写明怎样测评的。")), at_most(2000)])
    file = FileField(_l("附件"))


class AssessForm(CommandForm):
    """An assessment is made and kept."""

    ruleset = SelectField(_l("评价规则"), validators=[required()])
    year = WholeField(
        _l("评价年度"), validators=[required(), NumberRange(2000, 2100)], description=_l("按这一年的服务、评价和年度档案计算。")
    )
    applied_on = CivilDateField(
        _l("申请日期"), validators=[required()], description=_l("运营年限、服务人员和集聚机构按这一天计算，可以与评价年度不同。")
    )


class SettingForm(MarketplaceForm):
    """How a clause is read: a choice, or a whole number."""

    area = SelectField(_l("适用地区"), validators=[required()])
    reason = StringField(
        _l("理由"), validators=[required(_l("请写明理由。")), at_most(300)], description=_l("例如：厅办公会纪要、文件条款。")
    )


class ChoiceSettingForm(SettingForm):
    value = SelectField(_l("按这样理解"), validators=[required()])


class NumberSettingForm(SettingForm):
    value = WholeField(_l("数值"), validators=[required(_l("请填写整数。"))])
