"""Shape of what is typed at the voucher desk."""

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from functools import partial
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateTimeLocalField, HiddenField, StringField, TextAreaField
from wtforms.validators import NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.identity.legal_forms import LegalForm
from marketplace.kernel import typed
from marketplace.kernel.clock import CST
from marketplace.kernel.money import Fen, percent
from marketplace.kernel.zones import day_in
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import TitleGrade, TitleKind
from marketplace.vouchers import release_lines
from marketplace.vouchers.models import Round
from marketplace.vouchers.rules.payees import NamedPayee
from marketplace.vouchers.rules.rounds import ROUND_DAYS, RoundPlan, asked_days, offered_days
from marketplace.vouchers.rules.states import ApplicationDecision
from marketplace.web.forms import (
    CivilDateField,
    CommandForm,
    FileField,
    MarketplaceForm,
    ShownForm,
    WanField,
    WholeField,
    YuanField,
    at_most,
    choices,
    in_currency,
    optional,
    required,
)
from marketplace.web.lines_field import LinesField
from marketplace.web.select_fields import RadioField, SelectField, SelectMultipleField

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

    def instant(self, zone: tzinfo) -> datetime:
        """The moment."""
        assert self.data is not None
        return self.data.replace(tzinfo=zone)


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


class DraftForm(CommandForm):
    copy_of = SelectField(_l("起草方式"), validators=[optional()])
    area_code = SelectField(_l("管理地区"), validators=[required()])


class EditForm(ShownForm):
    """What holds the forms of a section together."""


class PublishForm(ShownForm):
    note = StringField(_l("版本说明"), validators=[optional(), at_most(300)])


class DraftFileForm(CommandForm):
    file = FileField(_l("项目规则文件"))


class SignForm(CommandForm):
    seen = HiddenField()  # the version that the page showed
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
    supplements = SelectField(_l("接续批次（补发）"), validators=[optional()], choices=[("", _l("不接续"))], validate_choice=False)
    zone: tzinfo = CST  # of the programme: its days are days there
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
        start = datetime.combine(self.use_from.data, datetime.min.time(), self.zone)
        end = datetime.combine(days["use_until"], datetime.max.time().replace(microsecond=0), self.zone)
        return RoundPlan(
            name=str(self.name.data), area_code=str(self.area_code.data),
            apply_from_at=self.apply_from.instant(self.zone) if self.apply_from.data else start,
            apply_until_at=self.apply_until.instant(self.zone) if self.apply_until.data else end,
            use_from=self.use_from.data, simulated=bool(self.simulated.data), parts=self.part_amounts(),
            supplements_id=typed.key(self.supplements.data), releases=self.releases.data if "releases" in self else None, **days,
        )  # fmt: skip

    def part_amounts(self) -> dict[str, int] | None:
        """The amounts that were typed for the parts of the budget; None where the programme has none."""
        typed_in = {field.short_name.removeprefix("part_"): field.data for field in self if field.short_name.startswith("part_")}
        return {name: int(fen) for name, fen in typed_in.items() if fen is not None} or None

    def show_parts(self, amounts: Mapping[str, int]) -> None:
        """Fill in the parts as they stand."""
        for name, fen in amounts.items():
            if f"part_{name}" in self:
                self[f"part_{name}"].data = Fen(fen)

    def show(self, row: Round) -> None:
        """Fill in a round as it stands."""
        self.show_days(row, ("name", "area_code", "use_from", "simulated"))
        self.supplements.data = str(row.supplements_id or "")

    def show_days(self, row: Round, names: Sequence[str]) -> None:
        """Fill in some fields, the days that are offered, and the window."""
        for name in (*names, *(one.field for one in ROUND_DAYS if one.field in self)):
            self[name].data = getattr(row, name)
        self.apply_from.data = row.apply_from_at.astimezone(row.zone).replace(tzinfo=None)
        self.apply_until.data = row.apply_until_at.astimezone(row.zone).replace(tzinfo=None)


class DirectRoundForm(RoundForm):
    """A round without orders: its window of applications is all the time it has."""

    use_from = None  # type: ignore[assignment]  # a field that is left out
    supplements = None  # type: ignore[assignment]  # the same: there are no vouchers to hand out again
    apply_from = CivilTimeField(_l("申请开始"), validators=[required()])
    apply_until = CivilTimeField(_l("申请截止"), validators=[required()])

    def plan(self) -> RoundPlan:
        """What was typed; the days of use are those of the window."""
        opens, closes = self.apply_from.instant(self.zone), self.apply_until.instant(self.zone)
        last = day_in(closes, self.zone)
        days = {one.field: self[one.field].data for one in ROUND_DAYS if one.field in self}
        return RoundPlan(
            name=str(self.name.data),
            area_code=str(self.area_code.data),
            apply_from_at=opens,
            apply_until_at=closes,
            use_from=day_in(opens, self.zone),
            use_until=last,
            redeem_until=last,
            simulated=bool(self.simulated.data),
            **days,
        )

    def show(self, row: Round) -> None:
        """Fill in a round as it stands."""
        self.show_days(row, ("name", "area_code", "simulated"))


