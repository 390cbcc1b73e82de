"""Prepares a Pipedrive account: the custom fields of the offers, which of its stages are ours, and its webhooks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import sqlalchemy as sa

from bot.people.models import Person
from bot.sync import plans
from bot.sync.facts import mappings, remember
from bot.sync.models import Mapping, System
from bot.sync.pipedrive.hooks import subscribe
from bot.sync.pipedrive.names import field_for, pipeline_for, stage_names, user_names
from bot.sync.pipedrive.parts import Part, PartState
from bot.sync.pipedrive.values import ME
from integrations.errors import Authentication, Permanent
from integrations.pipedrive import FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.database import Database
    from bot.sync.pipedrive.hooks import Subscriber
    from integrations.pipedrive import DealField, Pipedrive

_TYPES: dict[str, FieldType] = {name: name for name in get_args(FieldType)}


@dataclass(frozen=True, slots=True)
class Setup:
    """What was found and made."""

    parts: tuple[Part, ...]

    @property
    def complete(self) -> bool:
        """Whether offers can be kept."""
        return all(part.state is not PartState.MISSING for part in self.parts)


async def set_up(
    client: Pipedrive,
    database: Database,
    company: Company,
    now: Callable[[], datetime],
    subscriber: Subscriber | None = None,
) -> Setup:
    """Make the custom fields that are missing, and remember fields, stages and users under our names. Safe to repeat:
    what is there is found again, and what was not found earlier is looked for anew.

    Raises:
        ServiceError: Pipedrive does not answer, or not us; what was made so far is found at the next attempt.
    """
    before = await database.read(lambda session: mappings(session, System.PIPEDRIVE))
    me = await client.me()
    fields, found_fields = await _set_up_fields(client, before)
    stages, found_stages = await _find_stages(client, company)
    everybody = await database.read(_people)
    people = {person_id: email for person_id, email in everybody.items() if not before.get(f"person:{person_id}")}
    users = user_names(people, await client.users())
    hooks, found_hooks = await subscribe(client, subscriber, before) if subscriber is not None else ([], {})
    found = {ME: str(me.id), **found_fields, **found_stages, **users, **found_hooks}

    def keep(session: Session) -> None:
        session.execute(sa.delete(Mapping).where(Mapping.system == System.PIPEDRIVE, Mapping.remote == ""))
        remember(session, System.PIPEDRIVE, found, now=now())

    await database.write(keep)
    return Setup((*fields, *stages, *hooks))


async def _set_up_fields(client: Pipedrive, before: dict[str, str]) -> tuple[list[Part], dict[str, str]]:
    there = await client.deal_fields()
    parts, found = [], {}
    for name in plans.CUSTOM_FIELDS:
        part, code = await _set_up_field(client, name, there, before.get(f"field:{name}"))
        parts.append(part)
        if code is not None:
            found[f"field:{name}"] = code
    return parts, found


async def _set_up_field(
    client: Pipedrive, name: str, there: Sequence[DealField], code: str | None
) -> tuple[Part, str | None]:
    title, kind = plans.CUSTOM_FIELDS[name]
    field, problem = field_for(name, there, code)
    if field is not None:
        return Part("field", title, PartState.FOUND), field.field_code
    if problem != "is not there":
        remedy = f"The custom field {problem}: rename what is not Offerdesk's in Pipedrive, then run this again."
        return Part("field", title, PartState.MISSING, remedy), None
    try:
        made = await client.create_deal_field(title, _TYPES[kind])
    except Authentication:
        raise
    except Permanent:
        remedy = f"Pipedrive refused to make it: use an administrator's token, or make it by hand with type {kind}."
        return Part("field", title, PartState.MISSING, remedy), None
    return Part("field", title, PartState.MADE), made.field_code


async def _find_stages(client: Pipedrive, company: Company) -> tuple[list[Part], dict[str, str]]:
    wanted = company.systems.pipedrive
    pipeline = pipeline_for(wanted.pipeline, await client.pipelines())
    if pipeline is None:
        remedy = "Make it in Pipedrive, or name another one in systems.toml."
        return [Part("pipeline", wanted.pipeline or "the first one", PartState.MISSING, remedy)], {}
    found = stage_names(wanted.stages, await client.stages(pipeline.id))
    parts = [Part("pipeline", pipeline.name, PartState.FOUND)]
    for code, name in wanted.stages.items():
        shown = f"{code} = {name}"
        if f"stage:{code}" in found:
            parts.append(Part("stage", shown, PartState.FOUND))
        else:
            remedy = f"Make it in the pipeline {pipeline.name!r}, or name another one in systems.toml."
            parts.append(Part("stage", shown, PartState.MISSING, remedy))
    return parts, found


def _people(session: Session) -> dict[int, str | None]:
    return {row.id: row.email for row in session.execute(sa.select(Person.id, Person.email))}
