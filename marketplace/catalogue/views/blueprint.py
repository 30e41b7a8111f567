"""The blueprint, and the history of a row in words."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint

from marketplace.catalogue.lifecycle import OFFERING, PROVIDER
from marketplace.identity.lifecycle import ORGANISATION
from marketplace.kernel.currencies import format_money
from marketplace.kernel.errors import N_
from marketplace.kernel.locales import said
from marketplace.kernel.money import CNY
from marketplace.moves import presenter
from marketplace.policy.service_categories import category_names

bp = Blueprint("catalogue", __name__)


@bp.app_template_filter("category")
def category_name(code: str) -> str:
    """知识产权 for ip; a category dropped since stays a code."""
    return category_names().get(code, code)


def history(subject_id: UUID, *, is_public: bool = False) -> list[dict[str, object]]:
    """What happened, newest first, as a timeline shows it. Firms see that the bureau decided, not which person."""
    return presenter.history(subject_id, (ORGANISATION, PROVIDER, OFFERING), _note, is_public=is_public)


def _note(details: Mapping[str, Any]) -> str:
    note = str(details.get("reason") or details.get("answer") or "")
    if "price_fen" in details and "reason" not in details:  # of a price alone
        price = format_money(details["price_fen"], details.get("currency", CNY))
        return said(N_("价格 %(yuan)s 元", yuan=price)) + (f"　{note}" if note else "")
    return note
