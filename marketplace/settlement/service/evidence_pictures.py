"""Ask for the pages of a claim's files to be drawn, so that a reviewer sees them beside the decision."""

from uuid import UUID

from marketplace.kernel import jobs
from marketplace.settlement.models import Claim

KIND = "settlement.draw_files"


def ask_for_pictures(claim: Claim, *, request_key: UUID | None = None) -> None:
    """Once when it is handed in, and once a request of somebody to whom they are missing."""
    key = f"{KIND}:{request_key}" if request_key else None
    jobs.enqueue(KIND, {"claim_id": str(claim.id), "asked": request_key is not None}, dedupe_key=key)
