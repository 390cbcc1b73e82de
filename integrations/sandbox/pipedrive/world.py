"""What the account holds, in the shapes of the API, and what it holds at the start."""

from __future__ import annotations

import hashlib
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from integrations.sandbox.pipedrive.answers import Json, text_of
from integrations.sandbox.teams.personas import DEFAULT_PERSONAS

COMPANY_ID = 8_000_001
API_USER = 101
PIPELINE = "Offers"
STAGES = ("Detected", "Under evaluation", "In preparation", "Review", "Sent", "Clarification", "Negotiation")
_NAMESPACE = uuid.UUID("00000000-0000-4000-8000-0000000001d0")
_ORGANIZATIONS = ("European launcher prime", "Satellite integrator", "National space agency", "Instrument institute")
_BUILT_IN_FIELDS = (("Title", "title", "varchar"), ("Value", "value", "monetary"), ("Status", "status", "status"))

Entity = Literal["deal", "lead", "note", "organization", "person", "activity"]
Source = Literal["api", "app"]


@dataclass(frozen=True, slots=True)
class Happening:
    """One change: who did it with what, and the states before and after (``None`` where there is none)."""

    entity: Entity
    before: Json | None
    after: Json | None
    user_id: int
    source: Source


class World:
    """All rows by id. ``listeners`` hear of every change."""

    def __init__(self, now: Callable[[], datetime], *, search_lag_s: float) -> None:
        """``now`` gives aware UTC."""
        self.now = now
        self.listeners: list[Callable[[Happening], None]] = []
        self.users: dict[int, Json] = {}
        self.pipelines: dict[int, Json] = {}
        self.stages: dict[int, Json] = {}
        self.fields: dict[str, Json] = {}
        self.organizations: dict[int, Json] = {}
        self.persons: dict[int, Json] = {}
        self.deals: dict[int, Json] = {}
        self.leads: dict[str, Json] = {}
        self.notes: dict[int, Json] = {}
        self.activities: dict[int, Json] = {}
        self.followers: defaultdict[int, dict[int, str]] = defaultdict(dict)
        self.changelog: defaultdict[int, list[Json]] = defaultdict(list)
        self._counts: Counter[str] = Counter()
        self._index: defaultdict[tuple[str, int], list[tuple[datetime, Json]]] = defaultdict(list)
        self._lag = timedelta(seconds=search_lag_s)
        _fill(self)

    def stamp(self) -> str:
        """The time as API v2 writes it."""
        return text_of(self.now())

    def next_id(self, kind: str) -> int:
        """A number nobody of this kind has."""
        self._counts[kind] += 1
        return self._counts[kind]

    def next_uuid(self, kind: str) -> str:
        """A UUID nobody of this kind has; the same in every run."""
        return str(uuid.uuid5(_NAMESPACE, f"{kind}:{self.next_id(kind)}"))

    def next_field_code(self) -> str:
        """The code of a new custom field; the same in every run."""
        return hashlib.sha256(f"field:{self.next_id('field')}".encode()).hexdigest()[:40]

    def happened(self, happening: Happening) -> None:
        """Put a change into the search index and tell the listeners."""
        row = happening.after
        if row is not None and happening.entity in {"deal", "organization", "person"}:
            self._index[happening.entity, row["id"]].append((self.now() + self._lag, dict(row)))
        for listener in self.listeners:
            listener(happening)

    def indexed(self, entity: Entity) -> list[Json]:
        """The rows as the search knows them by now, which may be older than they are."""
        found = []
        for (kind, _), versions in self._index.items():
            visible = [row for since, row in versions if since <= self.now()] if kind == entity else []
            if visible and not visible[-1].get("is_deleted"):
                found.append(visible[-1])
        return found


def _fill(world: World) -> None:
    stamp = world.stamp()
    world.users[API_USER] = _user(API_USER, "Offerdesk integration", "offerdesk@offerdesk.example", stamp)
    people = [persona for persona in DEFAULT_PERSONAS if persona.tenant_id is None]
    for number, persona in enumerate(people, start=API_USER + 1):
        world.users[number] = _user(number, persona.name, persona.user_principal_name, stamp)
    pipeline = world.next_id("pipeline")
    times = {"add_time": stamp, "update_time": stamp, "is_deleted": False}
    world.pipelines[pipeline] = {
        "id": pipeline, "name": PIPELINE, "order_nr": 1, "is_deal_probability_enabled": True, **times,
    }  # fmt: skip
    for order, name in enumerate(STAGES, start=1):
        stage = world.next_id("stage")
        world.stages[stage] = {
            "id": stage, "order_nr": order, "name": name, "deal_probability": 100, "pipeline_id": pipeline,
            "is_deal_rot_enabled": False, "days_to_rotten": None, **times,
        }  # fmt: skip
    for name, code, kind in _BUILT_IN_FIELDS:
        world.fields[code] = new_field(code, name, kind, custom=False)
    for name in _ORGANIZATIONS:
        _add_customer(world, name)


def _add_customer(world: World, name: str) -> None:
    organization = new_organization(world, {"name": name}, API_USER)
    world.organizations[organization["id"]] = organization
    address = f"procurement@{name.rpartition(' ')[2].lower()}.example"
    reach = {"value": address, "primary": True, "label": "work"}
    body = {"name": f"Procurement officer, {name}", "org_id": organization["id"], "emails": [reach]}
    person = new_person(world, body, API_USER)
    world.persons[person["id"]] = person
    world.happened(Happening("organization", None, organization, API_USER, "app"))
    world.happened(Happening("person", None, person, API_USER, "app"))


def _user(number: int, name: str, email: str, stamp: str) -> Json:
    moment = stamp.replace("T", " ").removesuffix("Z")
    return {
        "id": number, "name": name, "default_currency": "EUR", "locale": "en_GB", "lang": 1, "email": email,
        "phone": None, "activated": True, "last_login": moment, "created": moment, "modified": moment,
        "has_created_company": False, "access": [{"app": "sales", "admin": number == API_USER}], "active_flag": True,
        "timezone_name": "Europe/Paris", "timezone_offset": "+01:00", "role_id": 1, "icon_url": None,
        "is_you": number == API_USER, "is_deleted": False,
    }  # fmt: skip


def new_field(code: str, name: str, kind: str, *, custom: bool, options: list[Json] | None = None) -> Json:
    """A field's description."""
    return {
        "field_name": name, "field_code": code, "description": "", "field_type": kind, "options": options,
        "subfields": None, "is_custom_field": custom, "is_optional_response_field": False,
    }  # fmt: skip


def new_organization(world: World, body: Json, user_id: int) -> Json:
    """An organization that is not yet in the world's books."""
    given = dict(body)
    custom = given.pop("custom_fields", {})
    return _entity(world, "organization", user_id) | {"address": None, "website": None} | given | {
        "custom_fields": custom
    }  # fmt: skip


def new_person(world: World, body: Json, user_id: int) -> Json:
    """A person who is not yet in the world's books."""
    given = dict(body)
    first, _, last = given["name"].rpartition(" ")
    empty: dict[str, Any] = {"org_id": None, "emails": [], "phones": [], "job_title": None, "custom_fields": {}}
    return _entity(world, "person", user_id) | empty | {"first_name": first, "last_name": last} | given


def _entity(world: World, kind: str, user_id: int) -> Json:
    stamp = world.stamp()
    return {
        "id": world.next_id(kind), "owner_id": user_id, "add_time": stamp, "update_time": stamp, "is_deleted": False,
        "visible_to": 3, "label_ids": [],
    }  # fmt: skip
