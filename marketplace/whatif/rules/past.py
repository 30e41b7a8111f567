"""What happened, as the replay reads it: vouchers that were issued and rose, money of rounds, orders with what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from marketplace.kernel.money import Fen
from marketplace.orders.rules import NO_PAPERS, PapersThen
from marketplace.policy.programme_spec import ProgrammeSpec
from marketplace.vouchers.rules.portions import split


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedVoucher:
    """A voucher as it was issued."""

    id: UUID
    enterprise_id: UUID
    round_id: UUID
    at: datetime
    on: date
    granted_fen: Fen
    class_key: str
    own: ProgrammeSpec  # the rules it was issued under
    rules: ProgrammeSpec  # those that it is replayed under: its own where its round was not chosen
    class_after: str | None  # class under those; None: no voucher
    granted_after: Fen
    simulated: bool
    above_soft: bool = False  # an officer said why more was granted than a soft cap allows
    is_unsure: bool = False  # a fact that a changed rule asks for is not known
    portions: Mapping[str, int] = field(default_factory=dict)  # granted by kind of service under its own rules, with what was moved

    def portions_after(self, granted_fen: Fen) -> Mapping[str, int]:
        """By kind of service under the rules that it is replayed under."""
        if self.portions and self.rules.portions == self.own.portions and granted_fen == self.granted_fen:
            return self.portions
        return split(self.rules, self.class_after or "", granted_fen)


@dataclass(frozen=True, slots=True)
class RisenVoucher:
    """A quota grew: its firm rose to a better class."""

    voucher_id: UUID
    at: datetime
    class_key: str
    class_after: str | None
    granted_after: Fen


@dataclass(frozen=True, slots=True)
class PoolMove:
    """Money came to a round or left it, without an order."""

    round_id: UUID
    at: datetime
    fen: int  # below nought: it left


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A claim that was decided on."""

    at: datetime
    requested_fen: Fen
    approved_fen: Fen
    deserved_fen: Fen | None  # reckoned on the papers; None: it was not kept yet
    papers: PapersThen


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """An order on a voucher, and what became of it."""

    id: UUID
    number: str
    enterprise_id: UUID
    provider_id: UUID
    voucher_id: UUID
    round_id: UUID
    category: str
    region_code: str  # of the firm, when it ordered
    at: datetime
    on: date
    price_fen: Fen
    fee_kind: str
    voucher_cap_fen: Fen | None  # of its offering; None: none settled
    contract_fen: Fen
    requested_fen: Fen | None  # what the firm wanted to use of its voucher, if less than it could
    reserved_fen: Fen  # when it was placed
    counted_fen: Fen  # what it draws of public money as it stands: approved, else redeemed, else reserved
    is_counted: bool  # it is among those that were asked about
    rules: ProgrammeSpec  # those that it is replayed under
    own: ProgrammeSpec
    in_kind_fen: int = 0  # declared when it was placed
    shared_fen: tuple[int, ...] = ()  # what caps that associated firms share left, when it was placed
    contracted_at: datetime | None = None
    redeemed_at: datetime | None = None
    papers: PapersThen = NO_PAPERS  # at acceptance
    disputed_fen: Fen | None = None  # what an officer decided on
    decided: Decided | None = None
    ended_at: datetime | None = None  # without a service, or forfeited
