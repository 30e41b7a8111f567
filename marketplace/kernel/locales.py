"""Languages of the pages: Chinese is the source, English beside it. How a sentence is said in them."""

from collections.abc import Mapping
from typing import Any

from babel.numbers import get_currency_name
from flask import g, has_app_context
from flask_babel import Babel, Domain, force_locale, get_locale, gettext

from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import CNY
from marketplace.kernel.sentences import Sentence, filled, sentence_of

LOCALES = {"zh": "zh_Hans_CN", "en": "en"}


def _context() -> Any:
    """Where Flask-Babel keeps the language; None before it was asked, and outside an application."""
    return getattr(g, "_flask_babel", None) if has_app_context() else None


class Catalogue(Domain):  # type: ignore[misc]
    """Our sentences. In which language a context speaks is asked at its first sentence: a page says hundreds."""

    def get_translations(self) -> Any:
        """Kept where Flask-Babel forgets it when the language changes."""
        context = _context()
        if context is None:
            return super().get_translations()
        if getattr(context, "babel_translations", None) is None:
            context.babel_translations = super().get_translations()
        return context.babel_translations


class Languages(Babel):  # type: ignore[misc]
    """Flask-Babel with our catalogue."""

    domain_instance = Catalogue()


def spoken(message: str) -> str:
    """What `gettext` answers, for who asks it hundreds of times a page."""
    known = getattr(_context(), "babel_translations", None)
    return str(gettext(message) if known is None else known.ugettext(message))


def said(value: str | DomainError | Mapping[str, Any]) -> str:
    """A word, a sentence (also one kept as {message, params}) or a refusal in the reader's language, with what fills it."""
    sentence = sentence_of(value) if isinstance(value, Mapping) else value
    if not sentence:
        return ""
    message, params = (sentence.message, sentence.params) if isinstance(sentence, Sentence | DomainError) else (sentence, {})
    return filled(spoken(message), {name: said(one) if isinstance(one, str) else one for name, one in params.items()})


def unit_of(currency: str) -> str:
    """What stands behind an amount's number in a field or a head: 元, or the code of another currency."""
    return str(gettext("元")) if currency == CNY else str(currency)


def called(currency: str) -> str:
    """The name of a currency with its code, in the reader's language."""
    return f"{get_currency_name(currency, locale=get_locale())}（{currency}）" if currency != CNY else str(gettext("人民币（元）"))


def said_to(locale: str | None, value: str) -> str:
    """The same in the language that a user chose; in Chinese where that is not known."""
    with force_locale(LOCALES.get(locale or "", LOCALES["zh"])):
        return said(value)