def round_form(spec: ProgrammeSpec) -> RoundForm:
    """The form of a round with the days that its programme knows; those that the rules leave to it must be given."""
    needed = {one.field for one in asked_days(spec)}
    fields = {
        one.field: CivilDateField(
            _l(one.label), validators=[required() if one.field in needed or not one.otherwise else optional()], description=_l(one.help)
        )
        for one in offered_days(spec)
    }
    parts: dict[str, Any] = {
        f"part_{one.name}": YuanField(one.label, validators=[required()], currency=spec.currency) for one in spec.parts
    }
    if spec.allocation.is_released:
        lines: dict[str, Any] = {"read": partial(release_lines.read, place=spec), "written": partial(release_lines.written, place=spec)}
        parts["releases"] = LinesField(_l("分次放出"), validators=[required()], **lines)
    shape = RoundForm if spec.has_orders else DirectRoundForm
    made: type[RoundForm] = type("RoundFormOfProgramme", (shape,), fields | parts | {"zone": spec.zone})
    return made()


class CallInForm(CommandForm):
    day = CivilDateField(_l("统一收回日"), validators=[required()])
    reason = TextAreaField(_l("原因和依据"), validators=[required(), at_most(300)])


class PartShiftForm(CommandForm):
    source = SelectField(_l("从"), validators=[required()])
    target = SelectField(_l("调到"), validators=[required()])
    amount = YuanField(_l("调剂金额"), validators=[required()])
    reason = TextAreaField(_l("原因和依据"), validators=[required(), at_most(300)])


class PayeeForm(CommandForm):
    """Who a round pays, and to which account."""

    uscc = StringField(_l("统一社会信用代码"), validators=[required(), at_most(18)])
    name = StringField(_l("单位名称"), validators=[required(), at_most(120)])
    bank_name = StringField(_l("开户银行"), validators=[required(), at_most(100)])
    bank_account = StringField(_l("银行账号"), validators=[required(), at_most(40)])

    def said(self) -> NamedPayee:
        """As the service takes it."""
        account = {"bank_name": self.bank_name.data or "", "bank_account": self.bank_account.data or ""}
        return NamedPayee(uscc=self.uscc.data or "", name=self.name.data or "", **account)


class PayeeConfirmForm(CommandForm):
    """A second person confirms an account. It keeps the one that the page showed."""

    seen = HiddenField()


class PushForm(CommandForm):
    firms = checkboxes(_l("企业"), validate_choice=False)


class ApplyForm(CommandForm):
    face = RadioField(_l("面额"), validators=[optional()], validate_choice=False)
    requested = YuanField(_l("申领金额"), validators=[optional()])
    plan = TextAreaField(_l("打算购买的服务"), validators=[required(), at_most(500)])
    promise = BooleanField(_l("我们承诺所填资料真实，不转让、不套取服务券"), validators=[required(_l("请阅读并勾选承诺。"))])


class ShiftForm(CommandForm):
    """An amount that is moved between kinds of service of a voucher."""

    source = SelectField(_l("调出类别"), validators=[required()])
    target = SelectField(_l("调入类别"), validators=[required()])
    amount = YuanField(_l("调整金额"), validators=[required()])
    reason = TextAreaField(_l("调整原因"), validators=[required(), at_most(300)])


def apply_form(portions: Sequence[tuple[str, str]], currency: str) -> ApplyForm:
    """An application; where the rules grant by kind of service, with an amount for each of these: name, and services in words."""
    if not portions:
        return in_currency(ApplyForm, currency)()
    fields = {f"portion_{name}": YuanField(label, validators=[optional()]) for name, label in portions}
    made: type[ApplyForm] = type("ApplyFormOfProgramme", (ApplyForm,), fields)
    return in_currency(made, currency)()


class AppealForm(CommandForm):
    appeal = TextAreaField(_l("申诉的理由和事实"), validators=[required(), at_most(1000)])


class DecideForm(ShownForm):
    decision = RadioField(_l("审核意见"), choices=choices(ApplicationDecision), validators=[required()])
    reason = TextAreaField(_l("理由"), validators=[optional(), at_most(500)])


class ScoreForm(ShownForm):
    reason = TextAreaField(_l("评分理由"), validators=[required(), at_most(500)])

    def points(self) -> dict[str, int]:
        """Points by criterion, as the service takes them."""
        return {field.short_name.removeprefix("points_"): field.data for field in self if field.short_name.startswith("points_")}


def score_form(spec: ProgrammeSpec, **data: Any) -> ScoreForm:
    """The sheet of a programme: a number for each criterion."""
    fields = {
        f"points_{one.name}": WholeField(
            one.label, validators=[required(), NumberRange(0, one.most_points)], description=percent(one.weight_bp)
        )
        for one in spec.criteria
    }
    made: type[ScoreForm] = type("ScoreFormOfProgramme", (ScoreForm,), fields)
    return made(**data)


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
    legal_form = SelectField(_l("组织形式"), validators=[optional()], choices=choices(LegalForm, _l("不清楚")))
    titles = checkboxes(_l("企业持有的有效称号"), choices=choices(TitleKind))
    title_grade = SelectField(_l("其中最高的称号级别"), validators=[optional()], choices=choices(TitleGrade, _l("不清楚")))
