"""Shape of what firms declare and officers decide."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import NumberRange

from marketplace.enterprises.rules import Figures, FirmProfile, GroupChange, GroupWords, TitleFacts
from marketplace.identity.forms import OrganisationFields
from marketplace.kernel import typed
from marketplace.kernel.errors import N_
from marketplace.policy.programme_words import TitleGrade, TitleKind
from marketplace.web.forms import (
    CivilDateField,
    CommandForm,
    FileField,
    ShownForm,
    WholeField,
    YuanField,
    at_most,
    choices,
    optional,
    required,
)
from marketplace.web.select_fields import RadioField, SelectField

SOURCES = (N_("审计报告"), N_("企业所得税年度纳税申报表"), N_("财务报表"), N_("企业声明函"))
MOST_PEOPLE = 10_000_000


class ProfileForm(OrganisationFields, CommandForm):
    version = HiddenField()
    main_products = TextAreaField(_l("主要产品或服务"), validators=[optional(), at_most(500)])
    introduction = TextAreaField(_l("企业简介"), validators=[optional(), at_most(1000)])

    def profile(self) -> FirmProfile:
        return FirmProfile(self.main_products.data or "", self.introduction.data or "")

    def seen_version(self) -> int:
        """The version the form was opened with; a mangled one fits nothing."""
        return typed.number(self.version.data) or 0


class YearForm(CommandForm):
    year = WholeField(_l("年度"), validators=[required(), NumberRange(1949, 2199, _l("请填写 4 位年份，例如 2025。"))])
    employees = WholeField(
        _l("年末从业人员"), validators=[required(), NumberRange(0, MOST_PEOPLE, _l("请填写大于或等于 0 的整数，并核对位数。"))]
    )
    revenue = YuanField(_l("营业收入"), validators=[required()])
    assets = YuanField(_l("资产总额"), validators=[required()])
    source = SelectField(_l("数据来源"), validators=[required()], choices=[(s, _l(s)) for s in SOURCES])
    evidence = FileField(_l("证明材料"))

    def figures(self) -> Figures:
        assert self.revenue.data is not None and self.assets.data is not None, "both are required"
        return Figures(
            year=self.year.data,
            employees=self.employees.data,
            revenue_fen=self.revenue.data,
            assets_fen=self.assets.data,
            source=self.source.data,
        )


class TitleForm(CommandForm):
    kind = SelectField(_l("称号"), validators=[required()], choices=choices(TitleKind, _l("请选择")))
    grade = SelectField(_l("称号级别"), validators=[optional()], choices=choices(TitleGrade, _l("未填写")))
    number = StringField(_l("证书编号"), validators=[optional(), at_most(60)])
    granted_by = StringField(_l("授予机关"), validators=[required(), at_most(120)])
    document = StringField(_l("文号"), validators=[optional(), at_most(200)])
    valid_from = CivilDateField(_l("有效期起"), validators=[required()])
    valid_until = CivilDateField(_l("有效期止"), validators=[optional()])
    evidence = FileField(_l("证书或文件"))

    def facts(self) -> TitleFacts:
        return TitleFacts(
            kind=TitleKind(self.kind.data),
            valid_from=self.valid_from.data,
            valid_until=self.valid_until.data,
            number=self.number.data or "",
            granted_by=self.granted_by.data,
            document=self.document.data or "",
            grade=TitleGrade(self.grade.data) if self.grade.data else None,
        )


class DecisionForm(ShownForm):
    """What an officer decides of a firm; choices are those that can follow."""

    decision = RadioField(_l("决定"), validators=[required(_l("请选择一项决定。"))])
    reason = TextAreaField(_l("原因和需要补正的内容"), validators=[optional(), at_most(500)])


class ReviewForm(ShownForm):
    """What an officer says of something declared."""

    decision = RadioField(
        _l("审核意见"), choices=[("accept", _l("采信")), ("return", _l("退回补正"))], validators=[required(_l("请选择采信或退回。"))]
    )
    reason = TextAreaField(_l("退回的原因"), validators=[optional(), at_most(500)])


class SanctionForm(ShownForm):
    until = CivilDateField(_l("限制至（当天仍限制）"), validators=[optional()])
    reason = TextAreaField(_l("依据"), validators=[required(), at_most(500)])


class GroupForm(CommandForm):
    """Who is associated, by what, since when, and what shows it."""

    name = StringField(_l("名称"), validators=[required(), at_most(120)])
    codes = TextAreaField(_l("成员的统一社会信用代码"), validators=[required(), at_most(2000)])
    on_day = CivilDateField(_l("起始日期"), validators=[required()])
    reason = TextAreaField(_l("认定理由"), validators=[required(), at_most(500)])
    evidence = TextAreaField(_l("依据材料"), validators=[required(), at_most(500)])

    def said(self) -> GroupWords:
        codes = tuple(line.strip().upper() for line in str(self.codes.data).splitlines() if line.strip())
        words = {name: str(self[name].data) for name in ("name", "reason", "evidence")}
        return GroupWords(codes=codes, on_day=self.on_day.data, **words)


class GroupChangeForm(CommandForm):
    """Who joins or leaves, from which day on, and why."""

    code = StringField(_l("统一社会信用代码"), validators=[required(), at_most(18)])
    joins = RadioField(_l("变动"), choices=[("join", _l("加入")), ("leave", _l("退出"))], validators=[required(_l("请选择加入或退出。"))])
    on_day = CivilDateField(_l("起始日期"), validators=[required()])
    reason = TextAreaField(_l("原因"), validators=[required(), at_most(500)])

    def said(self) -> GroupChange:
        code = str(self.code.data).strip().upper()
        return GroupChange(code=code, joins=self.joins.data == "join", on_day=self.on_day.data, reason=str(self.reason.data))
