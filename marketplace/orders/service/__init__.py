"""Every change of an order. Each function is one thing somebody asked for, done once for its request key."""

from marketplace.orders.service.accepting import accept, send_back
from marketplace.orders.service.common import Bill, Handover, Paper, PaperFacts, Purchase, Rating, SignedContract, hold_of
from marketplace.orders.service.deducting import deduct
from marketplace.orders.service.disputes import accept_by_default, ask_officer, decide, dispute, most_fen
from marketplace.orders.service.ending import cancel, decline, lapse, recount, remind, remind_ahead
from marketplace.orders.service.fulfilling import contract, deliver, take
from marketplace.orders.service.papers import add_paper, close, close_papers, forfeit, reopen_papers
from marketplace.orders.service.placing import as_printed, place
from marketplace.orders.service.proposals import Bargain, agree, propose, put_unanswered, refuse, take_back
from marketplace.orders.service.reviews import answer, review

__all__ = [
    "Bargain",
    "Bill",
    "Handover",
    "Paper",
    "PaperFacts",
    "Purchase",
    "Rating",
    "SignedContract",
    "accept",
    "accept_by_default",
    "add_paper",
    "agree",
    "answer",
    "as_printed",
    "ask_officer",
    "cancel",
    "close",
    "close_papers",
    "contract",
    "decide",
    "decline",
    "deduct",
    "deliver",
    "dispute",
    "forfeit",
    "hold_of",
    "lapse",
    "most_fen",
    "place",
    "propose",
    "put_unanswered",
    "recount",
    "refuse",
    "remind",
    "remind_ahead",
    "reopen_papers",
    "review",
    "send_back",
    "take",
    "take_back",
]
