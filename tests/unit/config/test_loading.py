"""Reading a company's configuration: what is wrong, where, and what to do about it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bot.config import ConfigurationProblems, StageType, check, default, load
from bot.decisions.models import RuleKind
from bot.errors import ConfigurationError
from bot.people.models import Role


def problems(folder: Path, name: str, text: str) -> list[tuple[int | None, str, str]]:
    """Line, problem and remedy of everything wrong in a file."""
    (folder / name).write_text(text, encoding="utf-8")
    return [(one.params["line"], one.params["problem"], one.params["remedy"]) for one in check(folder / name)]


def test_the_built_in_rules_are_those_of_the_company_that_asked() -> None:
    rules = load().rules
    assert (rules.evaluation.budget, rules.evaluation.risk.value, rules.evaluation.effort_hours) == (
        Decimal(50000),
        "high",
        Decimal(80),
    )
    assert (rules.round.rule, rules.round.quorum, rules.round.closing_days) == (RuleKind.MAJORITY, 2, 3)
    assert rules.round.seats == (Role.CTO, Role.CPO, Role.CEO)
    assert rules.round.veto_seats == (Role.CEO,)
    assert rules.round.clarification_margin_days == 2
    assert (rules.numbers.first, rules.numbers.pattern, rules.numbers.project_suffix) == (580, "S{number}", "P")
    assert rules.tenders.digest_above == 5


def test_the_built_in_stages() -> None:
    stages = default().stages
    assert [stage.code for stage in stages.stage] == [
        "DET",
        "EVA",
        "PRE",
        "REV",
        "SNT",
        "CLA",
        "NEG",
        "WON",
        "LOS",
        "ABN",
    ]
    assert [stage.code for stage in stages.stage if stage.closes] == ["WON", "LOS", "ABN"]
    first, go = stages.of_type(StageType.FIRST_STAGE), stages.of_type(StageType.GO)
    assert first is not None
    assert go is not None
    assert (first.code, go.code, first.label.of("fr"), go.short.of("en")) == ("DET", "PRE", "Détectée", "Prep.")
    assert stages.by_code("XXX") is None


def test_of_several_stages_of_a_type_the_first_code_counts(tmp_path: Path) -> None:
    label = 'label = { fr = "a", en = "a" }\nshort = { fr = "a", en = "a" }\ncloses = false\ntype = "first_stage"\n'
    (tmp_path / "stages.toml").write_text(f'[[stage]]\ncode = "B"\n{label}[[stage]]\ncode = "A"\n{label}')
    found = load(tmp_path).stages.of_type(StageType.FIRST_STAGE)
    assert found is not None
    assert found.code == "A"
    assert load(tmp_path).stages.of_type(StageType.WON) is None


def test_a_company_file_replaces_only_its_own(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text("[numbers]\nfirst = 900\n")
    company = load(tmp_path)
    assert company.rules.numbers.first == 900
    assert company.rules.round == default().rules.round
    assert company.watch == default().watch


def test_a_misspelt_key_is_found_with_its_line(tmp_path: Path) -> None:
    text = "# a comment\n[round]\nrule = 'majority'\nquorrum = 2\n"
    assert problems(tmp_path, "rules.toml", text) == [
        (4, "The key 'round.quorrum' is unknown.", "Did you mean 'quorum'?")
    ]


def test_an_unknown_key_far_from_all_others_lists_them(tmp_path: Path) -> None:
    ((line, problem, remedy),) = problems(tmp_path, "rules.toml", "\n\nzzz = 1\n")
    assert (line, problem) == (3, "The key 'zzz' is unknown.")
    assert "evaluation, round" in remedy


def test_the_line_of_a_value_in_a_list_of_tables(tmp_path: Path) -> None:
    text = """threshold = 5

[[rule]]
code = "a"
words = [
  "one",   # with a ] in a comment
  "two",
]

