"""Base form and the fields of our domain. Forms check shape; rules are the services' business."""

import hashlib
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Generic, NamedTuple, TypeVar

from flask import flash, g, has_request_context, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from werkzeug.datastructures import FileStorage
from wtforms import DateField as _DateField
from wtforms import Field, HiddenField, IntegerField, StringField
from wtforms.fields.core import UnboundField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from marketplace.kernel import typed
from marketplace.kernel.commands import Command, begin, is_known
from marketplace.kernel.currencies import currency
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import N_, Conflict, DomainError
from marketplace.kernel.lifecycle import Word
from marketplace.kernel.locales import said
from marketplace.kernel.money import CNY, Currency, Fen, format_amount, parse_amount
from marketplace.web.errors import status_of

T = TypeVar("T")
F = TypeVar("F", bound=FlaskForm)


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def choices(words: Iterable[Word], none: object = "") -> list[tuple[str, Any]]:
    """The words of a select or radio group in the reader's language; `none`: what is read where none of them is chosen."""
    return [*([("", none)] if none else []), *((word.value, _l(word.label)) for word in words)]


class MarketplaceForm(FlaskForm):
    """Base form: trims text, and can show a refusal from the rules beside the field it concerns."""

    class Meta(FlaskForm.Meta):
        locales = ["zh"]  # noqa: RUF012 – WTForms' own name

        def bind_field(self, form: Any, unbound_field: Any, options: Any) -> Any:
            filters = [*unbound_field.kwargs.get("filters", ()), _trimmed]
            return unbound_field.bind(form=form, **{**options, "filters": filters})

    called: Mapping[str, str] = {}
    refusal: DomainError | None = None

    def refuse(self, error: DomainError) -> None:
        """Show a refusal beside its field, or above the form; what was typed stays."""
        self.refusal = error
        if has_request_context():
            g.refusal = error  # for the trail, where a control refused
        field: Field | None = self._fields.get(self.called.get(error.field, error.field)) if error.field else None
        if field is None:
            self.form_errors.append(said(error))
        else:
            field.errors = [*field.errors, said(error)]

    @property
    def status(self) -> int:
        """200, or the status of what was refused: for the view's last line."""
        if not self.errors:
            return 200
        return status_of(self.refusal) if self.refusal else 422


class Done(NamedTuple, Generic[T]):
    """A command was carried out, with what it answered."""

    answer: T


def carried_out(
    form: MarketplaceForm, work: Callable[..., T], said: str = "", *, before: Callable[[], object] | None = None
) -> Done[T] | None:
    """Do a form's work in a transaction, once, and say so; None when it was refused: the form shows why.

    Args:
        said: what the next page says; nothing where the view says it itself.
        before: reads files or checks a password before the transaction; its answer is handed to the work.
    """
    handed_on = g.get("handed_on")
    try:
        asked, given = once(work), (before(),) if before else ()
        answer = in_transaction(lambda: asked(*given))
        assert not callable(answer), "the work was prepared, but not done"
        assert g.get("handed_on") == handed_on, "take the key before the work, or it is bound twice"
    except DomainError as refusal:
        form.refuse(refusal)
        return None
    if said:
        flash(said, "success")
    return Done(answer)


def decided(form: MarketplaceForm, work: Callable[[], object], said: str, *, then: str, page: Callable[[], str]) -> ResponseReturnValue:
    """What the page of a decision answers: on to `then` once it is carried out; else itself again, with why not."""
    if form.validate_on_submit() and carried_out(form, work, said):
        return redirect(then)
    return page(), form.status


class CommandForm(MarketplaceForm):
    """A form whose submission is a command: its hidden key makes a second click the same command. By itself, one that needs no words."""

    request_key = HiddenField(default=lambda: str(uuid.uuid4()))

    def key(self) -> uuid.UUID:
        """The command's key, for a service that binds it (`once`); a mangled one is a new command, and validation refuses it."""
        g.handed_on = True
        return self.row_id()

    def row_id(self) -> uuid.UUID:
        """The key as the id of a row that is made, where the page binds it."""
        return typed.key(self.request_key.data) or uuid.uuid4()

    def validate_request_key(self, field: Field) -> None:
        if typed.key(field.data) is None:
            field.data = str(uuid.uuid4())  # so that the page shown again can be sent
            raise ValidationError(gettext("页面已失效，请刷新后重新提交。"))


def once(work: Callable[..., T]) -> Callable[..., Any]:
    """The work, to be done in a transaction, unless the page's key has carried it out before: then nothing is done, and None is answered.

    Where the view has handed the key to a service (`CommandForm.key`), that one binds it to its own verb and row; else it is bound here, to
    who sends what to which address. Files count by what is in them; passwords are no part of it.

    Raises, when done: Conflict: the key was used by somebody else, at another address or with other content.
    """
    key = next((typed.key(value) for name, value in request.form.items() if _last(name) == "request_key"), None)
    if key is None or g.get("handed_on"):
        return work
    rows = [value for value in (request.view_args or {}).values() if isinstance(value, uuid.UUID)]
    said = {name: values for name, values in request.form.lists() if _last(name) not in _NOT_SAID and "password" not in name}
    files = {name: [_digest(file) for file in sent] for name, sent in request.files.lists()}
    actor_id = current_user.id if current_user.is_authenticated else None
    content = {"address": request.full_path, "said": said, "files": files}
    command = Command(key, str(request.endpoint), actor_id, rows[-1] if rows else key, content)
    older = replace(command, key=uuid.uuid5(key, "page"))  # as such keys were kept before: apart from those that services bind
    return lambda *given: work(*given) if begin(older if is_known(older.key) else command) else None


