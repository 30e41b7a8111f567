"""The column by which people know what an application without an order stands on, and which are of simulated rounds."""

from sqlalchemy import select

from marketplace.subsidies.models import Subsidy

NAMES = {"subsidy": (Subsidy.id, Subsidy.title_number)}
SIMULATED = {"subsidy": select(Subsidy.id).where(Subsidy.simulated)}