[[rule]]
code = "b"
words = ["x"]
weight = "heavy"
"""
    ((line, problem, _),) = problems(tmp_path, "watch.toml", text)
    assert line == 13
    assert problem.startswith("rule.2.weight: Input should be a valid integer")


def test_several_errors_come_together(tmp_path: Path) -> None:
    text = "[round]\nquorum = 9\n[numbers]\nfirst = 0\npattern = 'S'\n"
    found = problems(tmp_path, "rules.toml", text)
    assert [(line, problem) for line, problem, _ in found] == [
        (1, "round: quorum is 9, but only 3 seats vote."),
        (4, "numbers.first: Input should be greater than or equal to 1."),
        (5, "numbers.pattern: The pattern must contain {number} once, and no other braces."),
    ]


def test_a_code_that_stands_twice(tmp_path: Path) -> None:
    text = '[[rule]]\ncode = "a"\nwords = ["x"]\n\n[[rule]]\ncode = "a"\nwords = ["y"]\n'
    assert problems(tmp_path, "watch.toml", text) == [
        (6, "The code 'a' stands twice.", "Give each entry its own code.")
    ]


def test_a_missing_key(tmp_path: Path) -> None:
    ((line, problem, _),) = problems(tmp_path, "watch.toml", '\n[[rule]]\nwords = ["x"]\n')
    assert (line, problem) == (2, "The key 'rule.1.code' is missing.")


def test_broken_toml_names_the_line(tmp_path: Path) -> None:
    ((line, problem, _),) = problems(tmp_path, "rules.toml", "[round]\nrule = majority\n")
    assert line == 2
    assert problem.startswith("This is not TOML")


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("rules.toml", '[round]\nseats = ["cto", "cto"]\n', "seats takes each of cto, cpo and ceo at most once."),
        ("rules.toml", '[round]\nseats = ["cto", "cpo"]\n', "veto_seats may only name roles that stand in seats."),
        (
            "rules.toml",
            '[round]\nrule = "ceo"\nseats = ["cto", "cpo"]\nveto_seats = []\n',
            "With the rule ceo, seats must name ceo.",
        ),
        ("rules.toml", '[numbers]\npattern = "S{number"\n', "The pattern must contain {number} once"),
        ("watch.toml", '[[rule]]\ncode = "a"\n', "A rule needs a criterion"),
        ("holidays.toml", 'time_zone = "Paris"\n', "'Paris' is not a time zone"),
        ("holidays.toml", 'country = "QQ"\n', "No public holidays are known for 'QQ'."),
        ("holidays.toml", 'subdivision = "Nowhere"\n', "No public holidays are known for 'FR' 'Nowhere'."),
        ("holidays.toml", "weekend = [1, 2, 3, 4, 5, 6, 7]\n", "weekend names all seven days"),
        ("stages.toml", "", "The key 'stage' is missing."),
    ],
)
def test_what_cannot_be(tmp_path: Path, name: str, text: str, problem: str) -> None:
    assert problem in problems(tmp_path, name, text)[0][1]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "watch.toml").write_bytes(b"#" * 1_000_001)
    (tmp_path / "rule.toml").write_text("")
    (tmp_path / "reasons.toml").mkdir()
    (tmp_path / "zzz.toml").write_text("")
    with pytest.raises(ConfigurationProblems) as refused:
        load(tmp_path)
    said = str(refused.value)
    assert "Rename it to rules.toml." in said
    assert "zzz.toml: Offerdesk reads no file of this name. Use one of these names" in said
    assert "not UTF-8" in said
    assert "larger than 1 MB" in said
    assert isinstance(refused.value, ConfigurationError)
    assert len(refused.value.errors) == 4
    assert list(map(str, check(tmp_path))) == said.splitlines()
    assert check(tmp_path / "rule.toml")[0].params["remedy"] == "Rename it to rules.toml."


def test_a_folder_or_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationProblems, match="This folder does not exist"):
        load(tmp_path / "none")
    (found,) = check(tmp_path / "rules.toml")
    assert "cannot be read" in found.params["problem"]


def test_a_good_file_has_no_problems(tmp_path: Path) -> None:
    assert problems(tmp_path, "rules.toml", "[reminders]\nhalf_time = false\n") == []
    assert check(tmp_path) == ()


def test_every_built_in_file_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text(encoding="utf-8")
    company = default()
    for name in ("watch.toml", "rules.toml", "stages.toml", "reasons.toml", "holidays.toml"):
        assert name in text
    for section in company.rules.model_dump().values():
        for key in section:
            assert f"`{key}`" in text, key
    for key in [*company.holidays.model_dump(), *company.watch.rule[0].model_dump()]:
        assert f"`{key}`" in text, key
