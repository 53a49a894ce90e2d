"""Reading packs: YAML as authors write it becomes values, and whatever else it holds becomes faults, never a crash."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.packs.load import PackError, load_intents, load_jurisdiction, load_pack, load_packs, load_phones
from bot.packs.merge import merge
from bot.packs.model import Example, Option, Sentence, Turn
from bot.packs.yaml_file import File

DATA = Path(__file__).parent / "fixtures" / "data"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA, tmp_path / "data"))


def read(path: Path, text: str) -> tuple[object, list[str]]:
    path.write_text(text, encoding="utf-8")
    file = File(path, "x.yml")
    return file.read().values, [str(fault) for fault in file.faults]


def test_a_pack_as_values() -> None:
    pack = load_pack(DATA, "registro")
    assert pack.intents["costo"].examples[-1] == Example("cuanto cobran por el acta de matrimonio", "beto")
    assert (pack.intents["costo"].fact, pack.intents["costo"].about) == (True, "tramite")
    assert pack.entities["tramite"][0].title == "acta de nacimiento"
    assert [field.name for field in pack.forms["copia"].fields] == ["entrega", "correo", "acepta"]
    assert pack.forms["copia"].fields[0].options[0] == Option("Por correo", "correo")
    assert pack.forms["copia"].fields[1].when == {"entrega": ("correo",)}
    assert pack.forms["copia"].refused["acepta"].text == "Está bien. Aquí estaremos."
    assert pack.sentences[0] == Sentence("kuanto vale lo de la boda", "tramites.costo", {"tramite": "acta_matrimonio"})
    assert pack.conversations[0].turns[1] == Turn("cancelar", (), ("folio",))


def test_examples_apart_join_those_beside_the_intent(data: Path) -> None:
    apart = data / "services" / "registro" / "examples.yml"
    apart.write_text("horario: {ana: [abren hoy o no]}\n", encoding="utf-8")
    examples = load_pack(data, "registro").intents["horario"].examples
    assert examples[0] == Example("a que hora abren") and examples[-1] == Example("abren hoy o no", "ana")


def test_a_jurisdiction_as_values() -> None:
    villa = load_jurisdiction(DATA, "villa")
    assert villa.institution.departments["registro"] == "Registro Civil"
    facts = {(fact.key, fact.about): fact for fact in villa.facts}
    assert facts["tramites.costo", "acta_matrimonio"].verified_on == date(2026, 1, 31)
    assert facts["tramites.horario", None].example
    assert load_phones(DATA)[0].number == "911"
    assert load_intents(DATA).gazetteers["tramite"] == ("acta_nacimiento", "acta_matrimonio")


def test_what_is_not_quoted_stays_text(tmp_path: Path) -> None:
    """YAML 1.1 would read a yes, a day, an hour, an octal and a number here."""
    text = "words: [no, si, yes, on, 2026-01-31, 08:30, 010, 911, 1e3, .5, =]\nflags: [true, false]\nempty:\n"
    assert read(tmp_path / "x.yml", text) == (
        {
            "words": ["no", "si", "yes", "on", "2026-01-31", "08:30", "010", "911", "1e3", ".5", "="],
            "flags": [True, False],
            "empty": None,
        },
        [],
    )


def test_an_anchor_repeats_a_list_but_not_itself(tmp_path: Path) -> None:
    assert read(tmp_path / "x.yml", "a: &a [x]\nb: *a\n") == ({"a": ["x"], "b": ["x"]}, [])
    assert "sin fin" in read(tmp_path / "x.yml", "a: &a [*a]\n")[1][0]


@pytest.mark.parametrize("text", ["[" * 100_000, "a: " + "{a: " * 100_000, "- " * 100_000 + "x"])
def test_hostile_depth_is_a_fault(tmp_path: Path, text: str) -> None:
    assert "demasiados niveles" in read(tmp_path / "x.yml", text)[1][0]


def test_anchors_cannot_multiply_without_end(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert "sin fin" in read(tmp_path / "x.yml", "\n".join(lines))[1][0]


@pytest.mark.parametrize(
    "text", ["a: !!python/object:os.system x", "? [1]\n: x", "a: 'x", "\t- x", "a: \x07", "%YAML 9"]
)
def test_strange_yaml_is_a_fault(tmp_path: Path, text: str) -> None:
    assert read(tmp_path / "x.yml", text)[1]


@pytest.mark.parametrize("services", [["registr"], ["registro", "nada"], []])
def test_a_mistyped_service_is_never_an_empty_bot(services: list[str]) -> None:
    with pytest.raises(PackError):
        load_packs(DATA, services)


def test_the_nearest_name_is_told() -> None:
    with pytest.raises(PackError, match="¿quisiste decir 'registro'"):
        load_packs(DATA, ["rejistro"])
    with pytest.raises(PackError, match="¿quisiste decir 'registro'"):
        load_pack(DATA, "rejistro")
    with pytest.raises(PackError, match="¿quisiste decir 'villa'"):
        load_jurisdiction(DATA, "vila")


def test_what_all_share_always_comes_along() -> None:
    assert [pack.id for pack in load_packs(DATA, ["tramites"])] == ["comun", "registro"]
    assert [pack.id for pack in load_packs(DATA, ["registro"])] == ["comun", "registro"]


def test_no_folder_is_a_fault(tmp_path: Path, data: Path) -> None:
    shutil.rmtree(data / "services")
    with pytest.raises(PackError, match="no tiene ningún servicio"):
        load_packs(data)
    with pytest.raises(PackError, match="falta el archivo"):
        load_packs(tmp_path / "nada")
    (data / "services" / "vacio").mkdir(parents=True)
    with pytest.raises(PackError, match=r"vacio/service\.yml: \(file\): falta el archivo"):
        load_packs(data)


def test_a_broken_neighbour_does_not_stop_the_chosen(data: Path) -> None:
    shutil.copytree(data / "services" / "registro", data / "services" / "otro")
    (data / "services" / "otro" / "service.yml").write_text("service: otro\n", encoding="utf-8")
    assert [pack.id for pack in load_packs(data, ["registro"])] == ["comun", "registro"]
    with pytest.raises(PackError):
        load_packs(data)


def test_two_packs_of_one_service_are_merged(data: Path) -> None:
    """A local pack adds its own procedure and what people ask about it; the verbs must be the same."""
    local = data / "services" / "local"
    local.mkdir()
    text = (
        "service: tramites\ntitle: Local\nowner: registro\njurisdiction: villa\n"
        "procedures: {licencia: {names: [licencia de mascota]}}\n"
        "intents: {costo: {examples: [cuanto por la licencia del perro], answer: fact, about: tramite}}\n"
    )
    (local / "service.yml").write_text(text, encoding="utf-8")
    catalogue = merge(load_packs(data))
    assert set(catalogue.entities["tramite"]) == {"acta_nacimiento", "acta_matrimonio", "licencia"}
    assert "cuanto por la licencia del perro" in [e.text for e in catalogue.intents["tramites.costo"].examples]
    (local / "service.yml").write_text(text.replace("licencia:", "acta_nacimiento:"), encoding="utf-8")
    with pytest.raises(PackError, match=r"tramite\.acta_nacimiento: también está en local; deja uno"):
        merge(load_packs(data))
    (local / "service.yml").write_text(
        text.replace("answer: fact, about: tramite", "hand_over: owner"), encoding="utf-8"
    )
    with pytest.raises(PackError, match=r"intents\.costo: también la contesta local"):
        merge(load_packs(data))


def test_a_new_service_explains_its_intents(data: Path) -> None:
    folder = data / "services" / "biblioteca"
    folder.mkdir()
    text = (
        "service: biblioteca\ntitle: Biblioteca\nowner: atencion\nanswers: {libros: Muchos.}\n"
        "intents: {libros: {means: asks for books, examples: [que libros hay], say: libros}}\n"
    )
    (folder / "service.yml").write_text(text, encoding="utf-8")
    assert load_pack(data, "biblioteca").intents["libros"].means == "asks for books"
    (folder / "service.yml").write_text(text.replace("means: asks for books, ", ""), encoding="utf-8")
    with pytest.raises(PackError, match="no está en data/common/intents"):
        load_pack(data, "biblioteca")


WORDS = """
service title owner health reviewed_by procedures entities intents answers forms examples answer about form say
hand_over look_up context fields ask check options when refused create done confirm missing sentences text value
conversations turns citizen bot channel costo copia comun tramites names services departments facts links
"""
KEYS = st.sampled_from(WORDS.split())
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), KEYS, st.dates())
TREES = st.recursive(
    LEAVES, lambda part: st.lists(part, max_size=3) | st.dictionaries(KEYS | st.text(max_size=3), part, max_size=5)
)
FILES = (
    "services/registro/service.yml",
    "services/registro/tests.yml",
    "common/intents.yml",
    "common/phones.yml",
    "jurisdictions/villa/institution.yml",
    "jurisdictions/villa/offices.yml",
    "jurisdictions/villa/competences.yml",
    "jurisdictions/villa/facts/tramites.yml",
)
SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def load_everything(data: Path) -> None:
    load_packs(data)
    load_phones(data)
    load_jurisdiction(data, "villa")


def assert_only_faults(data: Path, name: str, content: bytes) -> None:
    path = data / name
    before = path.read_bytes() if path.exists() else None
    path.write_bytes(content)
    try:
        load_everything(data)
    except PackError as error:
        assert error.faults
        assert all(fault.path and fault.key and fault.advice for fault in error.faults)
    finally:
        path.unlink() if before is None else path.write_bytes(before)


@pytest.mark.parametrize("name", FILES)
def test_any_mapping_is_read_or_refused(data: Path, name: str) -> None:
    @SETTINGS
    @given(tree=TREES)
    def holds(tree: object) -> None:
        assert_only_faults(data, name, yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "replace"))

    holds()


@pytest.mark.parametrize("name", FILES[:2])
def test_a_good_file_with_one_part_replaced_is_read_or_refused(data: Path, name: str) -> None:
    """Mutations near the real shape reach deeper than whole random files."""

    @SETTINGS
    @given(choices=st.lists(st.integers(0, 50), min_size=1, max_size=6), tree=TREES)
    def holds(choices: list[int], tree: object) -> None:
        mutant = yaml.load((DATA / name).read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)
        part = mutant
        for choice in choices:
            keys = list(part) if isinstance(part, dict) else list(range(len(part)))
            if not keys:
                break
            key = keys[choice % len(keys)]
            if not isinstance(part[key], (dict, list)) or choice == choices[-1]:
                part[key] = tree
                break
            part = part[key]
        assert_only_faults(data, name, yaml.safe_dump(mutant, allow_unicode=True).encode("utf-8", "replace"))

    holds()


@pytest.mark.parametrize("name", FILES[:1])
def test_any_bytes_are_read_or_refused(data: Path, name: str) -> None:
    @SETTINGS
    @given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
    def holds(content: bytes) -> None:
        assert_only_faults(data, name, content)

    holds()
