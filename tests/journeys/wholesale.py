"""A round that chooses its providers, played: they ask, one officer scores, another one settles, firms draw."""

from typing import Any

from marketplace.catalogue.models import Provider
from marketplace.identity.models import User
from marketplace.kernel import clock
from marketplace.kernel.db import by_id, db, in_transaction
from marketplace.kernel.money import YUAN, Fen
from marketplace.moves.service import By
from marketplace.orders.models import Order
from marketplace.vouchers.bid_models import ProviderBid
from marketplace.vouchers.queries import bids as reads
from marketplace.vouchers.service import bids
from tests.factories import a_provider, an_officer, user_of
from tests.journeys.played import Played, verb


class Chosen(Played):
    """With the verbs of the choice."""

    @verb
    def seller(self, **facts: Any) -> Provider:
        return a_provider(**{"region": self.region, "categories": ("compute",)} | facts)

    @verb
    def bid(self, provider: Provider, plan: str = "模型调用，按量计费") -> ProviderBid:
        """A provider asks to be chosen."""
        by = By(user_of(provider.id).id, clock.now())
        return by_id(ProviderBid, in_transaction(lambda: bids.submit(self.round_id, provider.id, plan, by=by)).id)

    @verb
    def withdraw(self, bid: ProviderBid) -> None:
        by = By(user_of(bid.provider_id).id, clock.now())
        in_transaction(lambda: bids.withdraw(bid.id, bid.provider_id, by=by))

    @verb
    def score(self, bid: ProviderBid, points: int, *, officer: Any = None) -> None:
        """An officer scores a bid."""
        by = By((officer or self.officer).id, clock.now())
        in_transaction(lambda: bids.score(bid.id, points, "方案和价格", by=by))

    @verb
    def third(self) -> User:
        """One more officer of the area."""
        return an_officer(self.area)

    @verb
    def conclude(self, yuan: int, *, by_second: bool = True) -> list[str]:
        """Another officer settles the choice: the names of who is chosen."""
        by = By((self.second if by_second else self.officer).id, clock.now())
        return [one.name for one in in_transaction(lambda: bids.conclude(self.round_id, Fen(yuan * YUAN), by=by))]

    @verb
    def allot(self, bid: ProviderBid, yuan: int) -> None:
        """An officer gives a provider another allotment."""
        in_transaction(lambda: bids.change(bid.id, Fen(yuan * YUAN), "需求变化", by=By(self.officer.id, clock.now())))

    @verb
    def drop(self, bid: ProviderBid) -> None:
        in_transaction(lambda: bids.end(bid.id, "违约", by=By(self.officer.id, clock.now())))

    def drawn(self, bid: ProviderBid) -> tuple[int, int]:
        """What firms drew on it, and what they still may, in yuan."""
        db.session.expire_all()
        found = reads.drawn_on([by_id(ProviderBid, bid.id)])[bid.id]
        return found.used_fen // YUAN, found.left_fen // YUAN

    def buys(self, firm: Any, provider: Provider, yuan: int) -> Order:
        """A firm orders a model of a provider."""
        return self.order(firm, yuan, provider=provider, category="compute")
