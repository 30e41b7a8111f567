"""Whoever a control stops leaves a row in the trail: a command on what is not his, without the permission, or against a separation."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask, Response, g, request
from flask_login import current_user

from marketplace.audit import queries as trail
from marketplace.audit import service as audit
from marketplace.kernel import clock
from marketplace.kernel.db import in_transaction
from marketplace.kernel.errors import Denied, DomainError

log = logging.getLogger(__name__)

ACTION = "access.refused"
MOST_PER_MINUTE = 30  # of one user: a walk over all doors fills no trail


def register_refusals(app: Flask) -> None:
    """Record commands of signed-in users that were refused as not theirs to give."""

    @app.after_request
    def keep(response: Response) -> Response:
        error = g.get("refusal")
        stopped = isinstance(error, Denied) or response.status_code in {403, 404}
        if request.method == "POST" and stopped and current_user.is_authenticated:
            try:
                _record(response.status_code, error)
            except Exception:  # the answer is a refusal either way
                log.exception("a refusal was not recorded")
        return response


def _record(status: int, error: DomainError | None) -> None:
    actor_id, now = current_user.id, clock.now()
    subject = next((value for value in (request.view_args or {}).values() if isinstance(value, UUID)), None)
    if trail.count_of(actor_id, ACTION, since=now - timedelta(minutes=1)) >= MOST_PER_MINUTE:
        return
    event: dict[str, Any] = {
        "actor_id": actor_id, "subject_type": trail.REQUEST, "subject_id": subject, "door": request.endpoint or request.path[:120],
        "status": status, "code": error.code if error else "", "said": error.text() if error else "", "address": request.remote_addr or "",
    }  # fmt: skip
    in_transaction(lambda: audit.record(ACTION, **event))
