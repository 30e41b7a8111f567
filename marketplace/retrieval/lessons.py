"""The newest guarded weights of a database, for a command that needs no application."""

import json

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from marketplace.retrieval.ranker import Weights

_NEWEST = "SELECT version, weights FROM match_lessons WHERE adopted ORDER BY created_at DESC LIMIT 1"


def newest_weights(database: str) -> Weights | None:
    """None: there are none, or no such database."""
    engine = create_engine(database)
    try:
        with engine.connect() as connection:
            row = connection.execute(text(_NEWEST)).first()
    except SQLAlchemyError:
        return None
    finally:
        engine.dispose()
    if row is None:
        return None
    version, weights = row
    return Weights(version, json.loads(weights) if isinstance(weights, str) else dict(weights))
