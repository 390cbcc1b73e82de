"""Each answer, wherever it may be given, and nowhere else."""

from __future__ import annotations

import pytest

from bot.teams.inbound import InboundKind
from bot.teams.replies import (
    Accepted,
    CardReply,
    DialogClosed,
    DialogReply,
    ErrorReply,
    Preview,
    Reply,
    ReplyMismatch,
    SearchReply,
    TextReply,
    card_message,
    invoke_body,
    message_activity,
)
from integrations.sandbox.teams.shapes import card_answer, search_answer, task_answer
from tests.channel import Json

CARD: Json = {"type": "AdaptiveCard", "version": "1.5", "body": []}
ACTION, OPEN, SUBMIT = InboundKind.CARD_ACTION, InboundKind.DIALOG_OPEN, InboundKind.DIALOG_SUBMIT
SEARCH = InboundKind.SEARCH
FOUND = SearchReply(((CARD, Preview("S580 <b>", "R&D")),))


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (CardReply(CARD), ("card", CARD)),
        (TextReply("Voté."), ("message", "Voté.")),
        (ErrorReply(400, "Non."), ("error", "Non.")),
        (ErrorReply(500, "Non."), ("error", "Non.")),
        (DialogClosed("Fini."), ("message", "Fini.")),
        (DialogClosed(), ("message", "")),
        (Accepted(), ("message", "")),
        (None, ("message", "")),
    ],
)
def test_a_card_action_is_answered_as_teams_understands(reply: Reply | None, said: tuple[str, object]) -> None:
    status, body = invoke_body(reply, ACTION)
    assert status == 200
    assert card_answer(body) == said


def test_an_error_names_its_code_in_words_teams_documents() -> None:
    assert invoke_body(ErrorReply(400, "Non."), ACTION) == (
        200,
        {"statusCode": 400, "type": "application/vnd.microsoft.error", "value": {"code": "400", "message": "Non."}},
    )


@pytest.mark.parametrize("kind", [OPEN, SUBMIT])
@pytest.mark.parametrize(
    ("reply", "kind_of_answer"),
    [
        (DialogReply("Évaluation", CARD, "large", 600), "dialog"),
        (CardReply(CARD), "dialog"),
        (TextReply("Non."), "message"),
        (ErrorReply(500, "Non."), "message"),
        (DialogClosed("Fini."), "message"),
        (DialogClosed(), "closed"),
        (Accepted(), "closed"),
        (None, "closed"),
    ],
)
def test_a_dialog_is_answered_as_teams_understands(reply: Reply | None, kind: InboundKind, kind_of_answer: str) -> None:
    status, body = invoke_body(reply, kind)
    assert status == 200
    assert task_answer(body)[0] == kind_of_answer


def test_a_dialog_keeps_its_title_and_size() -> None:
    _, dialog = task_answer(invoke_body(DialogReply("Évaluation", CARD, "large", 600), OPEN)[1])
    assert (dialog["title"], dialog["height"], dialog["width"], dialog["card"]) == ("Évaluation", "large", 600, CARD)


def test_search_results_have_a_card_and_an_escaped_preview() -> None:
    (result,) = search_answer(invoke_body(FOUND, SEARCH)[1])
    assert result["content"] == CARD
    assert result["preview"]["content"] == {"title": "S580 &lt;b&gt;", "text": "R&amp;D"}


@pytest.mark.parametrize("reply", [TextReply("Rien."), ErrorReply(500, "Non."), Accepted(), DialogClosed(), None])
def test_a_search_without_results_is_no_failure(reply: Reply | None) -> None:
    status, body = invoke_body(reply, SEARCH)
    assert status == 200
    assert search_answer(body) == []


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (DialogReply("Évaluation", CARD), ACTION),
        (FOUND, ACTION),
        (FOUND, OPEN),
        (FOUND, SUBMIT),
        (CardReply(CARD), SEARCH),
        (DialogReply("Évaluation", CARD), SEARCH),
    ],
)
def test_an_answer_that_cannot_be_shown_there_is_a_defect(reply: Reply, kind: InboundKind) -> None:
    with pytest.raises(ReplyMismatch, match=type(reply).__name__):
        invoke_body(reply, kind)


@pytest.mark.parametrize(("reply", "status"), [(None, 501), (TextReply("?"), 501), (Accepted(), 200)])
def test_an_unknown_invoke_is_not_implemented(reply: Reply | None, status: int) -> None:
    assert invoke_body(reply, InboundKind.OTHER) == (status, None)


@pytest.mark.parametrize("reply", [TextReply("Aide"), ErrorReply(500, "Aide"), DialogClosed("Aide")])
def test_a_sentence_answers_a_message(reply: Reply) -> None:
    assert message_activity(reply) == {"type": "message", "textFormat": "markdown", "text": "Aide"}


@pytest.mark.parametrize("reply", [Accepted(), DialogClosed()])
def test_silence_answers_with_nothing(reply: Reply) -> None:
    assert message_activity(reply) is None


@pytest.mark.parametrize("reply", [DialogReply("Évaluation", CARD), FOUND])
def test_a_message_holds_no_dialog_and_no_results(reply: Reply) -> None:
    with pytest.raises(ReplyMismatch):
        message_activity(reply)


def test_a_card_in_a_message_notifies_with_its_fallback_text() -> None:
    spoken = CARD | {"fallbackText": "Vote attendu : S580"}
    assert message_activity(CardReply(spoken)) == card_message(spoken)
    assert card_message(spoken)["summary"] == "Vote attendu : S580"
    assert "summary" not in card_message(CARD)
