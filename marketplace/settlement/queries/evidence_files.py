"""The files that a claim stands on: the papers of its order, or the scan of an application without one."""

from dataclasses import dataclass

from sqlalchemy import select

from marketplace.kernel.db import db
from marketplace.kernel.files import StoredFile
from marketplace.orders import queries as orders
from marketplace.orders.models import OrderDocument
from marketplace.settlement.models import Claim


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file, and the paper that it is of an order; None: the scan of an application without one."""

    file: StoredFile
    paper: OrderDocument | None = None


def evidence_files(claim: Claim) -> list[EvidenceFile]:
    """In the order in which the page lists the papers."""
    papers = orders.live_documents(claim.order_id) if claim.order_id else []
    wanted = {one.file_id for one in papers}
    if claim.subsidy is not None and claim.subsidy.file_id is not None:
        wanted = {claim.subsidy.file_id}
    found = {one.id: one for one in db.session.scalars(select(StoredFile).where(StoredFile.id.in_(wanted)))} if wanted else {}
    if claim.order_id is None:
        return [EvidenceFile(one) for one in found.values()]
    return [EvidenceFile(found[one.file_id], one) for one in papers if one.file_id in found]
