"""Beside what others do: `make bench ONLY=peers`. Same server, same minutes, 8 workers, random accounts."""

import multiprocessing

from tests.bench import peers
from tests.bench.conftest import stocked
from tests.bench.loads import Load, per_second
from tests.results import figure


def test_peers(durable, instance):
    url = durable.cluster.create("ours")
    ours = per_second(Load("between_two", url, instance, stocked(url, instance, 1)))
    naive = _naive(durable, instance)
    hordak = _hordak(durable, instance)
    print(f"ours {ours:.0f}/s, naive ORM {naive:.0f}/s, django-hordak {hordak:.0f}/s")
    figure("post_vs_naive_orm", ours / naive, "at least 2.5, stretch 4", ours / naive >= 2.5)
    figure("post_vs_django_hordak", ours / hordak, "no goal", True)


def _naive(durable, instance) -> float:
    url = durable.cluster.create("naive")
    peers.lay_naive(url)
    return per_second(Load("naive_orm", url, instance))


def _hordak(durable, instance) -> float:
    url = durable.cluster.create("hordak")
    laying = multiprocessing.get_context("spawn").Process(target=peers.lay_hordak, args=(url,))  # Django's settings belong to a process
    laying.start()
    laying.join()
    assert laying.exitcode == 0
    return per_second(Load("hordak", url, instance))
