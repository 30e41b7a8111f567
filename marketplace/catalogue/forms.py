"""Shape of what providers and officers type in the catalogue."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, StringField, TelField, TextAreaField
from wtforms.validators import NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.catalogue.rules.admission import Profile
from marketplace.catalogue.rules.dossier import Degree, Fact, ProfessionalTitle, StaffFacts
from marketplace.catalogue.rules.offerings import FEES, OfferingFacts, OfferingMode
from marketplace.identity.forms import OrganisationFields
from marketplace.kernel import typed
from marketplace.kernel.currencies import currencies
from marketplace.kernel.locales import called
from marketplace.kernel.money import CNY, Fen
from marketplace.policy.dossier import AnswerKind, DossierKind, OrganisationKind, answer_of
from marketplace.policy.service_categories import service_categories
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
from marketplace.web.select_fields import RadioField, SelectField, SelectMultipleField


def _checks(label: Any) -> SelectMultipleField:
    return SelectMultipleField(label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())


class Versioned(CommandForm):
    """A form that shows a row as it was: the version tells when somebody changed it since."""

    version = HiddenField()

    def seen_version(self) -> int:
        """The version the form was made from; a mangled one fits no row."""
        return typed.number(self.version.data) or 0


class OrganisationForm(OrganisationFields, Versioned):
    """The organisation behind a provider."""


class ProfileForm(CommandForm):
    introduction = TextAreaField(_l("机构简介"), validators=[required(), at_most(2000)])
    categories = _checks(_l("服务类别"))
    service_regions = _checks(_l("服务区域"))
    hotline = TelField(_l("服务热线"), validators=[required(), at_most(30)])
    service_hours = StringField(_l("接听时间"), validators=[optional(), at_most(60)])
    website = StringField(_l("网址"), validators=[optional(), at_most(200)])

    def offer(self, regions: list[tuple[str, str]]) -> None:
        """What may be chosen."""
        self.categories.choices = [(one.code, f"{one.name}：{one.examples}") for one in service_categories()]
        self.service_regions.choices = regions

    def profile(self) -> Profile:
        """What was typed, as the service takes it."""
        return Profile(
            introduction=self.introduction.data or "",
            categories=tuple(self.categories.data or ()),
            service_regions=tuple(self.service_regions.data or ()),
            hotline=self.hotline.data or "",
            website=self.website.data or "",
            service_hours=self.service_hours.data or "",
        )


class ApplyForm(CommandForm):
    agreed = BooleanField(_l("我单位已阅读并同意服务协议，承诺所填内容真实"))


class AdmissionDecisionForm(ShownForm):
    decision = RadioField(_l("办理意见"), validators=[required(_l("请选择办理意见。"))])
    reason = TextAreaField(_l("原因或意见"), validators=[optional(), at_most(500)])


class RemovalForm(ShownForm):
    reason = TextAreaField(_l("出库原因"), validators=[required(_l("请写明出库原因，会随公示公开。")), at_most(500)])
    ban_until = CivilDateField(_l("在此日期（含）之前不得重新申请"), validators=[optional()])


class VerificationForm(ShownForm):
    decision = RadioField(
        _l("核实结果"),
        choices=[("verified", _l("信息属实")), ("returned", _l("退回补正"))],
        validators=[required(_l("请选择核实结果。"))],
    )
    reason = TextAreaField(_l("需要补正的内容"), validators=[optional(), at_most(500)])


class ItemDecisionForm(ShownForm):
    decision = RadioField(
        _l("核实意见"),
        choices=[("accepted", _l("属实，予以采信")), ("returned", _l("退回补正"))],
        validators=[required(_l("请选择核实意见。"))],
    )
    reason = TextAreaField(_l("需要补正的内容"), validators=[optional(), at_most(500)])


MOST_COUNTED = 10**12


class FactForm(CommandForm):
    """What every fact of a dossier has; its answer is added by kind."""

    dated_on = CivilDateField(_l("证明材料的日期"), validators=[required()])
    valid_until = CivilDateField(_l("有效期止"), validators=[optional()])
    issuer = StringField(_l("出具单位"), validators=[optional(), at_most(120)])
    note = StringField(_l("说明"), validators=[optional(), at_most(200)])
    file = FileField(_l("证明材料"))

    def answer(self) -> dict[str, Any]:
        """Number and title, where this kind of answer keeps them."""
        return {"title": self.note.data or ""}

    def fact(self, kind: DossierKind, year: int, *, has_file: bool) -> Fact:
        """What was typed, as the service takes it."""
        dated_on: date = self.dated_on.data
        said = {"dated_on": dated_on, "valid_until": self.valid_until.data, "issuer": self.issuer.data or ""}
        return Fact(kind=kind, year=year, has_file=has_file, **said, **self.answer())


class YesNoForm(FactForm):
    number = RadioField(_l("是否具备"), choices=[("1", _l("有")), ("0", _l("没有"))], validators=[required(_l("请选择“有”或“没有”。"))])

    def answer(self) -> dict[str, Any]:
        return {"title": self.note.data or "", "number": typed.number(self.number.data)}


class AmountForm(FactForm):
    number = YuanField(_l("金额"), validators=[required()])

    def answer(self) -> dict[str, Any]:
        return {"title": self.note.data or "", "number": self.number.data}


class CountForm(AmountForm):
    number = WholeField(_l("数量"), validators=[required(), NumberRange(0, MOST_COUNTED, _l("请填写大于或等于 0 的整数，并核对位数。"))])


class WordForm(FactForm):
    title = SelectField(
        _l("机构类型"),
        choices=choices(OrganisationKind, _l("请选择")),
        validators=[required()],
    )

    def answer(self) -> dict[str, Any]:
        return {"title": self.title.data}


class EntryForm(FactForm):
    title = StringField(_l("名称"), validators=[required(), at_most(200)])

    def answer(self) -> dict[str, Any]:
        return {"title": self.title.data}


_FORMS: dict[AnswerKind, type[FactForm]] = {
    AnswerKind.YES_NO: YesNoForm,
    AnswerKind.AMOUNT_FEN: AmountForm,
    AnswerKind.DATE: FactForm,
    AnswerKind.COUNT: CountForm,
    AnswerKind.WORD: WordForm,
    AnswerKind.ENTRY: EntryForm,
}


def fact_form(kind: DossierKind) -> FactForm:
    """The form that asks for a kind of fact."""
    form = _FORMS[answer_of(kind)]()
    if answer_of(kind) is AnswerKind.DATE:
        form.dated_on.label.text = _l("开始运营的日期")
    return form


class StaffForm(CommandForm):
    name = StringField(_l("姓名"), validators=[required(), at_most(60)])
    position = StringField(_l("岗位"), validators=[optional(), at_most(60)])
    degree = SelectField(_l("学历"), choices=choices(Degree, _l("请选择")), validators=[required()])
    title_level = SelectField(_l("职称级别"), choices=choices(ProfessionalTitle, _l("请选择")), validators=[required()])
    title_name = StringField(_l("职称或职业资格名称"), validators=[optional(), at_most(60)])
    from_on = CivilDateField(_l("入职日期"), validators=[required()])
    file = FileField(_l("学历或职称证书"))

    def facts(self) -> StaffFacts:
        """What was typed, as the service takes it."""
        return StaffFacts(
            name=self.name.data,
            position=self.position.data or "",
            degree=self.degree.data,
            title_level=self.title_level.data,
            title_name=self.title_name.data or "",
            from_on=self.from_on.data,
        )


class StaffEndForm(CommandForm):
    until_on = CivilDateField(_l("最后在岗日期"), validators=[required()])


class OfferingForm(Versioned):
    title = StringField(_l("服务名称"), validators=[required(), at_most(120)])
    category = SelectField(_l("服务类别"), validators=[required()])
    summary = StringField(_l("一句话介绍"), validators=[optional(), at_most(300)])
    description = TextAreaField(_l("服务内容"), validators=[optional(), at_most(5000)])
    deliverables = TextAreaField(_l("交付成果"), validators=[optional(), at_most(2000)])
    currency = SelectField(_l("币种"), default=CNY)
    price = YuanField(_l("价格（含税）"), validators=[required()])
    voucher_cap = YuanField(_l("每单用券上限"), validators=[optional()])
    price_unit = StringField(_l("计价单位"), validators=[required(), at_most(20)], default=_l("项"))
    cycle_days = WholeField(_l("服务周期"), validators=[required(), NumberRange(1, 3650, _l("请填 1 至 3650 之间的天数。"))])
    mode = RadioField(_l("服务方式"), choices=choices(OfferingMode), default="both", validators=[required()])
    fee_kind = RadioField(_l("收费类型"), choices=choices(FEES), default="standard", validators=[required()])
    discount_note = StringField(_l("对小型微型企业的优惠"), validators=[optional(), at_most(200)])

    def offer(self) -> None:
        """What may be chosen."""
        self.category.choices = [("", _l("请选择")), *((one.code, one.name) for one in service_categories())]
        self.currency.choices = [(str(one), called(one)) for one in currencies().values()]

    def facts(self) -> OfferingFacts:
        """What was typed, as the service takes it."""
        texts = ("title", "category", "summary", "description", "deliverables", "currency", "price_unit", "mode", "fee_kind")
        typed = {name: self[name].data or "" for name in (*texts, "discount_note")}
        return OfferingFacts(
            price_fen=self.price.data or Fen(0), voucher_cap_fen=self.voucher_cap.data, cycle_days=self.cycle_days.data, **typed
        )


class SubmitForm(Versioned):
    """Nothing but the decision to submit."""


class ReasonForm(CommandForm):
    reason = TextAreaField(_l("原因"), validators=[required(_l("请写明原因，对方会看到。")), at_most(300)])


class PriceForm(CommandForm):
    price = YuanField(_l("新价格（含税）"), validators=[required()])
    reason = TextAreaField(_l("调价原因"), validators=[required(_l("请写明调价原因。")), at_most(300)])


class ListingDecisionForm(Versioned):
    decision = RadioField(
        _l("审核意见"),
        choices=[("approve", _l("通过，上架")), ("return", _l("退回修改"))],
        validators=[required(_l("请选择审核意见。"))],
    )
    reason = TextAreaField(_l("原因或意见"), validators=[optional(), at_most(500)])


class PriceDecisionForm(CommandForm):
    decision = RadioField(
        _l("审核意见"),
        choices=[("approve", _l("同意调价")), ("refuse", _l("不同意"))],
        validators=[required(_l("请选择审核意见。"))],
    )
    answer = TextAreaField(_l("答复"), validators=[optional(), at_most(300)])
