"""What outcomes teach: votes on pairs of names for every run, and, each night, weights that are used once they have held."""

import zlib
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import case, func, or_, select

from marketplace.kernel.db import db, in_transaction
from marketplace.kernel.errors import N_
from marketplace.kernel.jobs import Job, enqueue
from marketplace.matching.following import following
from marketplace.matching.lesson_models import MatchLesson
from marketplace.matching.models import Match, Need, Supply, SupplyList
from marketplace.matching.rules import SIGNED, MatchState, SupplyState
from marketplace.matching.snapshot import canonical, fingerprint
from marketplace.risk import service as risk
from marketplace.risk.models import Severity
from marketplace.risk.service import Signal

if TYPE_CHECKING:
    from marketplace.retrieval.ranker import Weights

KIND = "matching.relearn"
NAME = "learnt"


def votes() -> list[tuple[str, str, int]]:
    """Name of a need, name of a supply, and by how many more leaders the pair was contracted than refused as another product.

    A leader has one vote on two names, whatever the number of its matches: nobody outvotes the others by repeating itself.
    """
    contracted = Match.state.in_(SIGNED)
    wrong = (Match.state == MatchState.REFUSED) & Match.refusal_reason.in_(following().refusals.against)
    rows = db.session.execute(
        select(Need.product, Supply.product, func.sum(case((contracted, 1), else_=-1)))
        .join_from(Match, Need, Need.id == Match.need_id)
        .join(Supply, Supply.id == Match.supply_id)
        .where(or_(contracted, wrong))
        .group_by(Need.product, Supply.product, Match.leader_id)
    )
    told: Counter[tuple[str, str]] = Counter()
    for wording, line, balance in rows:
        told[wording, line] += (balance > 0) - (balance < 0)
    return sorted((wording, line, many) for (wording, line), many in told.items() if many)


def newest() -> "Weights | None":
    """The newest weights that held."""
    wanted = select(MatchLesson).where(MatchLesson.adopted.is_(True)).order_by(MatchLesson.created_at.desc(), MatchLesson.id.desc())
    return _weights(db.session.scalars(wanted.limit(1)).first())


def by_fingerprint(known_by: str) -> "Weights | None":
    """Weights that were learnt once; None: they come with the package."""
    return _weights(db.session.scalars(select(MatchLesson).where(MatchLesson.weights_hash == known_by).limit(1)).first())


def _weights(row: MatchLesson | None) -> "Weights | None":
    from marketplace.retrieval.ranker import Weights

    return Weights(row.version, dict(row.weights)) if row is not None else None


def ask_nightly(today: date) -> bool:
    """Ask for the night's lesson, once. Whether it was asked for now."""
    key = f"{KIND}:{today.isoformat()}"
    if db.session.scalar(select(Job.id).where(Job.dedupe_key == key)) is not None:
        return False
    enqueue(KIND, {}, title=N_("供需匹配学习"), dedupe_key=key)
    return True


def relearn(*, now: datetime) -> MatchLesson | None:
    """Learn from all outcomes, if there are others than last time. What does not hold is kept back, with a finding."""
    told = votes()
    training = canonical([list(one) for one in told])
    last = db.session.scalars(select(MatchLesson).order_by(MatchLesson.created_at.desc()).limit(1)).first()
    if not told or (last is not None and last.training_hash == fingerprint(training)):
        return None
    names = db.session.scalars(
        select(Supply.product).join(SupplyList, SupplyList.id == Supply.list_id).where(SupplyList.state == SupplyState.PUBLISHED).distinct()
    )
    row = _lesson(told, sorted(names), training, now)
    if row is not None:
        in_transaction(lambda: _store(row, now))
    return row


def _lesson(told: Sequence[tuple[str, str, int]], names: Sequence[str], training: bytes, now: datetime) -> MatchLesson | None:
    """None: nothing of it is offered any more."""
    from marketplace.retrieval.lines import SearchLine
    from marketplace.retrieval.memory import Confirmed
    from marketplace.retrieval.search import Search
    from marketplace.retrieval.training import guarded

    confirmed = [Confirmed(wording, line, line) for wording, line, many in told if many > 0]
    try:
        found = guarded(Search([SearchLine(name, name) for name in names], weights=newest()), confirmed, name=NAME)
    except ValueError:
        return None
    weights = found.trained.weights
    return MatchLesson(
        version=f"{NAME}-{fingerprint(training)[:12]}",
        way=found.trained.way,
        weights=dict(weights.by_feature),
        weights_hash=weights.fingerprint,
        training=zlib.compress(training),
        training_hash=fingerprint(training),
        figures={name: round(value, 4) for name, value in found.figures.items()},
        adopted=found.holds,
        created_at=now,
    )


def _store(row: MatchLesson, now: datetime) -> None:
    db.session.add(row)
    db.session.flush()
    if not row.adopted and row.way != "few":
        reason = N_("由对接结果新学的权重没有通过检验，没有启用；此前的权重照常使用。")
        risk.raise_signal(Signal("lesson_kept_back", Severity.NOTE, "match_lesson", row.id, reason, dict(row.figures)), now=now)
