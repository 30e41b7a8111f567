"""Shape of what is typed about cases and spot checks."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField, TextAreaField

from marketplace.settlement.spot_rules import SpotFinding
from marketplace.supervision.check_rules import CheckForm, Population, SpotPlan
from marketplace.supervision.rules import AppealAnswer, MeasureKind, MeasureWanted
from marketplace.web.forms import (
    CivilDateField,
    CommandForm,
    FileField,
    MarketplaceForm,
    ShownForm,
    WholeField,
    YuanField,
    at_most,
    choices,
    optional,
    required,
)
from marketplace.web.select_fields import RadioField, SelectField


class OpenForm(CommandForm):
    """Why a case is opened. Its request key becomes the case's id."""

    whom = RadioField(_l("立案对象"), validators=[required(_l("请选择立案对象。"))])
    reason = TextAreaField(_l("立案理由"), validators=[required(_l("请写明立案的理由。")), at_most(1000)])


class ProposeForm(CommandForm):
    """A measure that shall follow."""

    kind = SelectField(_l("处理措施"), choices=choices(MeasureKind), validators=[required()])
    target = StringField(_l("所涉编号"), validators=[optional(), at_most(60)])
    amount = YuanField(_l("追回金额"), validators=[optional()])
    until = CivilDateField(_l("截止日期（当天仍有效）"), validators=[optional()])
    receiver = StringField(_l("移送机关"), validators=[optional(), at_most(120)])
    note = TextAreaField(_l("说明"), validators=[optional(), at_most(500)])

    def said(self) -> MeasureWanted:
        """What was typed, as a value."""
        return MeasureWanted(
            kind=MeasureKind(self.kind.data),
            until_on=self.until.data,
            amount_fen=self.amount.data,
            target=self.target.data or "",
            receiver=self.receiver.data or "",
            note=self.note.data or "",
        )


class FindForm(ShownForm):
    """What was found."""

    verdict = RadioField(
        _l("认定结论"),
        choices=[("established", _l("问题成立")), ("not_established", _l("问题不成立"))],
        validators=[required(_l("请选择认定结论。"))],
    )
    finding = TextAreaField(_l("查明的事实和依据"), validators=[required(), at_most(2000)])


class DecideForm(ShownForm):
    decision = TextAreaField(_l("决定的理由和依据"), validators=[required(), at_most(2000)])


class HandBackForm(ShownForm):
    reason = TextAreaField(_l("还要查清什么"), validators=[required(), at_most(500)])


class AppealForm(CommandForm):
    appeal = TextAreaField(_l("申诉的事实和理由"), validators=[required(), at_most(2000)])
    file = FileField(_l("证明材料"))


class AnswerForm(ShownForm):
    """What a third person says of an appeal."""

    verdict = RadioField(_l("处理意见"), choices=choices(AppealAnswer), validators=[required(_l("请选择处理意见。"))])
    answer = TextAreaField(_l("答复的理由和依据"), validators=[required(), at_most(2000)])


class PlanForm(CommandForm):
    """What a check samples. Its request key becomes the check's id."""

    title = StringField(_l("抽查名称"), validators=[required(), at_most(120)])
    form = SelectField(_l("检查形式"), choices=choices(CheckForm), validators=[required()])
    population = SelectField(_l("抽查对象"), choices=choices(Population), validators=[required()])
    area = SelectField(_l("地区"), validators=[required()])
    since = CivilDateField(_l("起始日期"), validators=[required()])
    until = CivilDateField(_l("截止日期（含当天）"), validators=[required()])
    size = WholeField(_l("随机抽取件数"), validators=[optional()])
    above = YuanField(_l("必查金额"), validators=[optional()])
    method = RadioField(
        _l("随机方式"), choices=[("lot", _l("机会均等")), ("risk", _l("按风险加权"))], default="lot", validators=[required()]
    )
    social = BooleanField(_l("请社会监督员参加"))

    def said(self) -> SpotPlan:
        """What was typed, as a value."""
        return SpotPlan(
            form=CheckForm(self.form.data),
            population=Population(self.population.data),
            area_code=self.area.data,
            from_on=self.since.data,
            until_on=self.until.data,
            size=self.size.data or 0,
            above_fen=self.above.data,
            by_risk=self.method.data == "risk",
            is_social=bool(self.social.data),
        )


class ItemForm(CommandForm):
    """What was found on the spot."""

    finding = RadioField(_l("检查结论"), choices=choices(SpotFinding), validators=[required(_l("请选择检查结论。"))])
    report = TextAreaField(_l("核对了什么、发现了什么"), validators=[required(), at_most(2000)])
    file = FileField(_l("检查记录"))


class AppointForm(CommandForm):
    """A social supervisor. Its request key becomes the appointment's id."""

    login = StringField(_l("用户名"), validators=[required(_l("请填写用户名。")), at_most(60)])
    capacity = StringField(_l("身份"), validators=[required(_l("请填写身份。")), at_most(60)])
    area = SelectField(_l("地区"), validators=[required()])
    since = CivilDateField(_l("任期第一天"), validators=[required()])
    until = CivilDateField(_l("任期最后一天"), validators=[required()])


class EndTermForm(CommandForm):
    reason = TextAreaField(_l("结束的原因"), validators=[required(), at_most(300)])


class InviteForm(CommandForm):
    supervisor = SelectField(_l("社会监督员"), validators=[required(_l("请选择社会监督员。"))])


class ObserveForm(CommandForm):
    observation = TextAreaField(_l("看到的情况"), validators=[required(), at_most(2000)])


class TipForm(CommandForm):
    """What somebody saw. Name and contact may stay empty."""

    about = StringField(_l("举报谁"), validators=[required(_l("请填写单位名称、统一社会信用代码，或工作人员姓名。")), at_most(120)])
    area = SelectField(_l("所在地区"), validators=[required(_l("请选择地区。"))])
    claim_number = StringField(_l("兑付申请编号"), validators=[optional(), at_most(24)])
    facts = TextAreaField(_l("您看到了什么"), validators=[required(_l("请写明时间、事项和依据。")), at_most(4000)])
    sender_name = StringField(_l("您的姓名"), validators=[optional(), at_most(60)])
    sender_contact = StringField(_l("联系方式"), validators=[optional(), at_most(100)])


class FollowForm(MarketplaceForm):
    """A receipt."""

    number = StringField(_l("回执编号"), validators=[required(_l("请填写回执编号。")), at_most(24)])
    code = StringField(_l("查询码"), validators=[required(_l("请填写查询码。")), at_most(24)])


class RefuseTipForm(CommandForm):
    answer = TextAreaField(_l("不予立案的理由"), validators=[required(), at_most(1000)])


class TipCaseForm(CommandForm):
    party = StringField(_l("当事单位"), validators=[required(_l("请填写单位名称或统一社会信用代码。")), at_most(120)])
    reason = TextAreaField(_l("立案理由"), validators=[required(_l("请写明立案的理由。")), at_most(1000)])


class SenderForm(CommandForm):
    reason = TextAreaField(_l("为什么需要查看举报人"), validators=[required(), at_most(300)])
