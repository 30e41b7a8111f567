"""What is done with cases."""

from marketplace.supervision.service.appeals import answer_appeal, appeal, close, recount
from marketplace.supervision.service.cases import Cause, decide, drop_measure, find, hand_back, open_case, propose
from marketplace.supervision.service.checks import SpotResult, check_item, draw_sample, plan
from marketplace.supervision.service.social import Appointment
from marketplace.supervision.service.texts import keep_text
from marketplace.supervision.service.tips import TypedTip, open_of_tip, receive_tip, refuse_tip, reward_tip, see_sender, take_tip

__all__ = [
    "Appointment",
    "Cause",
    "SpotResult",
    "TypedTip",
    "answer_appeal",
    "appeal",
    "check_item",
    "close",
    "decide",
    "draw_sample",
    "drop_measure",
    "find",
    "hand_back",
    "keep_text",
    "open_case",
    "open_of_tip",
    "plan",
    "propose",
    "receive_tip",
    "recount",
    "refuse_tip",
    "reward_tip",
    "see_sender",
    "take_tip",
]
