"""Which services of the register are of simulated rounds."""

from sqlalchemy import select

from marketplace.records.models import ServiceRecord, ServiceReport

SIMULATED = {"service_record": select(ServiceRecord.id).where(ServiceRecord.simulated)}
PARTIES = {  # whom a case may be about
    "service_record": (ServiceRecord.id, (ServiceRecord.provider_id, ServiceRecord.enterprise_id)),
    "service_report": (ServiceReport.id, (ServiceReport.provider_id,)),
}
