"""The page for users of Sage X3 names what is there, and leaves nothing of the offer out."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import pytest
from pydantic import BaseModel

from bot.activities.service import add_document, record
from bot.config import default
from bot.config.models import Company, Label, Named, Reason, StageType
from bot.database import Base, Database
from bot.leads import fields as lead_fields
from bot.leads import service as leads
from bot.offers import service as offers
from bot.offers.models import Offer, OriginKind
from bot.offers.stages import last_step
from bot.quotes import service as quotes
from bot.reviews import service as reviews
from bot.teams.commands import Command, NotUnderstood, understand
from bot.teams.context import Surroundings, Turn
from bot.teams.dialogs.table import DIALOGS, LISTS
from bot.teams.handlers.chat import COMMANDS
from bot.teams.handlers.lists import offer_kind
from bot.teams.inbound import InboundKind
from bot.teams.tables import ACTIONS
from cards.offers import offer_card
from cards.samples import NOW, OFFERS
from cards.texts import texts
from cards.verbs import FormCode, ListCode, Verb
from cards.views import Reader
from cards.words import Language
from tests.unit.teams_handlers.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.orm import Session

REFERENCE = re.compile(r"`(form|list|command|column|config|stage|text|verb):([^`]+)`")
ROW = re.compile(r"^\|.*\| (\d) \|$", re.MULTILINE)
OF_X3 = (
    FormCode.IDENTITY,
    FormCode.THIRD_PARTY,
    FormCode.QUALIFICATION,
    FormCode.MONEY,
    FormCode.ORIGIN,
    FormCode.STAGE,
    FormCode.STEP_DONE,
    FormCode.POST_AWARD,
    FormCode.COMPETITOR_ADD,
    FormCode.ASSOCIATION_ADD,
    FormCode.QUOTE_ADD,
    FormCode.QUOTE_SENT,
    FormCode.ACTIVITY_ADD,
    FormCode.DOCUMENT_ADD,
)
"""The dialogs that stand for what X3 has: each of their fields is named."""


@dataclass(frozen=True)
class Page:
    """The document and what it refers to."""

    text: str

    def named(self, kind: str) -> set[str]:
        """The references of one kind."""
        return {name for found, name in REFERENCE.findall(self.text) if found == kind}

    def forms(self) -> set[tuple[FormCode, str]]:
        """Dialogs and their fields; a code may hold dots, a field never does."""
        parts = (name.rpartition(".") for name in self.named("form"))
        return {(FormCode(code), field) for code, _dot, field in parts}


@pytest.fixture(scope="module")
def page(root: Path) -> Page:
    """The document."""
    return Page((root / "docs" / "sage-x3.md").read_text())


def company() -> Company:
    """A company that uses everything that can be configured."""
    built_in = default()
    label = Label(fr="Un seul", en="Only one")
    first = built_in.stages.stage[0]
    stage = first.model_copy(update={"reasons": (Reason(code="only", label=label),)})
    rules = built_in.rules.model_copy(
        update={"review": built_in.rules.review.model_copy(update={"before_signature": True})}
    )
    lists = built_in.lists.model_copy(update={"sites": (Named(code="main", label=label),)})
    stages = built_in.stages.model_copy(update={"stage": (stage, *built_in.stages.stage[1:])})
    return built_in.model_copy(update={"rules": rules, "lists": lists, "stages": stages})


@pytest.fixture(scope="module")
def fields(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[FormCode, set[str]]]:
    """What can be typed into each dialog, on an offer that has one of each record."""
    path = tmp_path_factory.mktemp("page") / "offerdesk.db"
    shutil.copy(sqlite_template, path)
    database = Database(f"sqlite:///{path}")
    desk = Desk(database)
    desk.staff()
    yield desk.write(lambda session: _fields(session, desk))
    database.close()


def _fields(session: Session, desk: Desk) -> dict[FormCode, set[str]]:
    # Of those who steer offers the CTO is asked for reviews, too.
    cto, configured = desk.person(session, "CTO"), company()
    first = configured.stages.stage[0].code
    offer = offers.open_offer(
        session, tender=None, title="Heat shield", client_name=None, owner=cto, now=desk.now, first_stage=first
    )
    at_hand: dict[str, Any] = {"actor": cto, "now": desk.now}
    quotes.add(session, offer.id, {"price": "1", "currency": "EUR"}, **at_hand)
    call = {"kind": "call", "subject": "First call", "planned_on": "2026-12-01", "owner_id": cto.entra_object_id}
    record(session, offer.id, call, company=configured, **at_hand)
    link = {"kind": "minutes", "title": "Minutes", "url": "https://example.org/"}
    due = {"kind": "sending", "due_on": desk.now.date().isoformat()}
    kinds = {one.value: one.value for one in OriginKind}
    chance = {"title": "Heat shield", "origin": "fair", "client_name": "Prime", "currency": "EUR"}
    lead = leads.add(session, lead_fields.lead(configured.lists, kinds), chance, **at_hand).id
    ids = {
        FormCode.LEAD_EDIT: lead,
        FormCode.LEAD_DROP: lead,
        FormCode.STEP_DONE: last_step(session, offer.id).id,
        FormCode.DOCUMENT_EDIT: add_document(session, offer.id, link, **at_hand).id,
        FormCode.REVIEW_CHANGES: reviews.ask(session, offer.id, due, company=configured, **at_hand).id,
    }
    turn = Turn(
        session=session,
        inbound=desk.inbound(InboundKind.DIALOG_OPEN, "CTO", data={}),
        who=cto,
        now=desk.now,
        around=Surroundings(configured, "en", "Europe/Paris"),
    )
    return {
        code: {spec.name for spec in dialog.fields(turn, ids.get(code, offer.id))} for code, dialog in DIALOGS.items()
    }


def test_every_field_that_is_named_is_in_its_dialog(page: Page, fields: dict[FormCode, set[str]]) -> None:
    found = page.forms()
    assert found
    assert sorted((code.value, name) for code, name in found if name not in fields[code]) == []


def test_no_field_of_the_dialogs_that_stand_for_x3_is_left_out(page: Page, fields: dict[FormCode, set[str]]) -> None:
    named = page.forms()
    assert [(code.value, name) for code in OF_X3 for name in sorted(fields[code]) if (code, name) not in named] == []


def test_every_dialog_and_every_list_is_named(page: Page) -> None:
    assert {code for code, _field in page.forms()} == set(FormCode) == set(DIALOGS)
    assert {ListCode(name) for name in page.named("list")} == set(ListCode) == set(LISTS)


def test_every_column_of_the_offer_is_named(page: Page) -> None:
    tables = Base.metadata.tables
    named = {tuple(name.split(".")) for name in page.named("column")}
    assert sorted(one for one in named if len(one) != 2 or one[0] not in tables or one[1] not in tables[one[0]].c) == []
    of_offer = {column for table, column in named if table == Offer.__tablename__}
    assert {column.name for column in Offer.__table__.columns} - of_offer == set()


def test_every_type_of_stage_every_verb_and_every_text_exists(page: Page) -> None:
    assert {StageType(name) for name in page.named("stage")} == set(StageType)
    assert {Verb(name) for name in page.named("verb")} - set(ACTIONS) == set()
    keys = page.named("text")
    assert keys
    assert [(language, key) for language in Language for key in sorted(keys) if key not in texts(language)] == []


def test_the_errors_of_x3_are_said_in_the_words_of_its_users(page: Page) -> None:
    english = texts(Language.EN)
    for key in ("errors.already_associated", "errors.associated_with_itself"):
        assert f"“{english(key)}” | `text:{key}`" in page.text


def test_every_setting_that_is_named_exists(page: Page) -> None:
    paths = page.named("config")
    assert paths
    assert sorted(path for path in paths if not _leads_somewhere(Company, path.split("."))) == []


def _leads_somewhere(model: Any, path: list[str]) -> bool:  # noqa: ANN401  an annotation
    """Whether a path of attributes leads from a model to a field, through lists of models."""
    if not path:
        return True
    for found in (model, *get_args(model)):
        if isinstance(found, type) and issubclass(found, BaseModel) and path[0] in found.model_fields:
            return _leads_somewhere(found.model_fields[path[0]].annotation, path[1:])
    return False


@pytest.mark.parametrize("setting", ["rules.stages.on_any_day", "lists.axes.values.colour", "stages.stage.code.length"])
def test_a_setting_that_is_not_there_is_noticed(setting: str) -> None:
    assert not _leads_somewhere(Company, setting.split("."))


def test_every_command_is_understood_and_answered(page: Page, database: Database) -> None:
    commands = page.named("command")
    assert commands
    assert [text for text in sorted(commands) if isinstance(understand(text), NotUnderstood)] == []
    desk = Desk(database)
    desk.staff()

    def unanswered(session: Session) -> list[str]:
        turn = Turn(
            session=session,
            inbound=desk.inbound(InboundKind.MESSAGE, "key user", text=""),
            who=desk.person(session, "key user"),
            now=desk.now,
            around=desk.around,
        )
        return [text for text in sorted(commands) if not _answered(turn, text)]

    assert desk.read(unanswered) == []


def _answered(turn: Turn, text: str) -> bool:
    """Whether the words of a command mean what the page says: a list, never a search for them."""
    understood = understand(text)
    if isinstance(understood, NotUnderstood) or understood.command not in COMMANDS:
        return False
    if understood.command is Command.OFFERS:
        return offer_kind(turn, understood.words) is not None
    return COMMANDS[understood.command](turn, understood.words) is not None


def test_the_presses_are_counted_rightly(page: Page) -> None:
    """From the offer's card: a button in sight and Save; or More…, a button and Save; or a list in between."""
    reader = Reader(Language.EN, "Europe/Paris", NOW)
    drawn = [offer_card(view, reader) for view in OFFERS.values()]
    in_sight = {code for card in drawn for action in card["actions"] for code in _opens(action, deep=False)}
    behind = {code for card in drawn for code in _opens(card, deep=True)}
    rows = list(ROW.finditer(page.text))
    assert rows
    wrong = []
    for row in rows:
        codes = {FormCode(name.rpartition(".")[0]) for kind, name in REFERENCE.findall(row[0]) if kind == "form"}
        presses = max((2 if code in in_sight else 3 if code in behind else 4 for code in codes), default=2)
        if presses != int(row[1]):
            wrong.append((row[0], presses))
    assert wrong == []


def _opens(node: Any, *, deep: bool) -> set[FormCode]:  # noqa: ANN401  a part of a card
    """The dialogs that the buttons in a part of a card open."""
    if isinstance(node, list):
        return {code for one in node for code in _opens(one, deep=deep)}
    if not isinstance(node, dict):
        return set()
    data = node.get("data")
    own = isinstance(data, dict) and data.get("verb") == Verb.FORM_OPEN.value
    found = {FormCode(data["q"])} if own and isinstance(data, dict) else set()
    return found | {code for value in node.values() for code in _opens(value, deep=deep)} if deep else found
