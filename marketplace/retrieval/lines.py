"""What goes into a search and what comes out of it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Extra:
    """A further text of a line that helps to find it: pinyin initials, an alias, a description."""

    text: str
    weight: float = 0.5  # of one of its terms, against a term of the line's own text


@dataclass(frozen=True, slots=True)
class SearchLine:
    """One line of a list: an offering, a product somebody supplies, a policy."""

    id: str
    text: str
    extras: tuple[Extra, ...] = ()
    class_code: str = ""  # GB/T 4754, two to four digits; empty when not known


@dataclass(frozen=True, slots=True)
class Query:
    """What somebody looks for."""

    text: str
    class_code: str = ""  # of what is looked for, not of the firm that looks


@dataclass(frozen=True, slots=True)
class LineHit:
    """A line found by the index alone."""

    line_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A line found and ranked."""

    line_id: str
    score: float  # of the re-ranker: the sum of its features' gains; orders the answers to one query
    share: float  # the score as a share of what the same text would have, 0 to 1; how sure a pair is says `closeness.closeness`
    retrieval_score: float  # of the index alone


@dataclass(frozen=True, slots=True)
class Vote:
    """What confirmed pairs say for a line: the most similar earlier wording that it met."""

    closest: float  # closeness of that wording to the query
    wording: str
    often: float  # how many similar wordings it met, and how similar; 1 counts fully


@dataclass(frozen=True, slots=True)
class Gain:
    """How much one feature gave: weight times value."""

    feature: str
    value: float
    weight: float
    gain: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a line was found for a query, as plain data fit for a page."""

    line_id: str
    score: float  # the sum of the gains
    closeness: float  # how sure the pair is, 0 to 1
    query_share: float  # share of the query that the line explains, 0 to 1
    line_share: float  # share of the line that the query explains
    query_spans: tuple[tuple[str, bool], ...]  # the query as written, cut into (piece, explained)
    line_spans: tuple[tuple[str, bool], ...]  # the line as written
    terms: tuple[tuple[str, float], ...]  # what matched in the index and how much it gave, greatest first
    gains: tuple[Gain, ...] = field(default=())  # greatest first
    precedent: str = ""  # the most similar wording this line met before, where there is one
