"""What a hostile or broken Teams could send: any activity, any card payload, any form, bent by a seeded chance."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bot.config import default
from bot.people.models import Role
from bot.teams.commands import ALIASES
from cards import fields
from cards.fields import CONDITION_ROWS, TEAM_ROWS, Field
from cards.verbs import DIALOG_OPENERS, DIALOG_SUBMITS, Verb
from integrations.sandbox.teams import activities
from integrations.sandbox.teams.world import Message

if TYPE_CHECKING:
    import random

    from integrations.sandbox.teams.activities import Envelope
    from integrations.sandbox.teams.personas import Persona
    from integrations.sandbox.teams.world import World

Json = dict[str, Any]

LONG = 20_000
ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    -1,
    0,
    1.5,
    1e308,
    2**31 - 1,
    2**31,
    2**63,
    10**40,
    "",
    " ",
    "\x00",
    "1\x00",
    "0",
    "-1",
    "1e3",
    "NaN",
    "-Infinity",
    "\uff11\uff12",
    "²",
    "٣",
    "\u202egnp.exe",
    "\u200f\u2067",
    "👩🏽\u200d🚀" * 40,
    "e\u0301" * 300,
    "x" * LONG,
    "é" * LONG,
    "mot " * (LONG // 4),
    "\n" * LONG,
    "<at>Offerdesk</at>",
    "<script>alert(1)</script>",
    "&#0;&lt;b&gt;&amp;",
    "[x](javascript:alert(1))",
    "**`_#|~>!-",
    "{title} %s %(x)d {0.__class__}",
    "'; DROP TABLE tender; --",
    "%_\\",
    "0001-01-01",
    "9999-12-31",
    "2026-02-30",
    "2026-W53-7",
    "20261204",
    "2026-12-04T25:61",
    "true",
    [],
    [None],
    [[[["x"]]]],
    {},
    {"id": {"id": {"id": 1}}},
    {"verb": "round.go", "msteams": []},
    ["x"] * 300,
)
TYPED = (
    *(spelling for spellings in ALIASES.values() for spelling in spellings),
    "offre S580",
    "offer S99999999999999999999",
    "find 1-20001",
    "find AO/1-13692/26/NL/IB/ov",
    "find %",
    "find " + "a b c d e f g h i j k l " * 20,
    "chercher thermal éléphant",
    "pots here",
    "hlep",
    "S580P",
    "?" * 500,
)
"""Commands of both languages, right and nearly right."""

DATES = ("2026-12-04", "2027-01-03", "2031-06-01")
AMOUNTS = ("125 000", "49 999,99", "0", "80", "1.000.000", "99999", "9" * 13)


@dataclass(frozen=True, slots=True)
class Sent:
    """One thing to send: ``body`` as bytes on the wire, ``what`` for the reader of a failure."""

    body: bytes
    what: str


class Mutator:
    """Makes inputs from a seeded chance: the same seed in the same world gives the same inputs."""

    def __init__(self, chance: random.Random, envelope: Envelope) -> None:
        """``envelope`` knows the people and the places."""
        self._chance = chance
        self._envelope = envelope
        self._world: World = envelope.world
        self._people = list(self._world.personas.values())
        self._verbs = list(Verb)
        self._last: Sent | None = None
        self.known: dict[str, list[int]] = {}
        """Ids that exist by now, by ``tender``, ``offer`` and ``round``, so that most inputs get past a first look."""
        company = default()
        self._reasons = [reason.code for reason in (*company.reasons.not_for_us, *company.reasons.no_go)]

    def next(self, number: int) -> Sent:
        """The input with this number; every verb comes up in turn."""
        roll = self._chance.random()
        if roll < 0.02 and self._last is not None:
            return self._last
        if roll < 0.03:
            return Sent(self._broken(self._wire(self._pressed(Verb.ROUND_GO))), "broken bytes")
        body, what = self._whole(number)
        if self._chance.random() < 0.2:
            body, what = self._bent(body), f"bent {what}"
        self._last = Sent(self._wire(body), what)
        return self._last

    def _whole(self, number: int) -> tuple[Json, str]:
        roll = self._chance.random()
        if roll < 0.72:
            verb = self._verbs[number % len(self._verbs)]
            return self._pressed(verb), verb.value
        if roll < 0.82:
            return self._said(), "typed"
        if roll < 0.92:
            value = activities.query_value("find", "words", str(self._word()), skip=self._chance.choice((0, 8, 10**6)))
            return self._invoke("composeExtension/query", value), "search"
        return self._event(), "event"

    # what people press

    def _pressed(self, verb: Verb) -> Json:
        data = {"verb": verb.value, **self._payload(verb)}
        kind = self._chance.choice(("action", "fetch", "submit", "message")) if self._chance.random() < 0.25 else ""
        if kind == "fetch" or (not kind and verb in DIALOG_OPENERS):
            return self._invoke("task/fetch", activities.task_value(data, "light"))
        if kind == "submit" or (not kind and verb in DIALOG_SUBMITS):
            return self._invoke("task/submit", activities.task_value(data, "dark"))
        if kind == "message":
            persona, conversation, root = self._place()
            return activities.submitted(self._envelope, persona, conversation, root, "1", data)
        action = {"type": "Action.Execute", "verb": verb.value}
        trigger = self._chance.choice(("manual", "automatic"))
        return self._invoke("adaptiveCard/action", activities.execute_value(action, data, trigger))

    def _payload(self, verb: Verb) -> Json:
        data: Json = {"id": self._id(verb), "rev": self._chance.choice((0, 1, 2, 3))}
        if self._chance.random() < 0.05:
            data[self._chance.choice(("id", "rev"))] = self._chance.choice(ODD)
        if self._chance.random() < 0.05:
            del data["id"]
        if self._chance.random() < 0.2:
            # What the payload claims about the voter is nobody's business.
            data |= {"seat": "ceo", "actor_id": 1, "principal_id": 3, "person_id": self._id(verb), "role": "admin"}
        if verb in {Verb.COMMAND_RUN, Verb.FIND_SHOW, Verb.SOURCE_POLL}:
            data["q"] = self._word()
        if verb in DIALOG_SUBMITS or self._chance.random() < 0.1:
            data |= self._form()
        return data

    def _form(self) -> Json:
        chance = self._chance
        people = [persona.aad_object_id for persona in self._people]
        right: dict[str, tuple[Any, ...]] = {
            Field.REASON: tuple(self._reasons),
            Field.NOTE: ("Trop loin de notre métier.",),
            Field.QUESTION: ("Quel calendrier ?",),
            Field.SUMMARY: ("Notre métier.",),
            Field.BUDGET: AMOUNTS,
            Field.EFFORT_HOURS: AMOUNTS,
            Field.RESOURCES: ("Deux personnes.",),
            Field.TITLE: ("Panneau radiateur", "SMALL LANDER - EXPRO+"),
            Field.CLIENT: ("Client",),
            Field.REFERENCE: (f"RFP-{chance.randrange(50)}",),
            Field.TYPE: ("rfp", "itt"),
            Field.LINK: ("https://client.example/rfp",),
            Field.DESCRIPTION: ("Procurement Policy: C(1)\nBudget up to 500 kEuro",),
            Field.PERSON: tuple(people),
            Field.DEPUTY: tuple(people),
            Field.ROLE: tuple(Role),
            Field.CHANGE: ("give", "take"),
            Field.LANGUAGE: ("fr", "en"),
            Field.TIME_ZONE: ("Europe/Paris", "Pacific/Kiritimati", "Etc/GMT+12", "America/St_Johns"),
            **dict.fromkeys((Field.CLARIFICATION_ON, Field.CLOSES_ON, Field.FROM, Field.UNTIL), DATES),
            **{f"risk_{risk}_level": ("low", "medium", "high") for risk in ("technical", "commercial", "financial")},
            **{f"risk_{risk}_text": ("Un essai à refaire.",) for risk in ("technical", "commercial", "financial")},
            **{fields.row(Field.CONDITION_TEXT, row): ("Avance payée.",) for row in range(1, CONDITION_ROWS + 1)},
            **{fields.row(Field.CONDITION_OWNER, row): ("1", "4", "CFO") for row in range(1, CONDITION_ROWS + 1)},
            **{fields.row(Field.CONDITION_DUE, row): DATES for row in range(1, CONDITION_ROWS + 1)},
            **{fields.row(Field.MEMBER, row): tuple(people) for row in range(1, TEAM_ROWS + 1)},
            **{fields.row(Field.MEMBER_ROLE, row): ("contributor", "sales_lead") for row in range(1, TEAM_ROWS + 1)},
        }
        wrong = chance.choice((0.0, 0.0, 0.05, 0.3))
        return {
            name: chance.choice(ODD if chance.random() < wrong else values)
            for name, values in right.items()
            if chance.random() < 0.8
        }

    def _id(self, verb: Verb) -> Any:  # noqa: ANN401
        room = verb.value.removeprefix("refresh.").split(".")[0]
        room = "offer" if room in {"evaluation", "team"} or verb is Verb.ROUND_OPEN else room
        roll = self._chance.random()
        if roll < 0.75 and self.known.get(room):
            return self._chance.choice(self.known[room])
        if roll < 0.9:
            # The id of another thing, or the number of a page.
            return self._chance.choice([0, 1, 2, *(each for ids in self.known.values() for each in ids)])
        return self._chance.choice(ODD)

    # what people type, and what happens to places

    def _word(self) -> Any:  # noqa: ANN401
        return self._chance.choice(TYPED if self._chance.random() < 0.6 else ODD)

    def _said(self) -> Json:
        persona, conversation, root = self._place()
        typed = self._word()
        text = f"@Offerdesk {typed}" if conversation.kind == "channel" else str(typed)
        return activities.said(self._envelope, persona, conversation, text, root)

    def _event(self) -> Json:
        persona, conversation, _ = self._place(posted=False)
        kind = self._chance.randrange(3)
        if kind == 0:
            team = self._chance.random() < 0.5
            body = activities.renamed(self._envelope, persona, conversation, team=team)
            if self._chance.random() < 0.3:
                body["channelData"]["eventType"] = self._chance.choice(
                    ("channelDeleted", "teamArchived", "teamRestored")
                )
            return body
        added = self._chance.random() < 0.8
        return self._chance.choice(activities.membership(self._envelope, persona, conversation, added=added))

    # how it travels

    def _place(self, *, posted: bool = True) -> tuple[Persona, Any, str | None]:
        """Somebody, somewhere: in the chat, or in a thread of its own, which Teams' rate limit counts alone."""
        world, chance = self._world, self._chance
        persona = chance.choice(self._people)
        if chance.random() < 0.05:
            return persona, world.personal(persona), None
        conversation = world.conversation(world.tenders_id)
        root: Message | None = world.post(conversation, persona.key, {"type": "message"}, None) if posted else None
        return persona, conversation, root.id if root else None

    def _invoke(self, name: str, value: Json) -> Json:
        persona = self._chance.choice(self._people)
        world = self._world
        personal = self._chance.random() < 0.5
        conversation = world.personal(persona) if personal else world.conversation(world.tenders_id)
        return activities.invoke(self._envelope, name, persona, conversation, value, reply_to="1795345169747")

    def _bent(self, sample: Json) -> Json:
        body: Any = copy.deepcopy(sample)
        for _ in range(self._chance.randint(1, 3)):
            path = self._chance.choice(_paths(body)[1:] or [("type",)])
            parent = body
            for name in path[:-1]:
                parent = parent[name]
            if self._chance.random() < 0.3:
                parent.pop(path[-1], None) if isinstance(parent, dict) else parent.pop()
            else:
                parent[path[-1]] = self._chance.choice(ODD)
        changed: Json = body
        return changed

    def _broken(self, raw: bytes) -> bytes:
        at = self._chance.randrange(len(raw))
        return self._chance.choice(
            (
                raw[:at],
                raw[:at] + bytes([self._chance.randrange(256)]) + raw[at + 1 :],
                b"[" * 5_000,
                b'{"type":' + raw + b"}",
                raw.replace(b'"message"', rb'"\ud800"'),
                b"\xff\xfe" + raw,
                b"null",
            )
        )

    @staticmethod
    def _wire(body: Json) -> bytes:
        # The standard library writes integers of any length; Teams' own serialiser would too.
        return json.dumps(body).encode()


def _paths(value: object, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(each for name, child in children for each in _paths(child, (*path, name)))]
