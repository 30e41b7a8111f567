"""What a deliverable says is read once, kept as a fingerprint, and compared with those that an index finds."""

from datetime import datetime

from sqlalchemy import insert

from marketplace.kernel.db import db, insert_new, table_of
from marketplace.kernel.texts import alike
from marketplace.kernel.texts.alike import WHOLE_BP, Fingerprint
from marketplace.supervision.queries import texts
from marketplace.supervision.settings import supervision
from marketplace.supervision.text_models import AlikeText, DeliverableText, TextBand

KEPT_BP = 5_000  # files that are less alike are not remembered; from which share on one is told stands in the settings


def keep_text(sha256: str, said: Fingerprint, *, now: datetime) -> int:
    """Keep what a file says, and which earlier ones say much the same. How many do. Done twice it is the same."""
    row = {"sha256": sha256, "letters": said.letters, "firsts": said.firsts, "read_at": now}
    if not insert_new(table_of(DeliverableText), row):
        return 0
    pairs = [{"sha256": sha256, "other": sha256, "share_bp": WHOLE_BP}]
    if said.firsts and said.letters >= supervision().least_letters.value:
        keys = alike.bands(said.firsts)
        for other, firsts in texts.candidates(keys):
            if (share := alike.share_bp(said.firsts, firsts)) >= KEPT_BP:
                pairs += [{"sha256": one, "other": two, "share_bp": share} for one, two in ((sha256, other), (other, sha256))]
        db.session.execute(insert(table_of(TextBand)), [{"key": key, "sha256": sha256} for key in set(keys)])
    db.session.execute(insert(table_of(AlikeText)), pairs)
    return (len(pairs) - 1) // 2
