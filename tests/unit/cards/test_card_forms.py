"""Dialogs keep what was typed, say what is wrong and send what the service expects."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cards.envelope import nodes
from cards.fields import CONDITION_ROWS, TEAM_ROWS, Field, row
from cards.forms import dismiss_form, evaluation_form, reopen_form, vote_form
from cards.inputs import Dialog
from cards.offers import offer_card
from cards.samples import NOW, OFFER, TITLE
from cards.settings_forms import deputy_form, profile_form, rfp_form, roles_form, team_form
from cards.verbs import Verb
from cards.views import (
    ClientChoice,
    DeputyFormView,
    DismissFormView,
    EvaluationFormView,
    FieldError,
    PersonChoice,
    ProfileFormView,
    Reader,
    ReasonChoice,
    ReopenFormView,
    RfpFormView,
    RolesFormView,
    TeamFormView,
    TeamMember,
    VoteFormView,
    sentence,
)
from cards.words import Choice

VOTE = VoteFormView(round_id=7, revision=2, choice=Choice.NO_GO, title=TITLE, closes_at=NOW)
EVALUATION = EvaluationFormView(offer_id=12, title=TITLE)


def inputs(dialog: Dialog) -> dict[str, dict[str, Any]]:
    return {node["id"]: node for node in nodes(dialog.card) if str(node["type"]).startswith("Input.")}


def sent(dialog: Dialog) -> list[dict[str, Any]]:
    return [action["data"] for action in dialog.card["actions"]]


def test_a_dialog_is_what_teams_expects(english: Reader) -> None:
    dialog = vote_form(VOTE, english)
    value = dialog.as_task()["task"]["value"]
    assert dialog.as_task()["task"]["type"] == "continue"
    assert value["title"] == "Vote No-Go"
    assert value["card"]["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert value["card"]["content"] is dialog.card
    assert {value["height"], value["width"]} <= {"small", "medium", "large"}


def test_typed_values_come_back_with_the_error_under_them(english: Reader) -> None:
    view = replace(
        EVALUATION,
        values=((Field.SUMMARY, "x"), (Field.BUDGET, "1 250,50"), (Field.EFFORT_HOURS, "abc")),
        errors=(FieldError(field=Field.SUMMARY, what=sentence("errors.required")),),
    )
    dialog = evaluation_form(view, english)
    found = inputs(dialog)
    assert found[Field.SUMMARY]["value"] == "x"
    assert found[Field.BUDGET]["value"] == 1250.5
    assert "value" not in found[Field.EFFORT_HOURS]
    texts = [node["text"] for node in nodes(dialog.card) if node["type"] == "TextBlock"]
    assert "Fill in this field." in texts
    assert "1 thing to correct. Nothing is lost." in texts


def test_a_draft_needs_nothing_and_a_submission_says_what_it_needs(english: Reader) -> None:
    dialog = evaluation_form(EVALUATION, english)
    assert [data["verb"] for data in sent(dialog)] == [Verb.EVALUATION_SUBMIT, Verb.EVALUATION_SAVE_DRAFT]
    assert not any(node.get("isRequired") for node in inputs(dialog).values())
    assert "needed for the vote" in inputs(dialog)[Field.SUMMARY]["label"]


def test_the_long_form_says_why_it_is_needed(english: Reader) -> None:
    because = replace(EVALUATION, required_because=sentence("errors.evaluation_missing"))
    assert "without it nobody can vote" in str(evaluation_form(because, english).card)


@pytest.mark.parametrize(
    ("values", "unfolded"), [((), False), (((Field.SUMMARY, "x"),), False), (((Field.BUDGET, "5"),), True)]
)
def test_a_summary_folds_the_rest_away_until_it_holds_something(
    values: tuple[tuple[str, str], ...],
    unfolded: bool,  # noqa: FBT001 - a table
    english: Reader,
) -> None:
    dialog = evaluation_form(replace(EVALUATION, required=False, values=values), english)
    rest = next(node for node in nodes(dialog.card) if node.get("id") == "rest")
    assert rest["isVisible"] is unfolded
    assert Field.BUDGET in inputs(dialog)


@pytest.mark.parametrize(
    ("choice", "verb", "field"),
    [
        (Choice.NO_GO, Verb.ROUND_NO_GO, Field.NOTE),
        (Choice.NEED_INFO, Verb.ROUND_NEED_INFO, Field.QUESTION),
        (Choice.GO_WITH_CONDITIONS, Verb.ROUND_GO_WITH_CONDITIONS, row(Field.CONDITION_TEXT, 1)),
    ],
)
def test_a_ballot_asks_for_its_words(choice: Choice, verb: Verb, field: str, english: Reader) -> None:
    dialog = vote_form(replace(VOTE, choice=choice, acting_for="CPO"), english)
    assert sent(dialog) == [{"verb": verb.value, "id": 7, "rev": 2}]
    assert inputs(dialog)[field]["isRequired"]
    assert "You vote for CPO. Both names are recorded." in str(dialog.card)


def test_a_configured_reason_is_chosen_and_the_only_one_by_itself(english: Reader) -> None:
    two = (ReasonChoice(code="a", label="A"), ReasonChoice(code="b", label="B"))
    assert "value" not in inputs(vote_form(replace(VOTE, reasons=two), english))[Field.REASON]
    assert inputs(vote_form(replace(VOTE, reasons=two[:1]), english))[Field.REASON]["value"] == "a"


def test_a_question_says_who_gets_it(english: Reader) -> None:
    dialog = vote_form(replace(VOTE, choice=Choice.NEED_INFO, owner="Sales lead"), english)
    assert "Sales lead gets it at once." in str(dialog.card)


def test_five_conditions_fit_and_only_the_first_is_asked_for(english: Reader) -> None:
    view = replace(VOTE, choice=Choice.GO_WITH_CONDITIONS)
    found = inputs(vote_form(view, english))
    assert len(found) == 3 * CONDITION_ROWS
    assert found[row(Field.CONDITION_DUE, 1)]["isRequired"]
    assert "isRequired" not in found[row(Field.CONDITION_TEXT, 2)]
    people = (PersonChoice(value="4", name="Engineer"),)
    named = inputs(vote_form(replace(view, people=people), english))
    assert named[row(Field.CONDITION_OWNER, 1)]["choices"] == [{"title": "Engineer", "value": "4"}]


@pytest.mark.parametrize("typed", ["", "second"])
def test_further_conditions_unfold_when_one_was_typed(typed: str, english: Reader) -> None:
    view = replace(VOTE, choice=Choice.GO_WITH_CONDITIONS, values=((row(Field.CONDITION_TEXT, 2), typed),))
    others = next(node for node in nodes(vote_form(view, english).card) if node.get("id") == "others")
    assert others["isVisible"] is bool(typed)


def test_not_for_us_carries_the_revision(english: Reader) -> None:
    dialog = dismiss_form(DismissFormView(tender_id=41, revision=3, number="1-1", title=TITLE), english)
    assert sent(dialog) == [{"verb": Verb.TENDER_DISMISS.value, "id": 41, "rev": 3}]


def test_reopening_says_what_happens_to_the_number(english: Reader) -> None:
    view = ReopenFormView(round_id=7, revision=1, title=TITLE)
    assert "the old one stays readable" in str(reopen_form(view, english).card)
    assert "S580 is kept" in str(reopen_form(replace(view, offer_number="S580"), english).card)


def test_people_are_looked_up_in_the_directory(english: Reader) -> None:
    found = inputs(team_form(TeamFormView(offer_id=12, title=TITLE), english))
    assert len(found) == 2 * TEAM_ROWS
    assert found[row(Field.MEMBER, 1)]["choices.data"] == {
        "type": "Data.Query",
        "dataset": "graph.microsoft.com/users",
    }
    assert found[row(Field.MEMBER_ROLE, 1)]["value"] == "sales_lead"
    assert found[row(Field.MEMBER_ROLE, 5)]["value"] == "contributor"
    assert "choices.data" in inputs(roles_form(RolesFormView(), english))[Field.PERSON]
    assert "choices.data" in inputs(deputy_form(DeputyFormView(), english))[Field.DEPUTY]


def test_a_client_is_chosen_or_typed(english: Reader) -> None:
    assert inputs(rfp_form(RfpFormView(), english))[Field.CLIENT]["type"] == "Input.Text"
    known = RfpFormView(clients=(ClientChoice(value="1", name="Launcher prime"),))
    assert inputs(rfp_form(known, english))[Field.CLIENT]["type"] == "Input.ChoiceSet"


def test_roles_tell_what_the_last_save_did(english: Reader) -> None:
    view = RolesFormView(saved=sentence("answers.saved"))
    assert str(roles_form(view, english).card) != str(roles_form(RolesFormView(), english).card)


def test_an_admin_names_a_deputy_for_somebody(english: Reader) -> None:
    assert "Who stands in for CPO" in str(deputy_form(DeputyFormView(for_person="CPO"), english).card)


def test_a_profile_offers_the_own_zone_first(english: Reader) -> None:
    view = ProfileFormView(name="Engineer", language=english.language, time_zone="America/Toronto")
    zone = inputs(profile_form(view, english))[Field.TIME_ZONE]
    assert zone["value"] == "America/Toronto"
    assert zone["choices"][0]["title"] == "Toronto (America/Toronto)"


def test_a_choice_that_is_not_offered_is_left_out(english: Reader) -> None:
    two = (ReasonChoice(code="a", label="A"), ReasonChoice(code="b", label="B"))
    typed = replace(VOTE, reasons=two, values=((Field.REASON, "z"),))
    assert "value" not in inputs(vote_form(typed, english))[Field.REASON]
    kept = replace(VOTE, reasons=two, values=((Field.REASON, "b"),))
    assert inputs(vote_form(kept, english))[Field.REASON]["value"] == "b"
    roles = RolesFormView(values=((Field.CHANGE, "z"),))
    assert inputs(roles_form(roles, english))[Field.CHANGE]["value"] == "give", "the default stands in"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("999999999999999", 999999999999999),
        ("1000000000000000", None),
        ("-1e15", None),
        ("1e400", None),
        ("nan", None),
        ("inf", None),
        ("-12,5", -12.5),
        ("\u221212", -12),
        ("12\u202f000", 12000),
    ],
)
def test_a_number_is_shown_as_it_was_typed_or_not_at_all(typed: str, shown: float | None, english: Reader) -> None:
    view = replace(EVALUATION, values=((Field.BUDGET, typed),))
    assert inputs(evaluation_form(view, english))[Field.BUDGET].get("value") == shown


@pytest.mark.parametrize(("typed", "shown"), [("2026-12-04", "2026-12-04"), ("soon", None), ("2026-13-01", None)])
def test_a_date_is_a_day_or_empty(typed: str, shown: str | None, english: Reader) -> None:
    view = DeputyFormView(values=((Field.FROM, typed), (Field.DEPUTY, "x" * 65)))
    found = inputs(deputy_form(view, english))
    assert found[Field.FROM].get("value") == shown
    assert "value" not in found[Field.DEPUTY], "no id is that long"


def test_not_for_us_without_a_number_has_no_empty_line(english: Reader) -> None:
    for number in ("", " "):
        view = DismissFormView(tender_id=41, revision=3, number=number, title=TITLE)
        drawn = [node["text"] for node in nodes(dismiss_form(view, english).card) if node["type"] == "TextBlock"]
        assert all(text.strip() for text in drawn)


@pytest.mark.parametrize(
    ("team", "title", "verb"), [((), "Choose the team", "team.open"), (OFFER.team, "Team (3)", "records.show")]
)
def test_a_team_is_chosen_first_and_listed_later(
    team: tuple[TeamMember, ...], title: str, verb: str, english: Reader
) -> None:
    card = offer_card(replace(OFFER, team=team, round_id=None), english)
    found = [
        node
        for node in nodes(card)
        if node.get("data", {}).get("q") == "team" or node.get("data", {}).get("verb") == Verb.TEAM_OPEN
    ]
    assert [(node["title"], node["data"]["verb"]) for node in found][:1] == [(title, verb)]
