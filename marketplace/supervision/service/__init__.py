"""What is done with cases."""

from marketplace.supervision.service.appeals import answer_appeal, appeal, close, recount
from marketplace.supervision.service.cases import Cause, decide, drop_measure, find, hand_back, open_case, propose
from marketplace.supervision.service.checks import SpotResult, check_item, draw_sample, plan

__all__ = [
    "Cause",
    "SpotResult",
    "answer_appeal",
    "appeal",
    "check_item",
    "close",
    "decide",
    "draw_sample",
    "drop_measure",
    "find",
    "hand_back",
    "open_case",
    "plan",
    "propose",
    "recount",
]
