"""A panel scores applications (竞争评分): each officer once, without seeing what the others gave, when the window is closed."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from marketplace.identity import queries as identity
from marketplace.kernel.db import db, locked
from marketplace.kernel.errors import N_, Conflict, RuleViolation
from marketplace.kernel.ids import uuid7
from marketplace.kernel.typed import checked_reason, fitting
from marketplace.moves import service as moves
from marketplace.moves.service import By
from marketplace.vouchers.lifecycle import APPLICATION
from marketplace.vouchers.models import Application, ApplicationScore
from marketplace.vouchers.queries import scores
from marketplace.vouchers.queries.spending import phase_at, spec_of
from marketplace.vouchers.rules import scoring
from marketplace.vouchers.rules.states import RoundState, Side


def score(application_id: UUID, points: Mapping[str, int], *, reason: str, actor_id: UUID, now: datetime) -> Application:
    """One officer's sheet. The same sheet again changes nothing.

    Raises:
        RuleViolation: not a programme that scores, the window is open or the results are out, points or a reason
            are missing, or there are enough sheets.
        Denied: the application of the own organisation.
        Conflict: the officer gave another sheet before.
    """
    row = locked(Application, application_id)
    spec, known = spec_of(row.round.version_id), scores.sheets_of(application_id)
    mine = next((one for one in known if one.scorer_id == actor_id), None)
    if mine is not None:
        return _again(row, mine, points, reason)
    act = moves.begun(APPLICATION, "score", row, Side.OFFICER, By(actor_id, now))
    if not scoring.is_scored(spec) or phase_at(row.round, now) is not RoundState.CLOSED:
        raise RuleViolation(N_("只有竞争评分的批次，在申领截止后、结果公布前才能评分。"), code="round_state")
    scoring.check_scorer(identity.organisation_id_of(actor_id), [row.enterprise_id])
    if len(known) >= scoring.scorers(spec):
        raise RuleViolation(N_("这件申领已经评满，不用再评。"), code="scored")
    scoring.check_points(spec, points)
    checked_reason(reason, N_("请写明评分的理由。"))
    given = {one.name: points[one.name] for one in spec.criteria}
    sheet = ApplicationScore(
        id=uuid7(), application_id=application_id, scorer_id=actor_id, points=given, reason=fitting(reason.strip(), 500), created_at=now
    )
    db.session.add(sheet)
    moves.done(act, sheets=len(known) + 1, sheet=scoring.sheet_digest(sheet.id, given))
    return row


def _again(row: Application, mine: ApplicationScore, points: Mapping[str, int], reason: str) -> Application:
    if ({name: points.get(name) for name in mine.points}, reason.strip()) != (mine.points, mine.reason):
        raise Conflict(N_("您已经给这件申领评过分，评分交出后不能改。"), code="scored_before")
    return row
