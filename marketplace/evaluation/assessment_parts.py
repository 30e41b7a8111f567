"""What an assessment keeps of itself: facts, answers, results, as JSON. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict

from marketplace.evaluation.facts import Facts
from marketplace.evaluation.rules import Assessment, Measured

FactsOfDay = dict[str, object]


def facts_of(facts: Facts, answers: Mapping[str, Measured]) -> FactsOfDay:
    """What was measured, and what may change under it. Records and reviews are never changed, so their names are enough."""
    plain = {
        "year": facts.year,
        "as_of": facts.as_of,
        "answers": {key: {"value": one.value, "most": one.most, "rows": list(one.rows)} for key, one in answers.items()},
        "dossier": [asdict(one) for one in facts.dossier],
        "staff": [asdict(one) for one in facts.staff],
        "members": [asdict(one) for one in facts.members],
        "opinions": {key: asdict(one) for key, one in facts.opinions.items()},
    }
    found: FactsOfDay = json.loads(json.dumps(plain, default=str))
    return found


def result_of(assessment: Assessment) -> list[dict[str, object]]:
    """Each condition with its wording, what was found, what was asked and what lacked."""
    return [
        {
            "id": one.id,
            "parent": one.criterion.parent,
            "label": one.criterion.label,
            "text": one.criterion.text,
            "clause": one.criterion.clause,
            "verdict": one.verdict.value,
            "value": one.value,
            "threshold": list(one.threshold) if isinstance(one.threshold, tuple) else one.threshold,
            "unit": one.criterion.unit,
            "rows": len(one.rows),
            "gap": [said.text() for said in one.gap],
        }
        for one in assessment.criteria
    ]


def digest_of(*parts: object) -> str:
    """SHA-256 over everything that an assessment says."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str).encode()).hexdigest()
