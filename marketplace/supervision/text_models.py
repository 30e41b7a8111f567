"""What deliverables say, as fingerprints, and which of them say the same."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.kernel import clock
from marketplace.kernel.db import Model


class DeliverableText(Model):
    """What was kept of the words of a file, by its bytes: the same file handed in twice is read once."""

    __tablename__ = "deliverable_texts"
    __table_args__ = (CheckConstraint("letters >= 0 AND length(sha256) = 64", name="text_read"),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    letters: Mapped[int]  # that were read; 0: a scan, a picture, a password, or broken
    firsts: Mapped[bytes] = mapped_column(LargeBinary)  # the fingerprint of `kernel.texts.alike`; empty: too short
    read_at: Mapped[datetime] = mapped_column(default=clock.now)


class TextBand(Model):
    """Under what a fingerprint is found: two files that share a band may say the same."""

    __tablename__ = "text_bands"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(ForeignKey("deliverable_texts.sha256"), primary_key=True)


class AlikeText(Model):
    """Two files of which a share is the same, once in each direction; every file is wholly like itself."""

    __tablename__ = "alike_texts"
    __table_args__ = (CheckConstraint("share_bp > 0 AND share_bp <= 10000", name="share_in_whole"), Index(None, "other"))

    sha256: Mapped[str] = mapped_column(ForeignKey("deliverable_texts.sha256"), primary_key=True)
    other: Mapped[str] = mapped_column(ForeignKey("deliverable_texts.sha256"), primary_key=True)
    share_bp: Mapped[int]  # basis points of the pieces of either
