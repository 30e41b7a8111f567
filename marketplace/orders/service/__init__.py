"""Every change of an order. Each function is one thing somebody asked for, done once for its request key."""

from marketplace.orders.service.accepting import accept, send_back
from marketplace.orders.service.common import Paper, hold_of
from marketplace.orders.service.disputes import accept_by_default, ask_officer, decide, dispute, most_fen
from marketplace.orders.service.ending import cancel, decline, lapse, recount, remind, remind_ahead
from marketplace.orders.service.fulfilling import contract, deliver, take
from marketplace.orders.service.papers import add_paper, close, close_papers, forfeit, reopen_papers
from marketplace.orders.service.placing import as_printed, place
from marketplace.orders.service.reviews import answer, review

__all__ = [
    "Paper",
    "accept",
    "accept_by_default",
    "add_paper",
    "answer",
    "as_printed",
    "ask_officer",
    "cancel",
    "close",
    "close_papers",
    "contract",
    "decide",
    "decline",
    "deliver",
    "dispute",
    "forfeit",
    "hold_of",
    "lapse",
    "most_fen",
    "place",
    "recount",
    "remind",
    "remind_ahead",
    "reopen_papers",
    "review",
    "send_back",
    "take",
]
