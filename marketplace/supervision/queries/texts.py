"""Deliverables that nobody has read yet, and files that may say the same as one."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import exists, func, select

from marketplace.kernel.db import db
from marketplace.kernel.files import StoredFile
from marketplace.orders.models import OrderDocument
from marketplace.policy.programme_words import DocumentKind
from marketplace.supervision.text_models import DeliverableText, TextBand

NEAREST = 50  # candidates that are compared with one file


def unread(most: int) -> Sequence[Any]:
    """Files of deliverables of which no words were kept, the oldest first: their bytes' name and their kind."""
    wanted = select(StoredFile.sha256, func.min(StoredFile.mime)).join(OrderDocument, OrderDocument.file_id == StoredFile.id)
    wanted = wanted.where(OrderDocument.kind == DocumentKind.DELIVERABLE, ~exists().where(DeliverableText.sha256 == StoredFile.sha256))
    return db.session.execute(wanted.group_by(StoredFile.sha256).order_by(func.min(StoredFile.created_at)).limit(most)).all()


def candidates(keys: Sequence[int]) -> Sequence[Any]:
    """Files that share a band with a fingerprint, those that share most first: their bytes' name and fingerprint."""
    wanted = select(DeliverableText.sha256, DeliverableText.firsts).join(TextBand, TextBand.sha256 == DeliverableText.sha256)
    wanted = wanted.where(TextBand.key.in_(keys)).group_by(DeliverableText.sha256, DeliverableText.firsts)
    return db.session.execute(wanted.order_by(func.count().desc(), DeliverableText.sha256).limit(NEAREST)).all()
