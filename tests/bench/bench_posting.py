"""Posting against the clock: `make bench ONLY=posting`. Ratios of one run; the goals are those of the design."""

from tests.bench.conftest import stocked
from tests.bench.loads import Load, per_second
from tests.results import figure


def test_posting_beside_pgbench(durable, pgbench, instance):
    url = durable.cluster.create("posting")
    books = stocked(url, instance, 1)
    t = pgbench()
    one = per_second(Load("between_two", url, instance, books))
    t = (t + pgbench()) / 2
    hot = per_second(Load("into_one", url, instance, books))
    print(f"T {t:.0f}/s, posted {one:.0f}/s, into one account {hot:.0f}/s")
    figure("post_vs_pgbench", one / t, "at least 0.30, stretch 0.45", one / t >= 0.30)


def test_batches_beside_pgbench(durable, pgbench, instance):
    url = durable.cluster.create("batches")
    books = stocked(url, instance, 1)
    t = pgbench()
    issued = per_second(Load("issue", url, instance, books))
    between = per_second(Load("between_in_batches", url, instance, books))
    t = (t + pgbench()) / 2
    print(f"T {t:.0f}/s, issued {issued:.0f}/s, between open accounts {between:.0f}/s")
    figure("issue_in_batches_vs_pgbench", issued / t, "at least 3", issued / t >= 3)
    figure("payments_in_batches_vs_pgbench", between / t, "no goal", True)
