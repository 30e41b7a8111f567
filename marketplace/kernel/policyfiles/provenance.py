"""Where a value of a policy file comes from: a published document and its clause, or somebody who assumed it. Exactly one of the two."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.kinds import Field, ShortText
from marketplace.kernel.policyfiles.problems import Complaint

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """A published document and its clause; `via` says through which copy it was read."""

    document: str
    clause: str
    via: str = ""

    def text(self) -> str:
        """For people: document, clause, copy."""
        return f"{self.document}，{self.clause}" + (f"（{self.via}）" if self.via else "")


@dataclass(frozen=True, slots=True)
class Assumed:
    """Nobody has published this value: who set it, why, and who has signed it since."""

    author: str
    reason: str
    signed_by: str | None = None
    sign_reason: str = ""

    def text(self) -> str:
        """For people: who and why."""
        signed = f"；{self.signed_by} 已签认" if self.signed_by else ""
        return f"设定值（{self.author}：{self.reason}{signed}）"


Provenance = Source | Assumed


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a table of a policy file decides: its place in the file, and where it comes from. Kinds of decisions add their keys."""

    key: str
    provenance: Provenance

    @staticmethod
    def inconsistency(_content: Mapping[str, Any]) -> Complaint | None:
        """What the keys say that does not go together, each being right by itself."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Decision, Generic[T]):
    """A decision of one value."""

    value: T


PROVENANCE: Mapping[str, Mapping[str, Field]] = {
    "source": {
        "document": ShortText(N_("来源文件"), 200),
        "clause": ShortText(N_("条款"), 200),
        "via": ShortText(N_("转载说明"), 200, required=False),
    },
    "assumed": {"author": ShortText(N_("设定人"), 60), "reason": ShortText(N_("设定理由"), 300)},
    "signed": {"by": ShortText(N_("签认人"), 60), "reason": ShortText(N_("签认说明"), 300, required=False)},
}
MISSING_PROVENANCE = Complaint(
    N_("没有写明出处。"),
    N_('有文件的写 source = { document = "文号", clause = "条款" }，没有的写 assumed = { author = "谁", reason = "理由" }。'),
)
TWO_PROVENANCES = Complaint(N_("同时写了 source 和 assumed。"), N_("有文件依据的只留 source，没有的只留 assumed。"))
SIGNED_IN_FILE = Complaint(N_("签认不能写在文件里。"), N_("请删去，由主管部门人员在系统中签认。"))


def provenance_of(content: Mapping[str, Any]) -> Provenance:
    """The provenance of a table that has been checked."""
    if source := content.get("source"):
        return Source(source["document"], source["clause"], source.get("via", ""))
    origin, signed = content["assumed"], content.get("signed", {})
    return Assumed(origin["author"], origin["reason"], signed.get("by"), signed.get("reason", ""))
