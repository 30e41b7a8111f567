"""What everybody sees: search, an offering, comparing, the register of providers."""

from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from flask import current_app, g, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from marketplace.catalogue import queries, search
from marketplace.catalogue.cards import BANDS, OfferingSearch, SearchResult
from marketplace.catalogue.rules.offerings import OfferingMode
from marketplace.catalogue.views.blueprint import bp
from marketplace.identity import regions
from marketplace.kernel import typed
from marketplace.policy.programme_words import ServiceFunction
from marketplace.policy.service_categories import category_names
from marketplace.web.access import public
from marketplace.web.paging import page_of, paged

MOST_COMPARED = 4
SORTS = ("", "newest", "price", "-price", "rating")


ALL, PAYABLE = "catalogue.offerings", "orders.payable"  # pages of this search: the whole shelf, and what own vouchers may pay for


@bp.get("/services")
@public
def offerings() -> ResponseReturnValue:
    return search_page(ALL)


def search_page(here: str, payable: Mapping[UUID, str] | None = None) -> ResponseReturnValue:
    """The search at an address.

    Args:
        payable: only these offerings are looked for, each with what its card says of how it may be paid; None: all.
    """
    g.search_page = here
    wanted = _wanted()
    found = search.find(wanted, payable)
    return render_template(
        "catalogue/offerings.html", wanted=wanted, page=page_of(found.cards), facets=[*_payable(wanted, here), *_facets(wanted, found)],
        sorts=_sorts(wanted), related=found.related, short_only=found.short_only, ways_out=_ways_out(wanted, found), need_url=_need_url(),
        most=MOST_COMPARED, search_at=here, payable=payable or {},
    )  # fmt: skip


def _payable(wanted: OfferingSearch, here: str) -> list[dict[str, object]]:
    """Whoever orders may look only at what own vouchers may pay for, and at all again."""
    if not (current_user.is_authenticated and current_user.can("orders.place") and PAYABLE in current_app.view_functions):
        return []
    is_on = here == PAYABLE
    option = {"label": _("可用我的券支付"), "count": "", "chosen": is_on, "url": _url(wanted, ALL if is_on else PAYABLE)}
    return [{"label": _("用券"), "options": [option], "chosen": True}]


def _wanted() -> OfferingSearch:
    asked = {name: request.args.get(name, "")[:60] for name in ("category", "function", "region", "band", "mode", "sort")}
    return OfferingSearch(text=request.args.get("q", "").strip()[:100], **asked)


def _url(wanted: OfferingSearch, page: str = "", **changed: str) -> str:
    """The same search with something changed; what is empty is left out of the address."""
    values = {"q": wanted.text, **{k: v for k, v in asdict(wanted).items() if k != "text"}} | changed
    return url_for(page or g.search_page, **{key: value for key, value in values.items() if value})


def _facets(wanted: OfferingSearch, found: SearchResult) -> list[dict[str, object]]:
    """Each facet with its values: label, count, address, whether it is chosen."""
    names = {
        "category": (_("服务类别"), category_names()),
        "function": (_("服务功能"), {one.value: _(one.label) for one in ServiceFunction}),
        "region": (_("机构所在地"), {code: _place(code) for code in found.facets["region"]}),
        "band": (_("价格"), {key: _(label) for key, (_low, _high, label) in BANDS.items()}),
        "mode": (_("服务方式"), {one.value: _(one.label) for one in OfferingMode if one is not OfferingMode.BOTH}),
    }
    shown = []
    for facet, (label, values) in names.items():
        chosen = getattr(wanted, facet)
        options = [
            {"label": text, "count": found.facets[facet].get(value, 0), "chosen": value == chosen,
             "url": _url(wanted, **{facet: "" if value == chosen else value})}
            for value, text in values.items()
            if found.facets[facet].get(value) or value == chosen
        ]  # fmt: skip
        shown.append({"label": label, "options": options, "chosen": any(option["chosen"] for option in options)})
    return shown


def _place(code: str) -> str:
    return regions.region(code).full_name if regions.exists(code) else code


def _sorts(wanted: OfferingSearch) -> list[dict[str, object]]:
    labels = {
        "": _("最相关") if wanted.text else "",
        "newest": _("最新上架"),
        "price": _("价格从低到高"),
        "-price": _("价格从高到低"),
        "rating": _("评价最好"),
    }
    current = wanted.sort if wanted.sort in labels and wanted.sort else ("" if wanted.text else "newest")
    return [{"label": label, "url": _url(wanted, sort=key), "active": key == current} for key, label in labels.items() if label]


def _ways_out(wanted: OfferingSearch, found: SearchResult) -> list[dict[str, str]]:
    """When nothing fits: each choice that, let go, would give answers."""
    names = {"category": _("服务类别"), "function": _("服务功能"), "region": _("机构所在地"), "band": _("价格"), "mode": _("服务方式")}
    return [
        {"label": _("去掉“%(facet)s”，可找到 %(n)s 项", facet=names[facet], n=count), "url": _url(wanted, **{facet: ""})}
        for facet, count in found.without.items()
    ]


def _need_url() -> str:
    """Where this user can say what is missing, if anywhere."""
    if current_user.is_authenticated and current_user.can("needs.own") and "matching.needs" in current_app.view_functions:
        return url_for("matching.needs")
    return ""


@bp.get("/services/<uuid:offering_id>")
@public
def offering(offering_id: UUID) -> ResponseReturnValue:
    row = queries.public_offering(offering_id)
    may_order = not current_user.is_authenticated or current_user.can("orders.place")
    place = "orders.place" if "orders.place" in current_app.view_functions and may_order and queries.is_orderable(row) else ""
    reviews = "orders.reviews" if "orders.reviews" in current_app.view_functions else ""
    return render_template(
        "catalogue/offering.html", row=row, provider=row.provider, orderable=queries.is_orderable(row), others=queries.others_of(row),
        prices=queries.prices_of(row.id, only_accepted=True), order_url=url_for(place, offering_id=row.id) if place else "",
        reviews_url=url_for(reviews, offering_id=row.id) if reviews else "",
    )  # fmt: skip


@bp.get("/services/compare")
@public
def compare() -> ResponseReturnValue:
    ids = typed.keys(request.args.getlist("id"))
    rows = [queries.public_offering(card.id) for card in search.cards_of(ids[:MOST_COMPARED])]
    return render_template("catalogue/compare.html", rows=rows, too_many=len(ids) > MOST_COMPARED, most=MOST_COMPARED)


@bp.get("/providers")
@public
def providers() -> ResponseReturnValue:
    category, text = request.args.get("category", ""), request.args.get("q", "")
    page = paged(queries.admitted(category=category if category in category_names() else "", text=text))
    return render_template("catalogue/providers.html", page=page, categories=list(category_names().items()))


@bp.get("/providers/<uuid:provider_id>")
@public
def provider(provider_id: UUID) -> ResponseReturnValue:
    row = queries.public_provider(provider_id)
    return render_template("catalogue/provider.html", row=row, organisation=row.organisation, page=paged(queries.listed_of(row.id)))
