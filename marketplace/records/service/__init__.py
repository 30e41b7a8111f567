"""Changes of the register: what writes records, and providers' own reports."""

from marketplace.records.delivered import Delivered
from marketplace.records.service.checking import Finding, claimed_of, examine_report
from marketplace.records.service.register import count_again, take_back, write
from marketplace.records.service.reports import (
    Correction,
    accept,
    correct,
    create,
    discard,
    put_row,
    refuse,
    remove_row,
    send_back,
    start,
    submit,
)

__all__ = [
    "Correction",
    "Delivered",
    "Finding",
    "accept",
    "claimed_of",
    "correct",
    "count_again",
    "create",
    "discard",
    "examine_report",
    "put_row",
    "refuse",
    "remove_row",
    "send_back",
    "start",
    "submit",
    "take_back",
    "write",
]