_NOT_SAID = {"request_key", "csrf_token", "shown"}


def _last(name: str) -> str:
    """The name of a field without its form's prefix."""
    return name.rsplit("-", 1)[-1]


def _digest(file: FileStorage) -> str:
    digest = hashlib.sha256(file.stream.read()).hexdigest()
    file.stream.seek(0)
    return digest


class ShownField(HiddenField):
    """The mark of what the page showed; a submission without it showed nothing."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist[0] if valuelist else ""


class ShownForm(CommandForm):
    """A decision on what a page shows: made from a page that is older than the row, it is refused (identity.page_mark)."""

    shown = ShownField()

    def refuse(self, error: DomainError) -> None:
        """After the refusal the page shows what is new, and may be sent again."""
        super().refuse(error)
        if error.code == "stale":
            self.shown.data = error.params.get("mark", self.shown.data)

    def is_known(self) -> bool:
        """Whether it was sent before: then it is answered as it was, whatever may be chosen now."""
        return self.is_submitted() and is_known(self.row_id())

    def seen(self) -> str:
        """The mark that the page carried."""
        return self.shown.data or ""

    def leave_out(self, name: str, *values: str) -> None:
        """Offer no choice of a field that the row forbids by now; what was sent before is answered as it was."""
        if not self.is_known():
            self[name].choices = [one for one in self[name].choices if one.value not in values]

    def is_sent(self, check: Callable[[str], None]) -> bool:
        """`validate_on_submit` where choices follow the state: an older page hears what happened, not that its choice is gone."""
        if not self.is_submitted():
            return False
        if self.is_known():
            return bool(self.validate())
        try:
            check(self.seen())
        except Conflict as refusal:
            self.refuse(refusal)
            return False
        return bool(self.validate())


_WAN = 10_000


class YuanField(StringField):
    """An amount typed in yuan, or in the currency of a book; .data is fen, or its smallest unit."""

    data: Fen | None

    def __init__(self, *args: Any, currency: Currency = CNY, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.currency = currency

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            try:
                self.data = parse_amount(valuelist[0], self.currency)
            except ValueError as error:
                raise ValidationError(said(error.args[0])) from None

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else ("" if self.data is None else format_amount(self.data, self.currency))


class WanField(YuanField):
    """An amount typed in 万元, as firms speak of revenue; .data is fen."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([value.strip().removesuffix(N_("元")).removesuffix(N_("万")) for value in valuelist])
        if self.data is not None:
            self.data = Fen(self.data * _WAN)


def in_currency(form: type[F], code: str) -> type[F]:
    """The form with its amounts in the currency of a book."""
    if code == CNY:
        return form
    amounts = {
        name: field.field_class(*field.args, **{**field.kwargs, "currency": currency(code)})
        for name in dir(form)
        if isinstance(field := getattr(form, name, None), UnboundField) and issubclass(field.field_class, YuanField)
    }
    return type(form.__name__, (form,), amounts)


class WholeField(IntegerField):
    """A whole number of digits 0 to 9, full-width ones allowed; never more than both engines can store."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        self.data = typed.number(typed.half_width(valuelist[0]).replace(",", ""))
        if self.data is None:
            raise ValueError(gettext("请填写整数，只用数字 0 至 9。"))


class CivilDateField(_DateField):
    """A date as 2026-11-20; also read as 2026/11/20 and 20261120, full-width digits allowed."""

    data: Any

    def __init__(self, label: Any = None, validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, format=["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日"], **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata([typed.half_width(value).strip() for value in valuelist])
        except ValueError:
            raise ValueError(gettext("请按 2026-11-20 的样子填写日期。")) from None
        if self.data is not None and not typed.is_near(self.data):
            self.data = None
            raise ValueError(gettext("请核对年份：日期应在 1800 年至 2199 年之间。"))


def required(message: Any = None) -> InputRequired:
    """The field must be filled in."""
    return InputRequired(message or _l("这一项必须填写。"))


def optional() -> Optional:
    """The field may stay empty."""
    return Optional()


def at_most(length: int) -> Length:
    """Text of at most so many characters."""
    return Length(max=length, message=_l("最多 %(length)d 个字。", length=length))


__all__ = [
    "CivilDateField", "CommandForm", "FileField", "MarketplaceForm", "WholeField", "YuanField", "at_most", "carried_out", "decided",
    "optional", "required",
]  # fmt: skip
