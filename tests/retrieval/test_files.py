"""`python -m marketplace.retrieval` searches files of lines and writes a TREC run, or says which line it cannot read."""

import subprocess
import sys
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from click.testing import CliRunner

import marketplace.retrieval.__main__ as command
from marketplace.retrieval.__main__ import main
from marketplace.retrieval.meaning import PACKAGE

CORPUS = "d1\t瓦楞纸箱\nd2\t商品混凝土\nd3\t塑料瓶盖\nd4\t纸箱\nd5\t预拌砼\nd6\t水泵\n"
QUERIES = "q1\t纸箱\nq2\t瓶盖\nq3\t藏药\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "corpus.tsv").write_text(CORPUS, "utf-8")
    (tmp_path / "queries.tsv").write_text(QUERIES, "utf-8")
    return tmp_path


def asked(folder, *more):
    """The command over the two files."""
    paths = ["--corpus", folder / "corpus.tsv", "--queries", folder / "queries.tsv", "--out", folder / "run.trec", *more]
    return CliRunner().invoke(main, [str(path) for path in paths])


def answers(folder):
    return [line.split() for line in (folder / "run.trec").read_text("utf-8").splitlines()]


def test_l17_a_run_names_query_line_rank_falling_score_and_what_ranked(folder):
    assert asked(folder).exit_code == 0
    found = answers(folder)
    assert next(row[:4] for row in found if row[0] == "q1") == ["q1", "Q0", "d4", "1"]
    assert {row[0] for row in found} == {"q1", "q2"}, "nothing in common: no line"
    scores = [float(row[4]) for row in found if row[0] == "q1"]
    assert scores == sorted(set(scores), reverse=True)
    assert {row[5] for row in found} == {found[0][5]} != {""}


def test_l17_it_runs_as_a_module_without_an_application(folder):
    told = ["--corpus", folder / "corpus.tsv", "--queries", folder / "queries.tsv", "--out", folder / "run.trec", "--top", "1"]
    watched = "import sys, runpy; sys.argv[0] = 'x'; runpy.run_module('marketplace.retrieval', run_name='__main__')"
    subprocess.run([sys.executable, "-c", watched, *map(str, told)], check=True, cwd=Path(__file__).parents[2])
    assert [row[2] for row in answers(folder)] == ["d4", "d3"]
    code = "import sys, marketplace.retrieval.__main__; sys.exit('flask' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])


FAULTS = [
    ("corpus.tsv", "", 1),
    ("corpus.tsv", "d1\t纸箱\n\nd2\t瓶盖\n", 2),
    ("corpus.tsv", "d1\t纸箱\nd2\t瓶盖\nd1\t水泵\n", 3),
    ("corpus.tsv", "d1\t纸箱\nd2 瓶盖\n", 2),
    ("corpus.tsv", "d1\t纸箱\t箱\n", 1),
    ("corpus.tsv", "d1\t \n", 1),
    ("corpus.tsv", "d 1\t纸箱\n", 1),
    ("corpus.tsv", "d1\t纸箱\n\n", 2),
    ("corpus.tsv", b"d1\t\xd6\xbd\xcf\xe4\n", 1),
    ("queries.tsv", "q1\t纸箱\nq1\t瓶盖\n", 2),
    ("classes.tsv", "d1\t22\nd1\t33\n", 2),
    ("classes.tsv", "d1\n", 1),
    ("classes.tsv", "d1\t箱\n", 1),
    ("train.tsv", "t1\t商混\n\n", 2),
    ("qrels.tsv", "t1 0 d2 1\nt1 0 d2 1\n", 2),
    ("qrels.tsv", "t1 0 d2\n", 1),
    ("qrels.tsv", "t1 0 d2 many\n", 1),
]


@pytest.mark.parametrize(("name", "told", "line"), FAULTS)
def test_l17_a_line_that_is_empty_doubled_or_malformed_is_named_and_nothing_is_written(folder, name, told, line):
    good = {"classes.tsv": "d1\t22\n", "query_classes.tsv": "q1\t22\n", "train.tsv": "t1\t商混\n", "qrels.tsv": "t1 0 d2 1\n"}
    for other, text in good.items():
        (folder / other).write_text(text, "utf-8")
    (folder / name).write_bytes(told if isinstance(told, bytes) else told.encode())
    more = [
        "--classes",
        "classes.tsv",
        "--query-classes",
        "query_classes.tsv",
        "--train-queries",
        "train.tsv",
        "--train-qrels",
        "qrels.tsv",
    ]

    result = asked(folder, *(word if word.startswith("--") else folder / word for word in more))

    assert result.exit_code == 2
    assert f"{name} 第 {line} 行" in result.stderr
    assert not [path for path in folder.iterdir() if "run" in path.name and path.name != "run.tsv"]


