"""Columns by which people know the rows that events are about, and which of them are of simulated rounds."""

from sqlalchemy import select

from marketplace.vouchers.models import Application, Appropriation, Programme, Round, Voucher
from marketplace.vouchers.queries.reruns import is_simulated

NAMES = {
    "voucher": (Voucher.id, Voucher.number),
    "application": (Application.id, Application.number),
    "appropriation": (Appropriation.id, Appropriation.document_number),
    "round": (Round.id, Round.name),
    "programme": (Programme.id, Programme.name),
}
SIMULATED = {
    "round": select(Round.id).where(is_simulated(Round.id)),
    "voucher": select(Voucher.id).where(is_simulated(Voucher.round_id)),
    "application": select(Application.id).where(is_simulated(Application.round_id)),
    "appropriation": select(Appropriation.id).where(is_simulated(Appropriation.round_id)),
}
