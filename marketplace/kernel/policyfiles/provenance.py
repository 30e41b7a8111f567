"""Where a value of a policy file comes from: a published document and its clause, or somebody who assumed it. Exactly one of the two.

A document that contradicts itself is a source with what is printed at each place, and how it is read: by whom, why, signed like a value
that somebody assumed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from marketplace.kernel.errors import N_
from marketplace.kernel.policyfiles.kinds import Field, ShortText
from marketplace.kernel.policyfiles.problems import Complaint

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Assumed:
    """Nobody has published this value: who set it, why, and who has signed it since."""

    author: str
    reason: str
    signed_by: str | None = None
    sign_reason: str = ""

    def text(self) -> str:
        """For everybody: why, and who answers for it. Who wrote it down is for officers."""
        signed = f"；{self.signed_by} 已签认" if self.signed_by else ""
        return f"设定值（{self.reason}{signed}）"


@dataclass(frozen=True, slots=True)
class Printed:
    """What stands at one place of a document that says something else at another."""

    text: str
    clause: str


@dataclass(frozen=True, slots=True)
class Source:
    """A published document and its clause; `via` says through which copy it was read."""

    document: str
    clause: str
    via: str = ""
    printed: tuple[Printed, ...] = ()  # of a document that contradicts itself
    read_as: Assumed | None = None  # how that is read

    @property
    def place(self) -> str:
        """Document and clause."""
        return f"{self.document}，{self.clause}"

    def text(self) -> str:
        """For everybody: document and clause, and how a contradiction is read. Through which copy it was read is for officers."""
        if self.read_as is None:
            return self.place
        places = "；".join(f"{one.clause}：“{one.text}”" for one in self.printed)
        signed = f"；{self.read_as.signed_by} 已签认" if self.read_as.signed_by else ""
        return f"{self.place}（文中写法不一：{places}。取值理由：{self.read_as.reason}{signed}）"

    def full_text(self) -> str:
        """For officers: the copy, too."""
        return self.text() + (f"（{self.via}）" if self.via else "")


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
    "read_as": {"author": ShortText(N_("取值人"), 60), "reason": ShortText(N_("取值理由"), 300)},
    "assumed": {"author": ShortText(N_("设定人"), 60), "reason": ShortText(N_("设定理由"), 300)},
    "signed": {"by": ShortText(N_("签认人"), 60), "reason": ShortText(N_("签认说明"), 300, required=False)},
}
PRINTED: Mapping[str, Field] = {"text": ShortText(N_("文中写法"), 300), "clause": ShortText(N_("条款"), 200)}  # each of a list
CONTRADICTION = ("printed", "read_as")  # both, or neither
ORIGIN_KEYS = (*PROVENANCE, "printed")  # what stands beside the keys of a decision
MISSING_PROVENANCE = Complaint(
    N_("没有写明出处。"),
    N_('有文件的写 source = { document = "文号", clause = "条款" }，没有的写 assumed = { author = "谁", reason = "理由" }。'),
)
TWO_PROVENANCES = Complaint(N_("同时写了 source 和 assumed。"), N_("有文件依据的只留 source，没有的只留 assumed。"))
HALF_CONTRADICTION = Complaint(
    N_("文件写法不一时，各处写法和取值理由要一起写。"),
    N_(
        'source 之外请写 printed = [{ text = "一处写法", clause = "条款" }, { text = "另一处写法", clause = "条款" }]'
        ' 和 read_as = { author = "谁", reason = "理由" }，不写 assumed。'
    ),
)
SIGNED_IN_FILE = Complaint(N_("签认不能写在文件里。"), N_("请删去，由主管部门人员在系统中签认。"))


def provenance_of(content: Mapping[str, Any]) -> Provenance:
    """The provenance of a table that has been checked."""
    origin, signed = to_sign(content), content.get("signed", {})
    said = Assumed(origin["author"], origin["reason"], signed.get("by"), signed.get("reason", "")) if origin else None
    if source := content.get("source"):
        printed = tuple(Printed(one["text"], one["clause"]) for one in content.get("printed", ()))
        return Source(source["document"], source["clause"], source.get("via", ""), printed, said)
    assert said is not None, "exactly one of both"
    return said


def to_sign(content: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Who answers for a decision until somebody signs it, and why: for a value that was assumed, or for how a contradiction is read."""
    found: Mapping[str, str] | None = content.get("assumed") or content.get("read_as")
    return found