def test_l17_only_the_class_column_of_class_files_is_read(folder):
    (folder / "corpus.tsv").write_text("d1\t瓶盖模具\nd2\t瓶盖用料\n", "utf-8")
    (folder / "queries.tsv").write_text("q1\t瓶盖\n", "utf-8")
    for line in ("d1", "d2"):
        (folder / "classes.tsv").write_text("d1\t35\t0001\nd2\t26\t0002\n", "utf-8")
        (folder / "asked.tsv").write_text(f"q1\t{'35' if line == 'd1' else '26'}\t0002\textra\n", "utf-8")
        assert asked(folder, "--classes", folder / "classes.tsv", "--query-classes", folder / "asked.tsv").exit_code == 0
        assert answers(folder)[0][2] == line


def test_l17_training_finds_what_was_confirmed_for_similar_wordings(folder):
    wordings = ["商混", "商混C30", "工地商混", "商混采购", "商混搅拌", "抽水机", "农用抽水机", "抽水机组", "小抽水机", "抽水机头"]
    (folder / "train.tsv").write_text("".join(f"t{at}\t{text}\n" for at, text in enumerate([*wordings, "水泵", "混凝土"])), "utf-8")
    judged = [f"t{at} 0 {'d5' if '商混' in text else 'd6'} 1\n" for at, text in enumerate(wordings)] + ["t10 0 d6 1\n", "t11 0 d2 1\n"]
    (folder / "qrels.tsv").write_text("".join([*judged, "t11 0 d1 0\n", "gone 0 d1 1\n", "t1 0 gone 1\n"]), "utf-8")
    (folder / "queries.tsv").write_text("q1\t路用商混\n", "utf-8")
    asked(folder)
    assert answers(folder)[0][2] == "d2"

    result = asked(folder, "--train-queries", folder / "train.tsv", "--train-qrels", folder / "qrels.tsv")

    assert (result.exit_code, answers(folder)[0][2]) == (0, "d5")
    assert "12 对" in result.stderr


def test_l17_what_belongs_together_is_asked_for_together(folder):
    assert asked(folder, "--classes", folder / "corpus.tsv").exit_code == 2
    assert asked(folder, "--train-queries", folder / "corpus.tsv").exit_code == 2
    assert asked(folder, "--top", "0").exit_code == 2


def test_l17_what_is_missing_says_how_to_get_it(folder):
    result = asked(folder, "--embeddings")
    assert (result.exit_code, "pip install" in result.stderr, (folder / "run.trec").exists()) == (2, True, False)
    result = asked(folder, "--learnt")
    assert (result.exit_code, (folder / "run.trec").exists()) == (2, False)


class Synonyms:
    """A model to which texts are the same that name one thing; it says how often it read lines."""

    read = 0

    def query(self, texts):
        return np.asarray([[1.0, 0.0] if "藏药" in text or "砼" in text else [0.6, 0.8] for text in texts], dtype=np.float32)

    def passage(self, texts):
        Synonyms.read += 1
        return self.query(texts)


def test_l17_a_model_of_meanings_finds_what_shares_no_sign_and_reads_a_list_once(folder, monkeypatch):
    package = ModuleType(PACKAGE)
    package.E5 = Synonyms
    package.__spec__ = ModuleSpec(PACKAGE, None)
    monkeypatch.setitem(sys.modules, PACKAGE, package)
    monkeypatch.setattr(command, "_VECTORS", folder / "vectors")
    assert [asked(folder, "--embeddings").exit_code for _ in "12"] == [0, 0]
    assert next(row[2] for row in answers(folder) if row[0] == "q3") == "d5"
    assert next(row[2] for row in answers(folder) if row[0] == "q1") == "d4", "what the texts say still counts"
    assert Synonyms.read == 1
    learnt = _taught(folder)
    assert asked(folder, "--embeddings", *learnt).exit_code == 0
    assert next(row[2] for row in answers(folder) if row[0] == "q3") == "d5"
    monkeypatch.setattr(package, "E5", _broken)
    refused = asked(folder, "--embeddings")
    assert (refused.exit_code, "向量模型打不开" in refused.stderr) == (2, True)


def _broken():
    raise ImportError("engine not found")


def _taught(folder):
    """Options to learn from a few pairs."""
    (folder / "train.tsv").write_text("t1\t箱子\nt2\t盖子\n", "utf-8")
    (folder / "train.qrels").write_text("t1 0 d4 1\nt2 0 d3 1\n", "utf-8")
    return ["--train-queries", folder / "train.tsv", "--train-qrels", folder / "train.qrels"]
