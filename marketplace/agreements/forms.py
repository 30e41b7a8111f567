"""Shape of what is typed about an agreement."""

from collections.abc import Sequence
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from marketplace.agreements.rules import AgreedTerms, ListedOffering, price_field
from marketplace.kernel.currencies import currency
from marketplace.kernel.money import Fen
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.service_categories import category_names
from marketplace.web.formats import amount
from marketplace.web.forms import CivilDateField, CommandForm, ShownForm, YuanField, at_most, in_currency, optional, required
from marketplace.web.select_fields import SelectMultipleField


def _checkboxes(label: Any, **kwargs: Any) -> SelectMultipleField:
    return SelectMultipleField(label, widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), **kwargs)


class SignForm(CommandForm):
    """A contract as it was signed. Prices for each service follow, made from what the provider offers."""

    number = StringField(_l("合同编号"), validators=[required(), at_most(60)])
    amount = YuanField(_l("合同金额"), validators=[required()])
    signed_on = CivilDateField(_l("签订日期"), validators=[required()])
    first_on = CivilDateField(_l("合同第一天"), validators=[required()])
    last_on = CivilDateField(_l("合同最后一天"), validators=[required()])
    categories = _checkboxes(_l("包含的服务类别"), validators=[required(_l("请至少选择一类。"))])
    classes = _checkboxes(_l("只面向这些企业类别"), validators=[optional()])

    shelf: Sequence[ListedOffering] = ()

    @property
    def price_fields(self) -> list[Any]:
        """One for each offering."""
        return [self[price_field(one.offering_id)] for one in self.shelf]

    def terms(self) -> AgreedTerms:
        """What was typed; a price that was left empty is not agreed."""
        prices = {one.offering_id: self[price_field(one.offering_id)].data for one in self.shelf}
        return AgreedTerms(
            number=self.number.data or "",
            amount_fen=Fen(self.amount.data or 0),
            signed_on=self.signed_on.data,
            first_on=self.first_on.data,
            last_on=self.last_on.data,
            categories=tuple(self.categories.data or ()),
            classes=tuple(self.classes.data or ()),
            prices={key: fen for key, fen in prices.items() if fen is not None},
        )


def sign_form(spec: ProgrammeSpec, shelf: Sequence[ListedOffering]) -> SignForm:
    """The form with a price for each service that the provider offers."""
    listed = {
        price_field(one.offering_id): YuanField(
            _l("%(title)s 的合同价（标价 %(price)s）", title=one.title, price=amount(one.price_fen, one.currency)),
            validators=[optional()],
            currency=currency(spec.currency),
        )
        for one in shelf
    }
    form = cast("SignForm", type("SignOfProvider", (in_currency(SignForm, spec.currency),), listed)())
    form.shelf, names = shelf, category_names()
    form.categories.choices = [(code, names.get(code, code)) for code in spec.categories]
    form.classes.choices = [(one.name, one.label) for one in spec.classes]
    return form


class TerminateForm(ShownForm):
    """A contract ends before its day, with the reason."""

    reason = TextAreaField(_l("终止的原因"), validators=[required(), at_most(300)])
