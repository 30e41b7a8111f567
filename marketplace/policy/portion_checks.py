"""Whether a quota by kinds of service can be run: every service in one part, moves where there are parts, no part that no cap reaches."""

from collections.abc import Iterator

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.policy.programme_words import CAPS_OF_A_FIRM, PortionMove
from marketplace.policy.service_categories import category_names

Found = Iterator[tuple[str, Complaint]]


def portion_problems(spec: ProgrammeSpec) -> Found:
    """Keys and complaints, where all names are known."""
    if bool(spec.portions) != bool(spec.portion_moves):
        yield (
            "portion_moves" if spec.portions else "portions",
            Complaint(N_("分类额度与其调整办法不配套。"), N_("请同时写 [portions.名称] 和 [portion_moves]，或都删去。")),
        )
    if not spec.portions:
        return
    yield from _one_part_each(spec)
    if spec.portion_moves and spec.portion_moves.rule is not PortionMove.NONE and len(spec.portions) < 2:
        yield "portion_moves.rule", Complaint(N_("只有一类额度，没有可以调整的。"), N_('请改为 rule = "none"，并删去 by。'))
    for one in spec.portions:
        for cap in spec.caps:
            reaches = not cap.categories and (not cap.classes or set(one.classes) <= set(cap.classes))
            if cap.scope in CAPS_OF_A_FIRM and reaches and one.amount_fen > cap.amount_fen:
                named: dict[str, object] = {"cap": cap.key}
                yield f"{one.key}.amount_fen", Complaint(N_("分类额度高于 %(cap)s 的上限。"), N_("请核对两处金额。"), named)


def _one_part_each(spec: ProgrammeSpec) -> Found:
    """Every service that a firm of a class may buy counts against exactly one part of its quota."""
    called = category_names()
    for one in spec.classes:
        for category in spec.services.value:
            fitting = [part for part in spec.portions_of(one.name) if category in part.categories]
            if len(fitting) != 1:
                params: dict[str, object] = {"class": one.label, "category": called.get(category, category), "count": len(fitting)}
                yield (
                    "portions",
                    Complaint(
                        N_("“%(class)s”的“%(category)s”属于 %(count)s 条分类额度。"),
                        N_("请让每一个服务类别恰好属于一条 [portions.名称]。"),
                        params,
                    ),
                )
