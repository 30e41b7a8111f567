"""What pages say of a programme's file that was refused."""

from collections.abc import Mapping

from flask_babel import gettext as _

from marketplace.kernel.locales import said
from marketplace.kernel.sentences import with_units
from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.policy.programme_problems import DraftProblem, of_file
from marketplace.web.forms import MarketplaceForm


def in_reader_words(message: str, params: Mapping[str, object]) -> str:
    """A sentence with what fills it, in the reader's language."""
    told = {name: said(one) if isinstance(one, str) else one for name, one in params.items()}
    return with_units(_(message), told) % told if message else ""


def file_problems(form: MarketplaceForm) -> list[DraftProblem]:
    """What is wrong with the file that a form brought in, in the officer's words; the form itself only says how much."""
    if not isinstance(form.refusal, ProgrammeFileError):
        return []
    problems = of_file(form.refusal, in_reader_words)
    form.form_errors[:] = [_("项目规则文件有 %(n)s 处需要更正，请看下面的逐项说明。", n=len(problems))]
    return problems
