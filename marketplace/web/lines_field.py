"""A field of several lines that say something by a grammar of their own."""

from collections.abc import Callable
from typing import Any

from wtforms import TextAreaField

from marketplace.kernel.locales import said


class LinesField(TextAreaField):
    """Lines that `read` understands and `written` writes; .data is what they say."""

    data: Any

    def __init__(self, label: Any = None, *, read: Callable[[str], Any], written: Callable[[Any], str], **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.read, self.written = read, written

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        if valuelist and valuelist[0].strip():
            try:
                self.data = self.read(valuelist[0])
            except ValueError as error:
                raise ValueError(said(error.args[0])) from None

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else self.written(self.data or ())
