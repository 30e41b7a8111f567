"""Columns by which people know the rows that events are about, and which of them are of simulated rounds."""

from sqlalchemy import select

from marketplace.vouchers.bid_models import ProviderBid
from marketplace.vouchers.models import Application, Appropriation, Programme, Round, Voucher
from marketplace.vouchers.queries.reruns import is_simulated

NAMES = {
    "voucher": (Voucher.id, Voucher.number),
    "application": (Application.id, Application.number),
    "appropriation": (Appropriation.id, Appropriation.document_number),
    "bid": (ProviderBid.id, ProviderBid.number),
    "round": (Round.id, Round.name),
    "programme": (Programme.id, Programme.name),
}
SIMULATED = {
    "round": select(Round.id).where(is_simulated(Round.id)),
    "bid": select(ProviderBid.id).where(is_simulated(ProviderBid.round_id)),
    "voucher": select(Voucher.id).where(is_simulated(Voucher.round_id)),
    "application": select(Application.id).where(is_simulated(Application.round_id)),
    "appropriation": select(Appropriation.id).where(is_simulated(Appropriation.round_id)),
}
PARTIES = {  # whom a case may be about
    "voucher": (Voucher.id, (Voucher.enterprise_id,)),
    "application": (Application.id, (Application.enterprise_id,)),
}
