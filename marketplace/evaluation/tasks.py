"""What waits for whoever judges platforms and their members."""

from marketplace.evaluation import queries
from marketplace.evaluation.rulesets import names
from marketplace.evaluation.rulesets import ruleset as ruleset_of
from marketplace.kernel import clock
from marketplace.kernel.errors import N_
from marketplace.kernel.tasks import Task


def _opinions(ruleset: str) -> Task:
    return Task(N_("评议示范平台"), "evaluation.index",
                lambda _asker, areas: queries.platforms_in(areas, unjudged=(ruleset, clock.today().year)),
                {"ruleset": ruleset, "waiting": "1"}, door="evaluation.judge")  # fmt: skip


OFFICE = (
    Task(
        N_("审核集聚服务机构"), "evaluation.members", lambda _asker, areas: queries.proposed_members(areas), door="evaluation.decide_member"
    ),
    *(_opinions(ruleset) for ruleset in names() if not ruleset_of(ruleset).document.is_national),
)
