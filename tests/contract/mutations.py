"""What a hostile or broken Teams could send: any activity, any card payload, any form, bent by a seeded chance."""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.config import default
from bot.people.models import Role
from bot.teams.commands import ALIASES
from cards import fields
from cards.fields import CONDITION_ROWS, TEAM_ROWS, Field
from cards.verbs import DIALOG_OPENERS, DIALOG_SUBMITS, FormCode, ListCode, Verb
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

FORM_SUBJECTS = {
    FormCode.STEP_DONE: "stage_step",
    FormCode.QUOTE_EDIT: "quote",
    FormCode.QUOTE_COPY: "quote",
    FormCode.PARTNER_QUOTE_EDIT: "partner_quote",
    FormCode.COMPETITOR_EDIT: "competitor",
    FormCode.REVIEW_CHANGES: "review",
    FormCode.CLARIFICATION_EDIT: "clarification",
    FormCode.CLARIFICATION_ANSWER: "clarification",
    FormCode.POINT_EDIT: "negotiation_point",
    FormCode.ACTIVITY_EDIT: "activity",
    FormCode.DOCUMENT_EDIT: "document",
    FormCode.HANDOVER_RETURN: "handover",
    FormCode.AMENDMENT_EDIT: "amendment",
    FormCode.CLIENT_EDIT: "client",
    FormCode.CONTACT_EDIT: "contact",
}
"""What a dialog edits, where that is not an offer."""
LIST_SUBJECTS = {
    ListCode.QUOTES: "quote",
    ListCode.PARTNER_QUOTES: "partner_quote",
    ListCode.COMPETITORS: "competitor",
    ListCode.CLARIFICATIONS: "clarification",
    ListCode.POINTS: "negotiation_point",
    ListCode.ASSOCIATIONS: "association",
    ListCode.ACTIVITIES: "activity",
    ListCode.DOCUMENTS: "document",
}
VERB_SUBJECTS = {
    Verb.ACTIVITY_DONE: "activity",
    Verb.PARTNER_QUOTE_CHOOSE: "partner_quote",
    Verb.REVIEW_SHOW: "review",
    Verb.REVIEW_READY: "review",
    Verb.HANDOVER_SHOW: "offer",
    Verb.HANDOVER_SHEET: "offer",
    Verb.DEBRIEF_DONE: "offer",
    Verb.OFFER_HISTORY: "offer",
    Verb.HANDOVER_ACCEPT: "handover",
    Verb.CHECKLIST_TICK: "checklist_item",
    Verb.RECORDS_SHOW: "offer",
}
RECORD_VERBS = (
    *(Verb.FORM_SAVE,) * 6,
    *(Verb.FORM_OPEN,) * 3,
    Verb.RECORDS_SHOW,
    Verb.RECORD_REMOVE,
    Verb.RECORD_RESTORE,
    *VERB_SUBJECTS,
)
"""What an offer's life is made of: as many inputs again as every verb in turn."""
WORDED = frozenset({Verb.COMMAND_RUN, Verb.FIND_SHOW, Verb.SOURCE_POLL, Verb.OFFER_LIST, Verb.DEADLINES_SHOW})
"""Verbs whose ``q`` is what somebody typed, or a word of a list."""
PAGES = ("", "/0", "/1", "/999999999999", "/-1", "/x", "/²", "/", "//1")
DATES = ("2026-12-04", "2027-01-03", "2031-06-01")
RECORD_DAYS = (
    "sent_on", "valid_until", "requested_on", "due_on", "received_on", "asked_on", "answered_on", "since", "planned_on",
    "done_on", "dated_on", "signed_on", "kick_off_on", "ended_on", "entered_on", "day", "meeting_on", "new_end_on",
    "submission_due_on", "expected_closing_on", "debrief_done_on",
)  # fmt: skip
RECORD_AMOUNTS = ("price", "amount", "estimated_amount", "cost_basis", "winner_price", "price_change")
RECORD_WORDS = (
    "title", "name", "partner", "clause", "subject", "place", "first_order", "external_reference", "campaign",
    "operation", "code", "position", "phone", "site",
)  # fmt: skip
RECORD_LINES = (
    "description", "note", "scope", "strengths", "weaknesses", "question", "answer", "client_position", "agreed_text",
    "waiver", "end_note", "lessons_learned", "reason", "reason_note", "text",
)  # fmt: skip
RECORD_PEOPLE = ("owner_id", "project_manager_id", "answered_by_id")
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
            verb = self._verbs[number % len(self._verbs)] if roll < 0.4 else self._chance.choice(RECORD_VERBS)
            return self._pressed(verb), verb.value
        if roll < 0.82:
            return self._said(), "typed"
        if roll < 0.86:
            return self._invoke("application/search", self._suggesting()), "typeahead"
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
        data |= self._record(verb)
        if self._chance.random() < 0.05:
            data[self._chance.choice(("id", "rev"))] = self._chance.choice(ODD)
        if self._chance.random() < 0.05:
            del data["id"]
        if self._chance.random() < 0.2:
            # What the payload claims about the voter is nobody's business.
            data |= {"seat": "ceo", "actor_id": 1, "principal_id": 3, "person_id": self._id(verb), "role": "admin"}
        if verb in WORDED:
            data["q"] = self._chance.choice((self._word(), "mine", "all", "open", "negotiation", "lost"))
        if verb is Verb.FORM_SAVE:
            data |= self._record_form()
        elif verb in DIALOG_SUBMITS or self._chance.random() < 0.1:
            data |= self._form()
        return data

    def _record(self, verb: Verb) -> Json:
        """Which dialog, list or record a button of an offer's records names."""
        chance = self._chance
        if verb in {Verb.FORM_OPEN, Verb.FORM_SAVE}:
            code = chance.choice(list(FormCode))
            named: Json = {"q": code.value, "id": self._of(FORM_SUBJECTS.get(code, "offer"))}
        elif verb in {Verb.RECORD_REMOVE, Verb.RECORD_RESTORE}:
            listed = chance.choice(list(ListCode))
            named = {"q": listed.value + chance.choice(PAGES), "id": self._of(LIST_SUBJECTS.get(listed, "quote"))}
        elif verb in VERB_SUBJECTS:
            named = {"id": self._of(VERB_SUBJECTS[verb])}
            if verb is Verb.RECORDS_SHOW:
                named["q"] = chance.choice(list(ListCode)).value + chance.choice(PAGES)
            elif chance.random() < 0.5:
                named["q"] = chance.choice(("yes", "no", "done", "open", "undo", "cto", "ceo"))
        else:
            return {}
        if chance.random() < 0.05:
            named[chance.choice(list(named))] = chance.choice(ODD)
        return named

    def _of(self, kind: str) -> Any:  # noqa: ANN401
        """Mostly an id of that kind; sometimes one of another, or none at all."""
        roll = self._chance.random()
        if roll < 0.85 and self.known.get(kind):
            return self._chance.choice(self.known[kind])
        return self._chance.choice(
            [0, 1, *(each for ids in self.known.values() for each in ids)] if roll < 0.95 else ODD
        )

    def _record_form(self) -> Json:
        """What somebody types into a dialog of records: every field there is, each mostly right."""
        chance = self._chance
        people = tuple(persona.aad_object_id for persona in self._people)
        ids = {name: tuple(map(str, found)) for name, found in self.known.items() if found}
        today = self._world.now().date()
        days = (*DATES, *((today + timedelta(days=span)).isoformat() for span in (-400, -1, 0, 0, 0, 1, 30)))
        right: dict[str, tuple[Any, ...]] = {
            **dict.fromkeys(RECORD_DAYS, days),
            **dict.fromkeys(RECORD_AMOUNTS, (*AMOUNTS, "-5", "0.01", "9999999999999,99")),
            **dict.fromkeys(RECORD_WORDS, ("Notre métier.", "Écran *plat* <b>", "🚀" * 60)),
            **dict.fromkeys(RECORD_LINES, ("Un mot.", "é" * 4000, "🚀" * 4000, "a\n" * 2000, "- x\n\n\n# y")),
            **dict.fromkeys(RECORD_PEOPLE, people),
            **dict.fromkeys(
                ("document_url", "url", "link"), ("https://files.example/a", "https://é.example/" + "b" * 1900)
            ),
            **dict.fromkeys(("chosen", "winner", "done", "debrief", "active"), ("true", "false", "Acme")),
            **dict.fromkeys(("planned_time", "meeting_time"), ("09:00", "23h59", "24:00")),
            **dict.fromkeys(("client_id", "parent_id"), ids.get("client", ("1",))),
            "contact_id": ids.get("contact", ("1",)),
            "other_id": ids.get("offer", ("1",)),
            "activity_id": ids.get("activity", ("1",)),
            "version": (*ids.get("quote", ()), "new"),
            "currency": ("EUR", "usd", "XXX", "E"),
            "country": ("FR", "fr", "ZZ"),
            "email": ("a@client.example", "a@", "@" * 300),
            "kind": ("price", "call", "task", "appointment", "minutes", "related", "sending", "signature", "end"),
            "state": ("open", "agreed", "refused", "negotiation", "signed"),
            "next_move": ("us", "client"),
            "certainty": ("suspected", "confirmed"),
            "answered_how": ("call", "writing", "meeting"),
            "stage": ("DET", "EVA", "PRE", "SNT", "NEG", "WON", "LOS"),
            "step": ("KICK",),
            "reason_code": ("budget_accepted", "SNT.budget_accepted"),
            "end_reason": ("price", "technical"),
            "origin": ("fair", "tender"),
            "weighting": ("cumulative",),
            "seat": ("cto", "ceo"),
            "minutes": ("0", "60", "100001"),
            **dict.fromkeys(("launch_probability", "success_probability"), ("0", "50 %", "101")),
        }
        wrong = chance.choice((0.0, 0.0, 0.05, 0.3))
        given = {
            name: chance.choice(ODD if chance.random() < wrong else values)
            for name, values in right.items()
            if chance.random() < 0.9
        }
        return given | ({"rev": chance.choice((0, 1, 5, 10**6, 2**31, -1, "x", None))} if chance.random() < 0.3 else {})

    def _suggesting(self) -> Json:
        """Somebody types into an input that is searched."""
        chance = self._chance
        dataset = chance.choice(("clients", "contacts", "offers", "graph.microsoft.com/users", chance.choice(ODD)))
        odd: tuple[Any, ...] = (0, 8, -1, 10**9, 1.5, None, "x")
        skip, top = chance.choice(odd), chance.choice(odd)
        return activities.typeahead_value(dataset, self._word(), skip=skip, top=top)

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
                parent[path[-1]] = copy.deepcopy(self._chance.choice(ODD))
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
