"""Reading a company's configuration: what is wrong, where, and what to do about it."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from bot.config import ConfigurationProblems, PostAwardStep, Stage, StageType, check, default, load
from bot.config.loading import FILES
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
        ("rules.toml", '[deadlines]\nmorning = "25:10"\n', "'25:10' is not a time of day; write one such as 08:30."),
        ("rules.toml", '[deadlines]\nmorning = "8h"\n', "'8h' is not a time of day"),
        ("rules.toml", '[review]\nseats = ["cto", "cto"]\n', "seats takes each of cto, cpo and ceo at most once."),
        ("rules.toml", '[review]\nseats = ["admin"]\n', "seats takes each of cto, cpo and ceo at most once."),
        (
            "rules.toml",
            "[review]\nworking_days = 0\n",
            "review.working_days: Input should be greater than or equal to 1.",
        ),
        ("rules.toml", "[debrief]\ndays = 0\n", "debrief.days: Input should be greater than or equal to 1."),
        ("lists.toml", "currencies = []\n", "currencies: Tuple should have at least 1 item"),
        ("lists.toml", 'currencies = ["euro"]\n', "currencies.1: String should match pattern"),
        ("lists.toml", 'currencies = ["EUR", "EUR"]\n', "'EUR' stands twice."),
        ("lists.toml", 'campaigns = ["Spring", "Spring"]\n', "'Spring' stands twice."),
        (
            "lists.toml",
            '[[axes]]\ncode = "a"\nlabel = { fr = "a", en = "a" }\nvalues = []\n',
            "axes.1: An axis needs at least one value to choose.",
        ),
        ("checklist.toml", '[[item]]\ncode = "a"\n', "The key 'item.1.label' is missing."),
    ],
)
def test_what_cannot_be(tmp_path: Path, name: str, text: str, problem: str) -> None:
    assert problem in problems(tmp_path, name, text)[0][1]


LABEL = 'label = { fr = "a", en = "a" }\n'
SHORT = 'short = { fr = "a", en = "a" }\n'
OPEN_STAGE = f'[[stage]]\ncode = "A"\n{LABEL}{SHORT}closes = false\n'


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        (
            f'[[stage]]\ncode = "W"\n{LABEL}{SHORT}closes = false\ntype = "won"\n',
            6,
            "stage.2: A stage of type won ends the offer: write closes = true, or another type.",
        ),
        (
            f'[[stage]]\ncode = "L"\n{LABEL}{SHORT}closes = false\ntype = "lost"\n',
            6,
            "stage.2: A stage of type lost ends the offer: write closes = true, or another type.",
        ),
        (
            f'[[stage]]\ncode = "C"\n{LABEL}{SHORT}closes = true\ntype = "negotiation"\n',
            6,
            "stage.2: A stage that closes says how the offer ended: give it the type won, lost or abandoned.",
        ),
        (f'[[stage]]\ncode = "A"\n{LABEL}{SHORT}closes = false\n', 7, "The code 'A' stands twice."),
        (f'[[post_award]]\ncode = "A"\n{LABEL}{SHORT}', 7, "The code 'A' stands twice."),
        (
            f'[[stage.reason]]\ncode = "r"\n{LABEL}[[stage.reason]]\ncode = "r"\n{LABEL}',
            10,
            "The code 'r' stands twice.",
        ),
        ("success = 101\n", 6, "stage.1.success: Input should be less than or equal to 100."),
        ("launch = -1\n", 6, "stage.1.launch: Input should be greater than or equal to 0."),
        ('type = "sent"\n', 6, "stage.1.type: Input should be 'first_stage', 'none', 'go', 'quote_sent'"),
        ("sucess = 10\n", 6, "The key 'stage.1.sucess' is unknown."),
        (
            f'[[post_award]]\ncode = "P"\n{LABEL}{SHORT}may_start = true\n',
            10,
            "The key 'post_award.1.may_start' is unknown.",
        ),
    ],
)
def test_what_stages_cannot_be(tmp_path: Path, text: str, line: int, problem: str) -> None:
    ((found, said, remedy),) = problems(tmp_path, "stages.toml", OPEN_STAGE + text)
    assert (found, said[: len(problem)]) == (line, problem)
    assert remedy


def test_a_company_that_only_has_closing_stages_cannot_work(tmp_path: Path) -> None:
    text = f'[[stage]]\ncode = "W"\n{LABEL}{SHORT}closes = true\ntype = "won"\n'
    ((_line, said, _remedy),) = problems(tmp_path, "stages.toml", text)
    assert said == "No stage leaves the offer open; at least one needs closes = false."


def test_the_same_reason_may_stand_in_two_stages(tmp_path: Path) -> None:
    reason = f'[[stage.reason]]\ncode = "r"\n{LABEL}'
    second = f'[[stage]]\ncode = "B"\n{LABEL}{SHORT}closes = false\n{reason}'
    assert problems(tmp_path, "stages.toml", OPEN_STAGE + reason + second) == []


DEFAULT_STAGES = [
    ("DET", "Detected", False, "first_stage"),
    ("EVA", "Under evaluation", False, "none"),
    ("PRE", "In preparation", False, "go"),
    ("REV", "Review meeting (CTO, CEO)", False, "none"),
    ("SNT", "Sent", False, "quote_sent"),
    ("CLA", "Clarification", False, "none"),
    ("NEG", "Negotiation", False, "negotiation"),
    ("WON", "Won", True, "won"),
    ("LOS", "Lost", True, "lost"),
    ("ABN", "Abandoned", True, "abandoned"),
]


def test_the_stages_are_those_of_pre_sales() -> None:
    stages = default().stages.stage
    assert [(one.code, one.label.en, one.closes, one.type.value) for one in stages] == DEFAULT_STAGES
    sent = default().stages.by_code("SNT")
    assert sent is not None
    assert [reason.label.en for reason in sent.reasons] == [
        "Budget accepted",
        "Internal agreement obtained",
        "Management approval",
    ]
    assert all(one.success is not None for one in stages)


def test_the_steps_after_the_award() -> None:
    stages = default().stages
    assert [(step.code, step.may_start_in_presales) for step in stages.post_award] == [
        ("KICK", False),
        ("PLAN", True),
        ("DELIV", False),
        ("INV", False),
    ]
    assert stages.step_by_code("XXX") is None


def test_the_documented_examples_are_good(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "docs" / "configuration.md").read_text(encoding="utf-8")
    sections = re.split(r"^## `(\w+\.toml)`", text, flags=re.MULTILINE)[1:]
    examples = [
        (name, example)
        for name, section in zip(sections[::2], sections[1::2], strict=True)
        for example in re.findall(r"^```toml\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    ]
    assert [name for name, _ in examples] == ["stages.toml", "lists.toml"]
    for name, example in examples:
        assert problems(tmp_path, name, example) == []


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
    for name in FILES:
        assert f"## `{name}`" in text
    for section in company.rules.model_dump().values():
        for key in section:
            assert f"`{key}`" in text, key
    stages = [*Stage.model_fields, *PostAwardStep.model_fields]
    lists = [key if key in {"currencies", "campaigns"} else f"[[{key}]]" for key in company.lists.model_dump()]
    named = ["[[stage.reason]]" if key == "reasons" else key for key in stages]
    for key in [*company.holidays.model_dump(), *company.watch.rule[0].model_dump(), *named, *lists]:
        assert f"`{key}`" in text, key


def test_business_central_waits_for_nothing_that_cannot_be_filled(tmp_path: Path) -> None:
    (tmp_path / "systems.toml").write_text('[business_central]\nmandatory = ["contact", "colour"]\n', "utf-8")
    with pytest.raises(ConfigurationProblems) as caught:
        load(tmp_path)
    (error,) = caught.value.errors
    assert "'colour', which no axis of lists.toml has" in error.params["problem"]
    assert "category, contact" in error.params["remedy"]

    (tmp_path / "lists.toml").write_text(
        '[[axes]]\ncode = "colour"\nlabel = { fr = "Couleur", en = "Colour" }\n'
        '[[axes.values]]\ncode = "red"\nlabel = { fr = "Rouge", en = "Red" }\n',
        "utf-8",
    )
    assert load(tmp_path).systems.business_central.mandatory == ("contact", "colour")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[sharepoint]\nfolders = ["01/RFP", "02 Evaluation", "07 Hand-over"]\n', "sharepoint.folders.1"),
        ('[sharepoint]\nfolders = ["01 RFP"]\n', "evaluation and handover name folders that are not in folders."),
        ('[business_central]\nmandatory = ["title", "title"]\n', "'title' stands twice."),
    ],
)
def test_what_systems_cannot_be(tmp_path: Path, text: str, problem: str) -> None:
    (found,) = problems(tmp_path, "systems.toml", text)
    assert problem in found[1]


def test_digests_are_on_and_never_come_at_night(tmp_path: Path) -> None:
    given = default().rules.digests
    assert (given.monthly, given.monthly_time, given.weekly, given.weekly_time) == (True, "09:00", True, "08:30")
    for wrong in ("06:59", "20:00", "25:00", "9:00"):
        found = problems(tmp_path, "rules.toml", f"[digests]\nmonthly = true\nweekly_time = '{wrong}'\n")
        assert [line for line, _problem, _remedy in found] == [3], wrong
        assert wrong in found[0][1]
    assert (
        problems(tmp_path, "rules.toml", "[digests]\nmonthly = false\nweekly = false\nmonthly_time = '07:00'\n") == []
    )
    assert load(tmp_path).rules.digests.monthly is False
    assert [line for line, _problem, _remedy in problems(tmp_path, "rules.toml", "[digests]\nyearly = true\n")] == [2]
