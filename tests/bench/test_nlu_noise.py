"""The noise of the understanding benchmark: learnt from corrected tweets, the same in every run."""

from pathlib import Path

import pytest
import yaml

from bench.nlu.noise import HURRIED, TWEETS, edits, learn, noise, tweets

CASES = yaml.safe_load(Path(__file__).with_name("noise_cases.yml").read_text(encoding="utf-8"))
SENTENCE = "Quiero saber cuánto cuesta también el acta de nacimiento de mi mamá, para pagarla aquí"


def test_the_tweets_are_read_with_their_corrections():
    found = list(tweets(CASES["tweets"].splitlines()))
    assert [list(pair) for tweet in found for pair in tweet.pairs] == CASES["pairs"]
    assert " ".join(found[0].corrected.split()) == CASES["corrected"]


@pytest.mark.parametrize("case", CASES["edits"], ids=lambda case: case["wrong"])
def test_edits(case):
    assert [list(edit) for edit in edits(case["wrong"], case["right"])] == case["edits"]


def test_a_word_misspelt_alike_twice_is_learnt_whole():
    assert learn(list(tweets(CASES["tweets"].splitlines())))["words"] == {"quiero": [("kiero", 1.0)]}


def test_the_same_sentence_gets_the_same_noise_and_another_seed_another():
    typed = noise().noisy(SENTENCE, HURRIED)
    assert typed == noise().noisy(SENTENCE, HURRIED)
    assert len({noise().noisy(SENTENCE, HURRIED, seed) for seed in range(10)}) > 5


def test_no_strength_only_lowers_case():
    assert noise().noisy(SENTENCE, 0.0) == SENTENCE.lower()


def test_hurried_people_alter_more_words_than_tweets():
    def altered(strength: float) -> int:
        right = set(SENTENCE.lower().split())
        return sum(len(right - set(noise().noisy(SENTENCE, strength, seed).split())) for seed in range(30))

    assert 0 < altered(TWEETS) * 2 < altered(HURRIED)
