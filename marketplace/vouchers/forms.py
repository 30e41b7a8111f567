"""Shape of what is typed at the voucher desk."""

from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateTimeLocalField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.kernel import typed
from marketplace.kernel.clock import CST
from marketplace.kernel.errors import N_
from marketplace.kernel.money import Fen
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import AppropriationSource, TitleKind
from marketplace.vouchers.models import Round
from marketplace.vouchers.rules.amounts import CARRIED_OVER, FundDocument
from marketplace.vouchers.rules.rounds import ROUND_DAYS, RoundPlan, asked_days, offered_days
from marketplace.vouchers.rules.states import ApplicationDecision
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

WAN = 10_000
MINUTE = "%Y-%m-%dT%H:%M"


class CivilTimeField(DateTimeLocalField):
    """A China date and time to the minute; .data is naive as typed, `instant()` the moment it means."""

    data: Any

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, format=[MINUTE, "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            raise ValueError(str(_l("请按 2026-11-20 10:00 的样子填写日期和时间。"))) from None
        if self.data is not None and not typed.is_near(self.data.date()):
            self.data = None
            raise ValueError(str(_l("请核对年份：日期应在 1800 年至 2199 年之间。")))

    def instant(self) -> datetime:
        """The moment."""
        assert self.data is not None
        return self.data.replace(tzinfo=CST)


class WanField(YuanField):
    """An amount typed in 万元, as firms speak of revenue; .data is fen."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([value.strip().removesuffix(N_("元")).removesuffix(N_("万")) for value in valuelist])
        if self.data is not None:
            self.data = Fen(self.data * WAN)


def checkboxes(label: Any, **kwargs: Any) -> SelectMultipleField:
    """Several of a list, as check boxes."""
    return SelectMultipleField(label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), **kwargs)


class PressForm(CommandForm):
    """A button that is a command."""


class ReasonForm(CommandForm):
    """A decision with its reason."""

    reason = TextAreaField(_l("原因和依据"), validators=[optional(), at_most(300)])


class VoucherActForm(ShownForm):
    """What an officer does with a voucher, with the reason."""

    reason = TextAreaField(_l("原因和依据"), validators=[optional(), at_most(300)])


class ProgrammeFileForm(CommandForm):
    area_code = SelectField(_l("管理地区"), validators=[required()])
    file = FileField(_l("项目规则文件"))
    note = StringField(_l("版本说明"), validators=[optional(), at_most(300)])


class SignForm(CommandForm):
    keys = checkboxes(_l("设定值"), validate_choice=False)
    reason = TextAreaField(_l("签认理由"), validators=[required(), at_most(300)])


class RoundForm(CommandForm):
    name = StringField(_l("批次名称"), validators=[required(), at_most(120)])
    area_code = SelectField(
        _l("开展地区"), validators=[required()], validate_choice=False
    )  # others are refused by the rule, which says why
    apply_from = CivilTimeField(_l("申领开始"), validators=[optional()])
    apply_until = CivilTimeField(_l("申领截止"), validators=[optional()])
    use_from = CivilDateField(_l("用券开始"), validators=[required()])
    simulated = BooleanField(_l("模拟：重演往年项目，处处标明，不涉及真实资金"))

    def validate(self, extra_validators: Any = None) -> bool:
        good = bool(super().validate(extra_validators))
        if bool(self.apply_from.data) != bool(self.apply_until.data):
            field = self.apply_until if self.apply_from.data else self.apply_from
            field.errors = [*field.errors, _l("申领开始和截止须一起填写。")]
            return False
        return good

    def plan(self) -> RoundPlan:
        """What was typed; without a claim window, the use window stands in for it."""
        days = {one.field: self[one.field].data for one in ROUND_DAYS if one.field in self}
        assert self.use_from.data and days["use_until"] and days["redeem_until"]
        start = datetime.combine(self.use_from.data, datetime.min.time(), CST)
        end = datetime.combine(days["use_until"], datetime.max.time().replace(microsecond=0), CST)
        return RoundPlan(
            name=str(self.name.data), area_code=str(self.area_code.data),
            apply_from_at=self.apply_from.instant() if self.apply_from.data else start,
            apply_until_at=self.apply_until.instant() if self.apply_until.data else end,
            use_from=self.use_from.data, simulated=bool(self.simulated.data), **days,
        )  # fmt: skip

    def show(self, row: Round) -> None:
        """Fill in a round as it stands."""
        days = [one.field for one in ROUND_DAYS if one.field in self]
        for name in ("name", "area_code", "use_from", "simulated", *days):
            self[name].data = getattr(row, name)
        self.apply_from.data = row.apply_from_at.astimezone(CST).replace(tzinfo=None)
        self.apply_until.data = row.apply_until_at.astimezone(CST).replace(tzinfo=None)


def round_form(spec: ProgrammeSpec) -> RoundForm:
    """The form of a round with the days that its programme knows; those that the rules leave to it must be given."""
    needed = {one.field for one in asked_days(spec)}
    fields = {
        one.field: CivilDateField(
            _l(one.label), validators=[required() if one.field in needed or not one.otherwise else optional()], description=_l(one.help)
        )
        for one in offered_days(spec)
    }
    made: type[RoundForm] = type("RoundFormOfProgramme", (RoundForm,), fields)
    return made()


SOURCES = [*((one.value, one.label) for one in AppropriationSource), (CARRIED_OVER, _l("上批次结转"))]


class AppropriationForm(CommandForm):
    source = SelectField(_l("资金来源"), validators=[required()])
    document_number = StringField(_l("指标文号"), validators=[required(), at_most(100)])
    dated_on = CivilDateField(_l("文件日期"), validators=[required()])
    amount = YuanField(_l("金额"), validators=[required()])
    scan = FileField(_l("文件扫描件"))

    def paper(self) -> FundDocument:
        """What was typed, as the service takes it."""
        assert self.dated_on.data and self.amount.data is not None
        return FundDocument(
            source=str(self.source.data), document_number=str(self.document_number.data), dated_on=self.dated_on.data,
            amount_fen=self.amount.data,
        )  # fmt: skip


class RecallForm(CommandForm):
    amount = YuanField(_l("收回金额"), validators=[required()])
    reason = TextAreaField(_l("原因和依据"), validators=[required(), at_most(300)])


class PushForm(CommandForm):
    firms = checkboxes(_l("企业"), validate_choice=False)


class ApplyForm(CommandForm):
    face = RadioField(_l("面额"), validators=[optional()], validate_choice=False)
    requested = YuanField(_l("申领金额"), validators=[optional()])
    plan = TextAreaField(_l("打算购买的服务"), validators=[required(), at_most(500)])
    promise = BooleanField(_l("我们承诺所填资料真实，不转让、不套取服务券"), validators=[required(_l("请阅读并勾选承诺。"))])


class AppealForm(CommandForm):
    appeal = TextAreaField(_l("申诉的理由和事实"), validators=[required(), at_most(1000)])


class DecideForm(ShownForm):
    decision = RadioField(_l("审核意见"), choices=choices(ApplicationDecision), validators=[required()])
    reason = TextAreaField(_l("理由"), validators=[optional(), at_most(500)])


class BatchForm(ShownForm):
    decision = HiddenField()
    picks = checkboxes(_l("申领"), validate_choice=False)
    reason = TextAreaField(_l("理由"), validators=[optional(), at_most(500)])


class AnswerForm(ShownForm):
    upheld = RadioField(
        _l("答复"), choices=[("yes", _l("申诉成立，重新办理")), ("no", _l("申诉不成立，维持原决定"))], validators=[required()]
    )
    answer = TextAreaField(_l("答复意见"), validators=[required(), at_most(500)])


class SelfCheckForm(MarketplaceForm):
    """A GET form: nothing is stored, and the address can be kept."""

    class Meta(MarketplaceForm.Meta):
        csrf = False

    region_code = SelectField(_l("企业所在县区"), validators=[required()])
    park_code = SelectField(_l("所在园区"), validators=[optional()])
    industry_code = SelectField(_l("所属行业"), validators=[required()])
    employees = WholeField(
        _l("从业人员（人）"), validators=[optional(), NumberRange(0, 10_000_000, _l("请填写 0 到 10,000,000 之间的整数。"))]
    )
    revenue = WanField(_l("上年营业收入"), validators=[optional()])
    assets = WanField(_l("上年末资产总额"), validators=[optional()])
    founded_on = CivilDateField(_l("成立日期"), validators=[optional()])
    titles = checkboxes(_l("企业持有的有效称号"), choices=choices(TitleKind))
