"""Figures that are asked for often and dear to count: kept with the moment they are of."""

from datetime import datetime

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel.db import Model


class StoredFigure(Model):
    """Some figures of a public page, as they were counted last."""

    __tablename__ = "stored_figures"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)  # which page's
    values: Mapped[dict[str, int]] = mapped_column(JSON)  # name of a figure → it; money in fen
    as_of: Mapped[datetime]  # when they were counted
