"""The vote card says who is asked for what, by when, and what happened."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cards.ballots import waiting_roles
from cards.check import check
from cards.envelope import Card, nodes
from cards.rounds import round_card
from cards.samples import DECIDED_GO, DECIDED_NO_GO, NOW, ROUND, ROUNDS, TWO_VOTES
from cards.verbs import Verb
from cards.views import Mine, Reader
from cards.words import DefaultOutcome, Role, RoundState


def shown(card: Card) -> str:
    """The words in sight, without what is folded away."""
    return "\n".join(
        str(node.get("text", "")).replace("\u00a0", " ").replace("\u202f", " ") for node in nodes(card["body"])
    )


def facts(card: Card) -> dict[str, str]:
    """Labels and values."""
    return {
        fact["title"]: fact["value"].replace("\u00a0", " ").replace("\u202f", " ")
        for node in nodes(card["body"])
        for fact in node.get("facts", ())
    }


def verbs(value: object) -> list[str]:
    """What the buttons do, in order, folded ones too."""
    return [
        node["data"]["verb"]
        for node in nodes(value)
        if node["type"] in {"Action.Execute", "Action.Submit"} and "title" in node and node.get("data")
    ]


def in_sight(card: Card) -> list[str]:
    """Titles of the buttons in sight."""
    return [action["title"] for action in card["actions"]]


def test_the_ask_names_the_deadline(french: Reader, english: Reader) -> None:
    assert "Votez avant jeu. 26 nov. 17:00 (3 j)" in shown(round_card(ROUND, french))
    assert "Vote before Thu 26 Nov 17:00 (3 days)" in shown(round_card(ROUND, english))


def test_go_is_one_click_and_no_go_asks_for_words(english: Reader) -> None:
    card = round_card(ROUND, english)
    assert in_sight(card) == ["Go", "With conditions…", "No-Go…", "More…"]
    assert card["actions"][0]["type"] == "Action.Execute"
    assert card["actions"][0]["data"] == {"verb": "round.go", "id": 7, "rev": 1}
    assert card["actions"][2]["data"]["msteams"] == {"type": "task/fetch"}
    assert card["actions"][2]["style"] == "destructive"
    assert Verb.ROUND_ABSTAIN in verbs(card["actions"][3])
    assert Verb.ROUND_NEED_INFO_OPEN in verbs(card["actions"][3])


def test_facts_are_at_most_five_and_decide(english: Reader) -> None:
    found = facts(round_card(ROUND, english))
    assert found == {
        "Budget": "€420,000",
        "Effort": "180 h",
        "Due": "Fri 18 Dec 2026 13:00 (25 days)",
        "Rule": "Majority, quorum 2, CEO veto",
    }


def test_people_stand_with_role_sign_and_word(english: Reader) -> None:
    words = shown(round_card(TWO_VOTES, english))
    assert "✓ Go" in words
    assert "✓ Go with conditions" in words
    assert "**CPO** by Project manager" in words
    assert "? Asks a question" in words
    assert "Who pays for the second test campaign?" in words
    assert "- Seam trial before the offer is sent · Engineer · Fri 4 Dec" in words
    assert "○ waiting" in shown(round_card(ROUND, english))


def test_names_that_say_more_than_the_role_are_shown(english: Reader) -> None:
    seat = replace(ROUND.seats[0], principal="A <at>B</at> *C*", deputy="")
    words = shown(round_card(replace(ROUND, seats=(seat, replace(seat, role=Role.CEO, principal=""))), english))
    assert "\\*C\\*" in words
    assert "<at>" not in words
    assert "**CEO** nobody" in words


def test_a_question_is_not_an_answer_yet(english: Reader) -> None:
    assert waiting_roles(TWO_VOTES) == ("CEO",)
    assert "2 of 3 answered. Waiting for CEO." in shown(round_card(TWO_VOTES, english))


def test_after_the_click_the_card_says_what_counts_and_until_when(english: Reader) -> None:
    card = round_card(ROUNDS["round-voted"], english)
    words = shown(card)
    assert "Your vote: Go" in words
    assert "You can change it until Thu 26 Nov 17:00" in words
    assert in_sight(card) == ["Change my vote", "Evaluation", "More…"]
    assert {Verb.ROUND_GO, Verb.ROUND_NO_GO_OPEN, Verb.ROUND_ABSTAIN} <= set(verbs(card["actions"][0]))
    assert card["fallbackText"].startswith("Your vote: Go.")


def test_a_deputy_knows_for_whom_they_vote(english: Reader) -> None:
    assert "You vote for CPO (CPO). Both names are recorded." in shown(round_card(ROUNDS["round-deputy"], english))


def test_who_may_not_vote_gets_no_vote_buttons(english: Reader) -> None:
    card = round_card(replace(ROUND, mine=Mine(role=Role.KEY_USER, can_vote=False)), english)
    assert not {Verb.ROUND_GO, Verb.ROUND_NO_GO_OPEN, Verb.ROUND_ABSTAIN} & set(verbs(card["actions"]))


def test_a_late_vote_is_told_first(english: Reader) -> None:
    words = shown(round_card(ROUNDS["round-late"], english))
    assert words.index("was not counted") < words.index("the offer number is")


def test_go_shows_the_number_and_the_next_step(french: Reader) -> None:
    card = round_card(DECIDED_GO, french)
    words = shown(card)
    assert "Go · S580" in words
    assert "Go : l’offre porte le numéro S580" in words
    assert "Étape suivante : composer l’équipe." in words
    assert card["actions"][0]["data"]["verb"] == Verb.TEAM_OPEN
    assert Verb.ROUND_GO not in verbs(card["actions"])
    assert Verb.ROUND_REOPEN_OPEN in verbs(card["actions"])
    assert "Règle" not in facts(card)


def test_no_go_shows_its_reasons(french: Reader) -> None:
    card = round_card(DECIDED_NO_GO, french)
    assert "Price out of reach" in shown(card)
    assert Verb.TEAM_OPEN not in verbs(card["actions"])
    assert "sans réponse" in shown(card)


def test_a_replaced_round_offers_the_current_one(english: Reader) -> None:
    card = round_card(ROUNDS["round-replaced"], english)
    assert card["actions"][0]["data"] == {"verb": "round.show", "id": 8}
    assert "Replaced" in shown(card)


def test_an_escalated_round_asks_the_ceo(english: Reader) -> None:
    card = round_card(ROUNDS["round-escalated"], english)
    assert "The CEO decides." in shown(card)
    assert Verb.ROUND_GO in verbs(card["actions"])
    assert card["fallbackText"].startswith("The CEO’s decision is wanted")


def test_an_edit_after_opening_is_told(english: Reader) -> None:
    assert "edited after the vote opened (version 2)" in shown(round_card(TWO_VOTES, english))
    assert "edited" not in shown(round_card(ROUND, english))


def test_the_default_outcome_stands_in_the_details(english: Reader) -> None:
    assert "There is no silent Go." in str(round_card(ROUND, english)["actions"][-1])
    refused = replace(ROUND, default_outcome=DefaultOutcome.NO_GO)
    assert "The result is No-Go." in str(round_card(refused, english)["actions"][-1])


def test_mentions_only_when_somebody_must_act(english: Reader) -> None:
    card = round_card(ROUNDS["round-open"], english)
    assert [entity["text"] for entity in card["msteams"]["entities"]] == [
        "<at>CTO</at>",
        "<at>CPO</at>",
        "<at>CEO</at>",
    ]
    assert "entities" not in round_card(ROUND, english)["msteams"]


def test_refresh_lists_at_most_sixty_people(english: Reader) -> None:
    many = tuple(f"29:{number}" for number in range(80))
    card = round_card(replace(ROUND, refresh_user_ids=many), english)
    assert len(card["refresh"]["userIds"]) == 60
    assert card["refresh"]["action"]["data"] == {"verb": "refresh.round", "id": 7, "rev": 1}
    assert "refresh" not in round_card(ROUND, english)


def test_history_unfolds(english: Reader) -> None:
    assert "Vote opened" in shown(round_card(ROUNDS["round-history"], english))
    assert "History" not in shown(round_card(replace(ROUND, history=(), show_history=True), english))


def test_a_reopened_round_says_why(english: Reader) -> None:
    words = shown(round_card(ROUNDS["round-reopened"], english))
    assert "round 2" in words
    assert "Follows round 1, reopened by CEO: The buyer raised the ceiling." in words


def test_a_shared_card_names_its_time_zone(english: Reader) -> None:
    assert "Paris time" in shown(round_card(ROUND, replace(english, shared=True))).replace("\u00a0", " ")
    assert "Paris time" not in shown(round_card(ROUND, english))


@pytest.mark.parametrize("state", list(RoundState))
def test_a_very_long_card_stays_small(state: RoundState, english: Reader) -> None:
    wordy = "*" * 5000
    view = replace(
        ROUND,
        state=state,
        title=wordy,
        summary=wordy,
        conditions=wordy,
        resources=wordy,
        risks=tuple(replace(risk, text=wordy) for risk in ROUND.risks),
        last_change=None,
        history=ROUND.history * 40,
    )
    assert check(round_card(view, english)) == []


def test_now_is_given_never_read(english: Reader) -> None:
    assert "(26 days)" in facts(round_card(ROUND, replace(english, now=NOW.replace(day=22))))["Due"]
