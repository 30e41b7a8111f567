"""Changes of the register: what writes records, and providers' own reports."""

from marketplace.records.delivered import Delivered
from marketplace.records.service.checking import Finding, claimed_of, examine_report
from marketplace.records.service.closing import ask_to_close, close
from marketplace.records.service.platforms import MemberFacts, accept_member, end_member, propose_member, refuse_member, register_platform
from marketplace.records.service.register import count_again, take_back, write
from marketplace.records.service.reports import (
    Correction,
    accept,
    correct,
    create,
    discard,
    obstacle,
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
    "MemberFacts",
    "accept",
    "accept_member",
    "ask_to_close",
    "claimed_of",
    "close",
    "correct",
    "count_again",
    "create",
    "discard",
    "end_member",
    "examine_report",
    "obstacle",
    "propose_member",
    "put_row",
    "refuse",
    "refuse_member",
    "register_platform",
    "remove_row",
    "send_back",
    "start",
    "submit",
    "take_back",
    "write",
]
