"""Controls for the decisions of a programme's rules, made of what the schema declares: kind, label, words, whose names they are."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from wtforms import StringField, TextAreaField
from wtforms.validators import ValidationError

from marketplace.kernel import typed
from marketplace.kernel.errors import N_
from marketplace.kernel.locales import unit_of
from marketplace.kernel.money import CNY, Currency
from marketplace.kernel.policyfiles.kinds import Choice, Choices, Codes, Field, Flag, ShortText, Whole
from marketplace.kernel.policyfiles.reading import Table
from marketplace.policy.programme_lines import LABELLED, currency_in, names_in
from marketplace.policy.programme_spec import GROUPS
from marketplace.policy.service_categories import category_names
from marketplace.vouchers.forms import checkboxes
from marketplace.web.forms import WholeField, YuanField, optional
from marketplace.web.select_fields import SelectField, SelectMultipleField

LINE = 200  # characters; a longer text is not typed into one line
BASIS = 100  # basis points in one percent
VALUE = "value_"  # before a field of a decision, so that one called "reason" would not be ours
_SHARE = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?", re.ASCII)
_BETWEEN = re.compile(r"[，,、;；\s]+")
_FLAGS = {"true": True, "false": False}


class PercentField(StringField):
    """A share typed in percent; .data is basis points."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and (text := typed.half_width(valuelist[0]).strip().removesuffix("%").strip()):
            if not _SHARE.fullmatch(text):
                raise ValidationError(_("请填写百分数，例如 30 或 12.5。"))
            points = Decimal(text) * BASIS
            if points != points.to_integral_value():
                raise ValidationError(_("百分数最多两位小数。"))
            self.data = int(points)

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{Decimal(self.data) / BASIS:f}"


