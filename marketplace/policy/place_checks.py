"""Whether a programme's currency, time zone and calendar go with the rest of its rules."""

from collections.abc import Iterator

from marketplace.kernel.errors import N_
from marketplace.kernel.money import CNY
from marketplace.kernel.policyfiles.problems import Complaint
from marketplace.kernel.zones import CHINA
from marketplace.policy.programme_spec import ProgrammeSpec, TimeLimit, tables_of
from marketplace.policy.programme_words import DayKind

Found = Iterator[tuple[str, Complaint]]


def place_problems(spec: ProgrammeSpec) -> Found:
    """Working days without a calendar to count them by, and bands of figures that firms report in yuan."""
    if spec.zone_name not in (None, CHINA) and spec.calendar_name is None:
        for path, table, content in tables_of(spec.document):
            if table.made is TimeLimit and content.get("day_kind") == DayKind.WORKING:
                yield (
                    f"{path}.day_kind",
                    Complaint(
                        N_("按工作日计的时限没有日历可依：项目在 %(zone)s，没有写明工作日历。"),
                        N_("请写明 calendar，或改为 natural（自然日）。"),
                        {"zone": spec.zone_name},
                    ),
                )
    if spec.currency != CNY:
        for one in spec.classes:
            for name in ("least_revenue_fen", "below_revenue_fen"):
                if getattr(one, name) is not None:
                    yield (
                        f"{one.key}.{name}",
                        Complaint(
                            N_("企业的营业收入按人民币登记，不能与 %(currency)s 金额比较。"),
                            N_("请删去这一项，改用从业人员、名录等条件。"),
                            {"currency": str(spec.currency)},
                        ),
                    )
