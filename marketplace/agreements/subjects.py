"""The column by which people know an agreement, and which are of simulated rounds."""

from sqlalchemy import select

from marketplace.agreements.models import Agreement

NAMES = {"agreement": (Agreement.id, Agreement.number)}
SIMULATED = {"agreement": select(Agreement.id).where(Agreement.simulated)}
