"""Which notices are of simulated rounds."""

from sqlalchemy import select

from marketplace.publicity.models import PublicNotice

SIMULATED = {"public_notice": select(PublicNotice.id).where(PublicNotice.simulated)}
