"""What pages say of a programme's file that was refused."""

from flask_babel import gettext as _

from marketplace.policy.programme_file import ProgrammeFileError
from marketplace.policy.programme_problems import DraftProblem, of_file
from marketplace.web.forms import MarketplaceForm


def file_problems(form: MarketplaceForm) -> list[DraftProblem]:
    """What is wrong with the file that a form brought in, in the officer's words; the form itself only says how much."""
    if not isinstance(form.refusal, ProgrammeFileError):
        return []
    problems = of_file(form.refusal)
    form.form_errors[:] = [_("项目规则文件有 %(n)s 处需要更正，请看下面的逐项说明。", n=len(problems))]
    return problems
