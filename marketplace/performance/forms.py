"""Shape of what is typed about performance."""

from collections.abc import Collection, Sequence
from typing import Any, cast

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField

from marketplace.kernel.currencies import currency
from marketplace.performance.indicators import Indicator, IndicatorTarget, IndicatorUnit
from marketplace.performance.rules import MOST_WORDS, ScoredTarget, StepWords
from marketplace.vouchers.models import Programme
from marketplace.web.forms import CommandForm, ShownForm, WholeField, YuanField, at_most, optional, required

_BP_IN_PERCENT = 100


class TargetsForm(CommandForm):
    """A target value and a weight for each measure that is wanted; the others stay empty."""

    def pairs(self) -> list[tuple[Indicator, Any, Any]]:
        """The fields of each measure."""
        return [(one, self[f"value_{one}"], self[f"weight_{one}"]) for one in Indicator]

    def targets(self) -> list[IndicatorTarget]:
        """What was typed; a weight without a value is a target of nothing, which the rules refuse."""
        return [
            IndicatorTarget(one, (value.data or 0) * (_BP_IN_PERCENT if one.is_rate else 1), weight.data or 0)
            for one, value, weight in self.pairs()
            if value.data is not None or weight.data is not None
        ]


def targets_form(programme: Programme) -> TargetsForm:
    """The form with its measures, in the currency of a programme."""
    fields: dict[str, object] = {}
    for one in Indicator:
        said = {"name": one.label}
        if one.unit is IndicatorUnit.FEN:
            fields[f"value_{one}"] = YuanField(
                _l("%(name)s：目标值", **said), validators=[optional()], currency=currency(programme.currency)
            )
        else:
            fields[f"value_{one}"] = WholeField(_l("%(name)s：目标值", **said), validators=[optional()])
        fields[f"weight_{one}"] = WholeField(_l("%(name)s：权重", **said), validators=[optional()])
    return cast("TargetsForm", type("TargetsOfProgramme", (TargetsForm,), fields)())


class StepForm(ShownForm):
    """A step with a plan: nothing to type, a reason, or a reason for each measure that is behind."""

    asked: Sequence[ScoredTarget] = ()

    @property
    def reason_fields(self) -> list[Any]:
        """Those to fill in."""
        return [one for one in self if one.name.startswith("reason")]

    def given(self) -> StepWords:
        """What was typed."""
        reasons = {one.name.removeprefix("reason_"): one.data or "" for one in self.reason_fields if one.name != "reason"}
        return StepWords(reason=str(self["reason"].data or "") if "reason" in self else "", reasons=reasons or None)


def step_form(shown: str, *, has_reason: bool, behind: Collection[Indicator]) -> StepForm:
    """The form of a step with what it asks for."""
    fields: dict[str, object] = {}
    if has_reason:
        fields["reason"] = TextAreaField(_l("原因"), validators=[required(), at_most(MOST_WORDS)])
    for one in behind:
        label = _l("%(name)s：未达进度或没有数据的原因和措施", name=one.label)
        fields[f"reason_{one}"] = TextAreaField(label, validators=[optional(), at_most(MOST_WORDS)])
    return cast("StepForm", type("StepOfPlan", (StepForm,), fields)(shown=shown))
