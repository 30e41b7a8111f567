"""Judgements of organisations and readings of clauses, which belong to no programme, with what the trail says of them."""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, true

from marketplace.evaluation import rulesets
from marketplace.evaluation.models import Judgement, RulesetSetting
from marketplace.identity.models import Organisation
from marketplace.kernel.pieces import pieces
from marketplace.policy.ruleset_spec import CriterionKind
from marketplace.recomputing.queries.reading import told_of
from marketplace.recomputing.rules.assessments import CHOSEN, JUDGED, DecidedJudgement, DecidedReading, RuleFile

_JUDGED = ("id", "organisation_id", "ruleset", "year", "criterion_id", "verdict", "value", "actor_id", "facts")
_READ = ("id", "ruleset", "area_code", "key", "value", "actor_id")


def decided_judgements(connection: Connection, since: datetime | None) -> Iterator[DecidedJudgement]:
    """What people judged, in the order of time."""
    one = Judgement
    wanted: Any = select(*(getattr(one, name) for name in _JUDGED), Organisation.name, Organisation.region_code)
    wanted = wanted.join(Organisation, Organisation.id == one.organisation_id).where(_newer(one.created_at, since))
    for rows in pieces(connection, wanted, one.created_at, one.id):
        told = told_of(connection, list({row.organisation_id for row in rows}), [JUDGED])
        for row in rows:
            named = {name: getattr(row, name) for name in _JUDGED}
            file, events = _file_of(row.ruleset, row.criterion_id), told.get(row.organisation_id, ())
            yield DecidedJudgement(**named, name=row.name, area_code=row.region_code, file=file, told=events)


@lru_cache
def _file_of(name: str, criterion_id: str) -> RuleFile | None:
    """What a judgement is held against: files do not change while the application runs."""
    criteria = rulesets.ruleset(name).criteria if name in rulesets.names() else ()
    criterion = next((one for one in criteria if one.id == criterion_id), None)
    if criterion is None:
        return None
    asked = criterion.threshold if criterion.kind is not CriterionKind.MANUAL else None
    return RuleFile(rulesets.digest(name), asked if isinstance(asked, int) else None)


def decided_readings(connection: Connection, since: datetime | None) -> Iterator[DecidedReading]:
    """How areas read clauses, in the order of time."""
    one = RulesetSetting
    wanted = select(*(getattr(one, name) for name in _READ)).where(_newer(one.created_at, since))
    for rows in pieces(connection, wanted, one.created_at, one.id):
        told = told_of(connection, [row.id for row in rows], [CHOSEN])
        for row in rows:
            yield DecidedReading(**{name: getattr(row, name) for name in _READ}, told=told.get(row.id, ()))


def _newer(moment: Any, since: datetime | None) -> ColumnElement[bool]:
    return true() if since is None else moment >= since