def controls(kinds: Mapping[str, Field], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """The controls of some fields, by their names in a form; `document` holds what they may name."""
    return {f"{VALUE}{name}": _control(name, kind, document) for name, kind in kinds.items()}


def unit(name: str, document: Mapping[str, Any]) -> str:
    """What stands behind a number."""
    return unit_of(_currency(name, document)) if name.endswith("_fen") else "%" if name.endswith("_bp") else ""


def _currency(name: str, document: Mapping[str, Any]) -> Currency:
    """Of an amount of the rules. What firms turn over is in yuan whatever the programme pays in."""
    found = CNY if name.endswith("_revenue_fen") else currency_in(document).get("currency", CNY)
    assert isinstance(found, Currency)
    return found


def _control(name: str, kind: Field, document: Mapping[str, Any]) -> Any:
    label, hint = _(kind.label), getattr(kind, "hint", "")
    if isinstance(kind, Whole):
        if name.endswith("_fen"):
            return YuanField(label, validators=[optional()], currency=_currency(name, document))
        return (PercentField if name.endswith("_bp") else WholeField)(label, validators=[optional()])
    if isinstance(kind, Choice):
        words = [(str(word), _(word.label)) for word in kind.words]
        return SelectField(label, choices=[("", "—"), *words], validators=[optional()], description=_(hint) if hint else "")
    if isinstance(kind, Choices):
        return checkboxes(label, choices=[(word.value, _(word.label)) for word in kind.words], description=_none_is_all(kind))
    if isinstance(kind, Flag):
        return SelectField(label, choices=[("", "—"), ("true", _(kind.yes)), ("false", _(kind.no or N_("否")))], validators=[optional()])
    if isinstance(kind, Codes):
        return _codes_control(label, kind, document)
    is_long = isinstance(kind, ShortText) and kind.longest > LINE
    return (TextAreaField if is_long else StringField)(label, validators=[optional()], description=_(hint) if hint else "")


def _codes_control(label: str, kind: Codes, document: Mapping[str, Any]) -> Any:
    known = _known(kind, document)
    if known and not kind.in_order:
        return checkboxes(label, choices=list(known.items()), description=_none_is_all(kind))
    if kind.of in LABELLED and not known:
        return checkboxes(label, choices=[], description=_("还没有可选的。请先添加“%(group)s”并保存。", group=_(GROUPS[kind.of].label)))
    hint = _("每行一项，按顺序。可填：%(known)s。", known="；".join(known.values())) if known else ""
    return TextAreaField(label, validators=[optional()], description=hint or _("多项用顿号、逗号或换行隔开。%(hint)s。", hint=_(kind.hint)))


def _none_is_all(kind: Field) -> str:
    return "" if kind.required else _("都不选即不限。")


def _known(kind: Codes, document: Mapping[str, Any]) -> dict[str, str]:
    """What may be named, where that is a short list: name → what it is called."""
    if kind.of == "categories":
        return dict(category_names())
    names = names_in(document)
    if kind.of not in LABELLED:
        return {}
    rows = enumerate(document.get(kind.of, {}), start=1)
    return {name: names.get(kind.named(name)) or _("第 %(n)s 行（还没有名称）", n=number) for number, name in rows}


def show(form: Any, kinds: Mapping[str, Field], content: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    """Fill in a decision as it stands; what cannot be read as its kind is shown as it was typed."""
    for name, kind in kinds.items():
        control, given = form[f"{VALUE}{name}"], content.get(name)
        if isinstance(control, WholeField | YuanField | PercentField):
            _show_number(control, given)
        elif isinstance(kind, Flag) and isinstance(given, bool):
            control.data = str(given).lower()
        elif isinstance(control, TextAreaField) and isinstance(kind, Codes):
            control.data = _lines(kind, given, document)
            control.description = _with_names(control.description, kind, given, document)
        elif isinstance(kind, Choices | Codes):
            control.data = _texts(given)
            _offer(control, control.data)
        else:
            control.data = "" if given is None else str(given)
            if isinstance(control, SelectField):
                _offer(control, [control.data])


def offer_typed(form: Any, kinds: Mapping[str, Field]) -> None:
    """What was sent is seen again, also where it is no choice."""
    for name in kinds:
        control = form[f"{VALUE}{name}"]
        if isinstance(control, SelectField | SelectMultipleField):
            _offer(control, control.data if isinstance(control.data, list) else [control.data])


def _show_number(control: Any, given: Any) -> None:
    if given is None or type(given) is int:
        control.data = given
    else:
        control.data, control.raw_data, control.process_errors = None, [str(given)], ["unread"]


def _texts(given: Any) -> list[str]:
    return [str(one) for one in given] if isinstance(given, list) else [] if given is None else [str(given)]


def _offer(control: Any, chosen: Sequence[str]) -> None:
    """Something that is no longer, or not yet, among the choices is still seen, and can be taken away."""
    known = {str(choice.value) for choice in control.choices}
    control.choices = [*control.choices, *((one, one) for one in chosen if one and one not in known)]


def _lines(kind: Codes, given: Any, document: Mapping[str, Any]) -> str:
    known = _known(kind, document)
    return ("\n" if known else "、").join(known.get(one, one) for one in _texts(given))


Called = Mapping[str, Mapping[str, str]]  # group → what a row is called → its name


def content(form: Any, kinds: Mapping[str, Field], document: Mapping[str, Any], called: Called | None = None) -> Mapping[str, Any]:
    """What was typed, as the file would have it, or as it was typed; what was left empty is left out.

    Args:
        called: how rows are called anew on the same page.
    """
    found: Any = {}
    for name, kind in kinds.items():
        control = form[f"{VALUE}{name}"]
        value: Any = control.data
        if control.process_errors and control.raw_data and not isinstance(kind, Choices | Codes):
            value = str(control.raw_data[0]).strip()
        elif isinstance(kind, Codes) and isinstance(control, TextAreaField):
            value = _read_lines(kind, value or "", document, (called or {}).get(kind.of, {}))
        elif isinstance(control, SelectMultipleField):  # check boxes are sent in the order of the page
            value = [one for one in (str(choice.value) for choice in control.choices) if one in (value or ())]
        elif isinstance(kind, Flag):
            value = _FLAGS.get(value, value)
        if value not in (None, "") and not (value == [] and not kind.required):
            found[name] = value
    return found


def _with_names(hint: str, kind: Codes, given: Any, document: Mapping[str, Any]) -> str:
    """What the codes that stand there mean."""
    names = names_in(document)
    said = [f"{code} {names[kind.named(code)]}" for code in _texts(given) if kind.named(code) in names]
    if not said or _known(kind, document):
        return hint
    now = _("现为：%(names)s。", names="、".join(said))
    return f"{hint}{now}"


def _read_lines(kind: Codes, text: str, document: Mapping[str, Any], anew: Mapping[str, str]) -> list[str]:
    known = _known(kind, document)
    if not known:
        return list(kind.spelt([part for part in _BETWEEN.split(text) if part]))
    called = {**{label: name for name, label in known.items()}, **anew}
    return [called.get(line.strip(), line.strip()) for line in text.splitlines() if line.strip()]


def fields_of(form: Any, table: Table, document: Mapping[str, Any]) -> list[tuple[Any, str]]:
    """The controls of a decision, each with its unit."""
    return [(form[f"{VALUE}{name}"], unit(name, document)) for name in table.fields]
