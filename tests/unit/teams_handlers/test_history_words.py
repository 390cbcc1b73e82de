"""Every action that the program writes into the trail can be told: the sources are walked for `action=`, through the
functions that hand it on.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import bot
from bot import audit
from bot.config import default
from bot.handover.models import HandoverState
from bot.leads.arrivals import STEPS
from bot.leads.models import Lead
from bot.offers.trail import PARTS, Happening
from bot.quotes.models import PartnerQuote
from bot.teams.context import Surroundings
from bot.teams.presenters.history_words import PLAIN, SAID, SETTLED, VERBS, is_known, said
from bot.tenders.words import TenderState
from cards.formats import say
from cards.views.reader import Reader
from cards.words import Language

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(bot.__file__).parent
OWN = ("sync", "lead", "conflict")
"""What these rooms do is told in words of its own, not by the last word of the action alone."""
ENTRIES = tuple(part.__tablename__ for part in PARTS if part is not Lead)
FILLED: dict[str, tuple[str, ...]] = {
    "bot.handover.service._answer: state.value": (HandoverState.ACCEPTED, HandoverState.RETURNED),
    "bot.leads.arrivals.stands: STEPS[over]": tuple(STEPS.values()),
    "bot.offers.entries.add: subject": ENTRIES,
    "bot.offers.entries.edit: model.__tablename__": ENTRIES,
    "bot.offers.entries.take_away: model.__tablename__": ENTRIES,
    "bot.quotes.partners.choose: subject": (PartnerQuote.__tablename__,),
    "bot.tenders.choices._decide: state.value": (TenderState.EVALUATING, TenderState.DISMISSED),
}
"""What stands in the place of an expression that only a running program knows. A new one is written down here."""


@dataclass(frozen=True, eq=False)
class Function:
    """One function of the program, and the module it stands in."""

    module: ModuleType
    node: ast.FunctionDef

    @property
    def parameters(self) -> list[str]:
        given = self.node.args
        return [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]

    def evaluated(self, node: ast.expr) -> object:
        """What an expression is without running the function; None where only that tells."""
        try:
            return eval(compile(ast.Expression(node), "here", "eval"), vars(self.module))  # noqa: S307  our own sources
        except (NameError, AttributeError):
            return None


def functions() -> list[Function]:
    """Everything but the made-up past of the demonstration, which copies what the services write."""
    found = []
    for path in sorted(ROOT.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if parts[0] in {"demo", "migrations"} or "node_modules" in parts or parts[-1] in {"__main__", "__init__"}:
            continue
        module = import_module(".".join(("bot", *parts)))
        tree = ast.parse(path.read_text("utf-8"))
        found += [Function(module, node) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return found


class Walk:
    """Follows an action from where it is recorded to where it is named."""

    def __init__(self) -> None:
        self.unknown: set[str] = set()
        self._under_way: set[tuple[str, str]] = set()
        self._calls: defaultdict[str, list[tuple[Function, ast.Call]]] = defaultdict(list)
        for function in functions():
            for node in ast.walk(function.node):
                if isinstance(node, ast.Call):
                    self._calls[_last_name(node.func)].append((function, node))

    def actions(self) -> set[str]:
        """Every action that may be recorded."""
        found: set[str] = set()
        for function, call in self._calls["record"]:
            if function.evaluated(call.func) is audit.record:
                (value,) = (one.value for one in call.keywords if one.arg == "action")
                found |= self._values(value, function)
        return found

    def _values(self, node: ast.expr, function: Function) -> set[str]:
        if isinstance(node, ast.IfExp):
            return self._values(node.body, function) | self._values(node.orelse, function)
        if isinstance(node, ast.JoinedStr):
            made = {""}
            for part in node.values:
                inner = part.value if isinstance(part, ast.FormattedValue) else part
                made = {start + end for start in made for end in self._values(inner, function)}
            return made
        if isinstance(node, ast.Name) and node.id in function.parameters:
            return self._handed(function, node.id)
        place = f"{function.module.__name__}.{function.node.name}: {ast.unparse(node)}"
        if place in FILLED:
            return set(FILLED[place])
        value = function.evaluated(node)
        if not isinstance(value, str):
            self.unknown.add(place)
            return set()
        return {value}

    def _handed(self, function: Function, name: str) -> set[str]:
        """What callers hand to a parameter."""
        key = (f"{function.module.__name__}.{function.node.name}", name)
        if key in self._under_way:
            return set()
        self._under_way.add(key)
        place = function.parameters.index(name)
        found: set[str] = set()
        itself = vars(function.module).get(function.node.name)
        for caller, call in self._calls[function.node.name]:
            if itself is None or caller.evaluated(call.func) is not itself:
                continue
            value = next((one.value for one in call.keywords if one.arg == name), None)
            if value is None and place < len(call.args):
                value = call.args[place]
            if value is not None:
                found |= self._values(value, caller)
        self._under_way.discard(key)
        return found


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


@pytest.fixture(scope="module")
def walk() -> Walk:
    return Walk()


@pytest.fixture(scope="module")
def actions(walk: Walk) -> set[str]:
    found = walk.actions()
    assert walk.unknown == set()
    return found


def test_the_walk_finds_what_is_written_in_every_way(actions: set[str]) -> None:
    written = {
        "sync.settled",
        "lead.picked_up",
        "lead.archived_there",
        "lead.edited",
        "round.reopened",
        "budget.moved",
        "review.asked",
        "handover.returned",
        "quote.removed",
        "offer.reopened",
        "tender.restored",
        "client.added",
    }
    assert written - actions == set()


def test_every_action_can_be_told(actions: set[str]) -> None:
    assert {action for action in actions if not is_known(action)} == set()


def test_leads_and_other_systems_have_words_of_their_own(actions: set[str]) -> None:
    own = {action for action in actions if action.partition(".")[0] in OWN}
    assert own
    assert own - PLAIN.keys() - SAID.keys() - {SETTLED} == set()


@pytest.mark.parametrize("language", list(Language))
def test_every_sentence_can_be_said(actions: set[str], language: Language) -> None:
    around = Surroundings(company=default(), language=language.value, time_zone="Europe/Paris")
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    reader = Reader(language=language, time_zone="Europe/Paris", now=now)
    after = {"outcome": "won", "stage": "PRE", "number": "S580", "project_number": "S580P", "reason": "*Too* far"}
    before = {"field": "value", "system": "pipedrive", "ours": ["1", "2"], "theirs": None, "code": "CT000030"}
    for action in sorted(actions):
        values = {**after, "outcome": "go"} if action == "round.decided" else after
        told = said(Happening(now, action.partition(".")[0], action, "CTO", before, values), around, reader)
        assert say(told, reader).strip()


def test_a_settled_value_says_which_one_stands() -> None:
    around = Surroundings(company=default(), language="en", time_zone="Europe/Paris")
    now = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    reader = Reader(language=Language.EN, time_zone="Europe/Paris", now=now)
    before = {"field": "number", "system": "business_central", "ours": "S580", "theirs": "S581"}
    for kept, words in (("ours", "S580 in place of S581"), ("theirs", "S581 was left there, ours is S580")):
        event = Happening(now, "offer", SETTLED, "CTO", before, {"kept": kept})
        assert words in say(said(event, around, reader), reader)


def test_the_verbs_serve_what_hangs_on_an_offer() -> None:
    assert set(VERBS) >= {"added", "edited", "removed", "restored"}
