"""Changes of the register: what writes records, and providers' own reports."""

from marketplace.records.delivered import Delivered
from marketplace.records.service.checking import Finding, claimed_of, examine_report
from marketplace.records.service.register import write
from marketplace.records.service.reports import accept, correct, create, discard, put_row, refuse, remove_row, send_back, start, submit

__all__ = [
    "Delivered",
    "Finding",
    "accept",
    "claimed_of",
    "correct",
    "create",
    "discard",
    "examine_report",
    "put_row",
    "refuse",
    "remove_row",
    "send_back",
    "start",
    "submit",
    "write",
]
