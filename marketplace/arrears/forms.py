"""Shape of what is typed about arrears."""

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField

from marketplace.arrears.lifecycle import DebtorKind
from marketplace.web.forms import CivilDateField, CommandForm, ShownForm, YuanField, at_most, choices, optional, required
from marketplace.web.select_fields import SelectField


class RegisterForm(CommandForm):
    """Who owes whom how much, since when, and what shows it."""

    creditor = StringField(_l("被拖欠企业的统一社会信用代码"), validators=[required(), at_most(18)])
    debtor = StringField(_l("欠款单位"), validators=[required(), at_most(120)])
    debtor_kind = SelectField(_l("欠款单位类型"), choices=choices(DebtorKind), validators=[required()])
    amount = YuanField(_l("欠款金额"), validators=[required()])
    due_on = CivilDateField(_l("应付日期"), validators=[required()])
    evidence = TextAreaField(_l("依据"), validators=[required(), at_most(1000)])


class ConfirmForm(ShownForm):
    """Nothing to type."""


class WordsForm(ShownForm):
    """A reason."""

    words = TextAreaField(_l("原因"), validators=[required(), at_most(300)])


class PlanForm(ShownForm):
    """How much in which month."""

    month = StringField(_l("月份"), validators=[required(), at_most(7)])
    amount = YuanField(_l("计划清偿金额"), validators=[required()])
    words = TextAreaField(_l("说明"), validators=[optional(), at_most(300)])


class ProgressForm(ShownForm):
    """What was paid, and how it stands."""

    amount = YuanField(_l("本次清偿金额"), validators=[required()])
    words = TextAreaField(_l("进展"), validators=[required(), at_most(300)])


class ReverseForm(ShownForm):
    """What was said too much, and why."""

    amount = YuanField(_l("多登记的清偿金额"), validators=[required()])
    words = TextAreaField(_l("原因"), validators=[required(), at_most(300)])
