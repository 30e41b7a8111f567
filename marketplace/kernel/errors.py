"""Errors of the domain: a sentence for the user, a field, a stable code. web/errors.py alone maps them to a status."""

from typing import Any

from marketplace.kernel.sentences import N_, filled

__all__ = [
    "N_",
    "Busy",
    "Conflict",
    "Denied",
    "DomainError",
    "Forbidden",
    "InsufficientBalance",
    "NotFound",
    "RuleViolation",
    "Uncertain",
]


class DomainError(Exception):
    """Something a user can reach and mend.

    Args:
        message: Chinese sentence that says what is wrong and what to do; %(name)s is filled from params.
        field: name of the form field concerned, if one is.
        code: stable word for machines.
        params: values for the sentence; strings among them are translated too.
    """

    default_code = "error"

    def __init__(self, message: str, *, field: str | None = None, code: str | None = None, **params: Any) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.code = code or self.default_code
        self.params = params

    def text(self) -> str:
        """The sentence in Chinese, filled."""
        return filled(self.message, self.params)

    def __str__(self) -> str:
        return self.text()


class RuleViolation(DomainError):
    """A rule of the field says no."""

    default_code = "rule_violation"


class Denied(RuleViolation):
    """A control says no: not this person, whatever the form says. An attempt over the web stands in the trail."""

    default_code = "denied"


class InsufficientBalance(RuleViolation):
    """An account does not hold what was asked of it."""

    default_code = "insufficient_balance"


class NotFound(DomainError):
    """No such row, or another organisation's: the two look alike, so ids cannot be probed."""

    default_code = "not_found"

    def __init__(self, message: str = "没有找到这条记录，可能已被移走，或不属于您的单位。", **kwargs: Any) -> None:
        super().__init__(message, **kwargs)


class Forbidden(DomainError):
    """The user may not do this."""

    default_code = "forbidden"


class Conflict(DomainError):
    """The same key with other content, or a form that is older than the row."""

    default_code = "conflict"


class Busy(DomainError):
    """The database stayed busy; nothing was stored."""

    default_code = "busy"

    def __init__(self, message: str = "系统正忙，您的操作没有保存。请稍等片刻再提交一次。", **kwargs: Any) -> None:
        super().__init__(message, **kwargs)


class Uncertain(Busy):
    """The connection broke while a commit was on its way: it may be stored, and a repeat of the same submission tells."""

    default_code = "uncertain"

    def __init__(self, message: str = "", **kwargs: Any) -> None:
        default = N_("提交途中与数据库的连接中断，尚不能确定是否已经保存。请稍等片刻，原样再提交一次：同一次提交不会办理两次。")
        super().__init__(message or default, **kwargs)
