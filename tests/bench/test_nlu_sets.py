"""The data of the understanding benchmark: what is committed, and the study that is read from a clone."""

import io
import json
import zipfile

import pytest

from bench.nlu import held_out, mariateguino
from bench.nlu.sets import DATA, TITLES, DataSet, Example, load, read, write

# as the publishers count them: training, development, test, intents
SIZES = {
    "massive": (11514, 2033, 2974, 60),
    "facebook": (3617, 1983, 3043, 12),
    "corpus50": (250, 0, 250, 50),
    "library": (597, 0, 181, 38),
}
XML = '<x xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{}</x>'


@pytest.mark.parametrize("name", TITLES)
def test_sizes(name):
    data = load(name)
    assert (len(data.train), len(data.dev), len(data.test), data.intents) == SIZES[name]


@pytest.mark.parametrize("name", TITLES)
def test_each_set_says_where_it_is_from(name):
    assert "icence" in (DATA / name / "SOURCE.md").read_text() or (DATA / name / "LICENSE.md").exists()


def test_no_library_sentence_is_both_learnt_and_asked():
    data = load("library")
    assert not {example.text for example in data.train} & {example.text for example in data.test}


def test_examples_are_read_as_they_were_written_and_the_file_is_always_the_same(tmp_path):
    examples = (Example("¿Cuánto cuesta?", "costo"), Example("adiós", None))
    write(tmp_path / "a.jsonl.gz", examples)
    write(tmp_path / "b.jsonl.gz", examples)
    assert read(tmp_path / "a.jsonl.gz") == examples
    assert (tmp_path / "a.jsonl.gz").read_bytes() == (tmp_path / "b.jsonl.gz").read_bytes()


def test_every_training_sentence_is_held_out_once_and_its_intent_is_still_learnt():
    data = load("corpus50")
    folds = held_out.folds(data)
    assert sorted(one.text for fold in folds for one in fold.test) == sorted(one.text for one in data.train)
    for fold in folds:
        assert len(fold.test) == 50
        assert not set(fold.test) & set(fold.train)
        assert {one.intent for one in fold.test} <= {one.intent for one in fold.train}


def test_the_only_sentence_of_an_intent_is_never_held_out():
    few = DataSet("few", "Few", (Example("hola", "saludo"), Example("buenas", "saludo"), Example("ya", "otro")), (), ())
    folds = held_out.folds(few)
    assert [one.text for fold in folds for one in fold.test if one.intent == "otro"] == []
    assert all(Example("ya", "otro") in fold.train for fold in folds)


def test_the_study_is_read_from_its_spreadsheet_and_the_agents_files():
    cells = {"B4": "FAQ-Becas", "C4": "hay becas?", "D4": "faq_becas", "F4": "None",
             "B5": "Default Fallback Intent", "C5": "silabos", "D5": "FAQ-Becas"}  # fmt: skip
    sentence = [{"data": [{"text": "como pido "}, {"text": "una beca"}]}]
    study = mariateguino.study(
        {
            "Excel.xlsx": _workbook(cells),
            "mariateguino/intents/FAQ-Becas_usersays_es.json": json.dumps(sentence).encode(),
            "mariateguino/intents/FAQ-Becas.json": b'{"contexts": []}',
            "mariateguino/intents/Becas - si_usersays_es.json": json.dumps([{"data": [{"text": "si"}]}]).encode(),
            "mariateguino/intents/Becas - si.json": b'{"contexts": ["becas"]}',
        }
    )
    assert study.data.train == (Example("como pido una beca", "faqbecas"),)
    assert study.data.test == (Example("hay becas?", "faqbecas"), Example("silabos", None))
    assert study.answers["Dialogflow"] == ("faqbecas", "faqbecas")
    assert study.answers["LUIS"] == (None, None)


def test_without_a_clone_there_is_no_study(monkeypatch):
    monkeypatch.delenv(mariateguino.VARIABLE, raising=False)
    assert mariateguino.load() is None


def _workbook(cells: dict[str, str]) -> bytes:
    strings = "".join(f"<si><t>{text}</t></si>" for text in cells.values())
    row = "".join(f'<c r="{name}" t="s"><v>{number}</v></c>' for number, name in enumerate(cells))
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as parts:
        parts.writestr("xl/sharedStrings.xml", XML.format(strings))
        parts.writestr("xl/worksheets/sheet1.xml", XML.format(f"<row>{row}</row>"))
    return content.getvalue()
