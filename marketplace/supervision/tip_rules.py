"""What a tip needs, what its receipt opens, and what it earns. Pure."""

import hashlib
from uuid import UUID

from marketplace.kernel.errors import N_, Denied, RuleViolation
from marketplace.kernel.money import Fen, share_floor

MIN_WORDS = 20  # of what somebody saw
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is read for another
CODE_LENGTH = 12


def check_facts(text: str) -> str:
    """Enough words to look into. Raises: RuleViolation beside the field."""
    if len(text.strip()) < MIN_WORDS:
        raise RuleViolation(N_("请写明时间、事项和依据，不少于 %(count)s 个字。"), field="facts", code="few_words", count=MIN_WORDS)
    return text.strip()


def code_of(request_key: UUID) -> str:
    """What the sender follows the tip up with: it follows from the page's key alone, so a second click shows the same. Nobody stores it."""
    drawn = int.from_bytes(hashlib.sha256(b"tip:" + request_key.bytes).digest(), "big")
    letters = []
    for _place in range(CODE_LENGTH):
        drawn, place = divmod(drawn, len(LETTERS))
        letters.append(LETTERS[place])
    return "".join(letters)


def logged_key(request_key: UUID) -> UUID:
    """What the log of commands keeps of a tip's key: who reads it learns neither the key nor the code that follows from it."""
    return UUID(bytes=hashlib.sha256(b"tip-log:" + request_key.bytes).digest()[:16])


def code_hash(code: str) -> str:
    """What is stored of it. Spaces, hyphens and small letters make no difference."""
    return hashlib.sha256(code.upper().replace("-", "").replace(" ", "").encode()).hexdigest()


def check_not_handler(actor_id: UUID, handled_by: UUID | None) -> None:
    """Who handles a tip never learns who sent it, and does not decide on its reward. Raises: Denied."""
    if actor_id == handled_by:
        raise Denied(N_("这条线索由您办理，不能查看举报人，也不能确认奖励，请由另一位工作人员办理。"), code="four_eyes")


def reward_fen(found_fen: int, *, share_bp: int, least_fen: Fen, most_fen: Fen) -> Fen:
    """What a tip earns whose case was established: a share of the money that is to be paid back, at least and at most so much.

    Args:
        found_fen: to be paid back; 0: nothing, the least is earned all the same.
        share_bp: of it, in basis points; part of a fen is dropped.
    """
    return Fen(max(least_fen, min(most_fen, share_floor(Fen(found_fen), share_bp))))
