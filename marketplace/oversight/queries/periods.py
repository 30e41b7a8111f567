"""Whose money a statement for a period is about: a book, an account, a firm, a provider, or a document that brought money."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, select, union_all

from marketplace.identity.models import Organisation
from marketplace.identity.queries import in_areas
from marketplace.kernel.db import by_id, db, found_by, uuid_text
from marketplace.kernel.errors import N_
from marketplace.kernel.lifecycle import Word
from marketplace.ledger.models import Account, Book
from marketplace.ledger.rules import AccountKind, account_id
from marketplace.ledger.spans import Accounts
from marketplace.orders.models import Order
from marketplace.oversight import queries
from marketplace.oversight.queries import Areas, names
from marketplace.subsidies.models import Subsidy
from marketplace.vouchers import chart
from marketplace.vouchers.models import Appropriation, Programme, Voucher

_HELD = (AccountKind.POOL, AccountKind.VOUCHER, AccountKind.RESERVED, AccountKind.REDEEMED, AccountKind.PAYABLE)


class StatementOf(Word):
    """Whose money it is, and what stands on a statement of it."""

    BOOK = "book", N_("账本：账上还没有付出的资金")
    ACCOUNT = "account", N_("账户")
    FIRM = "firm", N_("企业：券上和订单上的资金")
    PROVIDER = "provider", N_("收款单位：核准后应付的资金")
    APPROPRIATION = "appropriation", N_("资金文件：没有付出的资金")


@dataclass(frozen=True, slots=True)
class StatementSubject:
    """Whose money a statement is about."""

    book: Book
    kind: StatementOf
    id: UUID
    name: str
    accounts: Accounts


def subject_of(book_id: UUID, kind: StatementOf, subject_id: UUID, areas: Areas) -> StatementSubject:
    """Raises: NotFound: no such thing, or a book of another area."""
    book = queries.book(book_id, areas)
    name, ids = _FOUND[kind](book, subject_id, areas)
    return StatementSubject(book, kind, subject_id, name, Accounts(book_id, ids))


def statements_of(organisation_id: UUID, areas: Areas) -> list[tuple[Book, StatementOf]]:
    """The books of some areas in which an organisation has or had money, as a firm or as who is paid, by name."""
    books = queries.seen_books(areas)
    held = {
        *db.session.scalars(
            select(Programme.book_id).join(Voucher, Voucher.programme_id == Programme.id).where(Voucher.enterprise_id == organisation_id)
        ),
        *db.session.scalars(select(Subsidy.book_id).where(Subsidy.enterprise_id == organisation_id)),
    }
    ids = [account_id(one.id, chart.PAYABLE.of(organisation_id)) for one in books]
    paid = set(db.session.scalars(select(Account.book_id).where(Account.book_id.in_([one.id for one in books]), Account.id.in_(ids))))
    places = ((StatementOf.FIRM, held), (StatementOf.PROVIDER, paid))
    return [(one, kind) for one in books for kind, known in places if one.id in known]


def check_near(organisation_id: UUID, areas: Areas) -> Organisation:
    """An organisation of some areas. Raises: NotFound."""
    wanted = select(Organisation).where(Organisation.id == organisation_id)
    return found_by(wanted if areas is None else wanted.where(in_areas(areas)))


def _of_book(book: Book, subject_id: UUID, areas: Areas) -> tuple[str, Select[UUID]]:
    known = queries.book(subject_id, areas)
    return known.name, select(Account.id).where(Account.book_id == book.id, Account.kind.in_(_HELD))


def _of_account(book: Book, subject_id: UUID, areas: Areas) -> tuple[str, Select[UUID]]:
    found = queries.account(book.id, subject_id, areas)
    named = names.accounts(book.id, [found.code])[found.code]
    return f"{named.owner} {found.code}".strip(), select(Account.id).where(Account.book_id == book.id, Account.id == subject_id)


def _of_firm(book: Book, subject_id: UUID, _areas: Areas) -> tuple[str, Select[UUID]]:
    """What is set aside for a firm: on its vouchers, its orders, its applications without one."""
    mine = (
        (chart.VOUCHER, Voucher.id, Voucher.enterprise_id == subject_id),
        (chart.RESERVED, Order.id, Order.enterprise_id == subject_id),
        (chart.REDEEMED, Order.id, Order.enterprise_id == subject_id),
        (chart.SUBSIDY, Subsidy.id, Subsidy.enterprise_id == subject_id),
    )
    found = union_all(
        *(
            select(Account.id).join(key.class_, Account.code == place.around(uuid_text(key))).where(Account.book_id == book.id, whose)
            for place, key, whose in mine
        )
    ).subquery()
    return by_id(Organisation, subject_id).name, select(found.c.id)


def _of_provider(book: Book, subject_id: UUID, _areas: Areas) -> tuple[str, Select[UUID]]:
    return by_id(Organisation, subject_id).name, _those(book, chart.PAYABLE.of(subject_id))


def _of_appropriation(book: Book, subject_id: UUID, _areas: Areas) -> tuple[str, Select[UUID]]:
    wanted = select(Appropriation).join(Programme, Programme.id == Appropriation.programme_id)
    paper = found_by(wanted.where(Appropriation.id == subject_id, Programme.book_id == book.id))
    return paper.document_number, _those(book, chart.FUND.of(paper.id), chart.FUND_PLANNED.of(paper.id))


def _those(book: Book, *codes: str) -> Select[UUID]:
    return select(Account.id).where(Account.book_id == book.id, Account.id.in_([account_id(book.id, code) for code in codes]))


_FOUND = {
    StatementOf.BOOK: _of_book,
    StatementOf.ACCOUNT: _of_account,
    StatementOf.FIRM: _of_firm,
    StatementOf.PROVIDER: _of_provider,
    StatementOf.APPROPRIATION: _of_appropriation,
}
