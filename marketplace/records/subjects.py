"""Which services of the register are of simulated rounds."""

from sqlalchemy import select

from marketplace.records.models import ServiceRecord

SIMULATED = {"service_record": select(ServiceRecord.id).where(ServiceRecord.simulated)}
