"""Learns what our things are called in a Pipedrive account, and remembers it, so that it is asked once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.clients.models import Client
from bot.sync import plans
from bot.sync.facts import mappings, remember
from bot.sync.models import System
from bot.sync.pipedrive.values import LINKS, ME, Names, linked_to, their, their_stage
from integrations.errors import Configuration, Permanent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from bot.config.models import Company
    from bot.database import Database
    from bot.sync.facts import Member
    from bot.sync.pipedrive.values import Linking
    from integrations.pipedrive import Deal, DealField, Pipedrive, Pipeline, Stage, User

SERVICE = "pipedrive"
REMEDY = "run offerdesk setup pipedrive"
LONGEST_NAME = 200
"""Characters that a mapping holds."""
NOT_FOUND = 404
_FITTING = {"varchar": ("varchar", "text"), "text": ("text", "varchar"), "double": ("double",), "date": ("date",)}


class Account:
    """The names of one account. Rows that are kept at the same time learn one after the other, so each thing is asked
    for once.
    """

    def __init__(self, database: Database, client: Pipedrive, company: Company, now: Callable[[], datetime]) -> None:
        """Nothing is asked before it is needed."""
        self._database = database
        self._client = client
        self._company = company
        self._now = now
        self._learning = asyncio.Lock()

    async def names_for(self, facts: Linking) -> Names:
        """What is needed to write this offer's deal, or this lead; makes no call when all of it is known.

        Raises:
            Configuration: a custom field or a stage is not there; setting up makes or names it.
        """
        names = await self.names()
        if self._knows(names, facts):
            return names
        async with self._learning:
            await self._learn_fields(await self.names())
            await self._learn_stages(await self.names())
            await self._learn_people(await self.names(), (facts.owner, *facts.team))
            await self._learn_organization(await self.names(), facts)
            return await self._learn_linked(linked_to(await self.names(), facts))

    async def names(self) -> Names:
        """What is remembered."""
        return Names(await self._database.read(lambda session: mappings(session, System.PIPEDRIVE)))

    async def names_of(self, deal: Deal, names: Names) -> Names:
        """The names of what a deal points to over there, too."""
        linked = {link: number for link, key in LINKS.items() if (number := getattr(deal, key)) is not None}
        stage_known = deal.stage_id is None or their_stage(deal.stage_id) in names.mapped
        if stage_known and all(their(link, number) in names.mapped for link, number in linked.items()):
            return names
        async with self._learning:
            if not stage_known:
                await self._keep({their_stage(stage.id): stage.name for stage in await self._client.stages()})
            return await self._learn_linked(linked)

    async def names_with_users(self, user_ids: Iterable[int]) -> Names:
        """The names of these users, too."""
        async with self._learning:
            for user_id in user_ids:
                await self._learn_linked({"owner": user_id})
        return await self.names()

    async def me(self, names: Names) -> int:
        """The user whose token is used."""
        known = names.number(ME)
        if known is None:
            known = (await self._client.me()).id
            await self._keep({ME: str(known)})
        return known

    def _knows(self, names: Names, facts: Linking) -> bool:
        needed = [f"field:{name}" for name in plans.CUSTOM_FIELDS]
        needed += [f"stage:{code}" for code in self._company.systems.pipedrive.stages]
        needed += [f"person:{member.id}" for member in (facts.owner, *facts.team)]
        needed += [their(link, number) for link, number in linked_to(names, facts).items()]
        return all(name in names.mapped for name in needed) and not _unknown_clients(names, facts)

    async def _learn_fields(self, names: Names) -> None:
        missing = [name for name in plans.CUSTOM_FIELDS if f"field:{name}" not in names.mapped]
        if not missing:
            return
        fields = await self._client.deal_fields()
        found: dict[str, str] = {}
        for name in missing:
            field, problem = field_for(name, fields, None)
            if field is None:
                title = plans.CUSTOM_FIELDS[name][0]
                raise Configuration(SERVICE, f"the custom field {title!r} {problem}: {REMEDY}")
            found[f"field:{name}"] = field.field_code
        await self._keep(found)

    async def _learn_stages(self, names: Names) -> None:
        wanted = self._company.systems.pipedrive
        missing = [code for code in wanted.stages if f"stage:{code}" not in names.mapped]
        if not missing:
            return
        pipeline = pipeline_for(wanted.pipeline, await self._client.pipelines())
        if pipeline is None:
            raise Configuration(SERVICE, f"the pipeline {wanted.pipeline or ''!r} is not there: {REMEDY}")
        stages = await self._client.stages(pipeline.id)
        found = stage_names(wanted.stages, stages)
        absent = next((code for code in missing if f"stage:{code}" not in found), None)
        if absent is not None:
            raise Configuration(SERVICE, f"the stage {wanted.stages[absent]!r} is not there: {REMEDY}")
        await self._keep(found)

    async def _learn_people(self, names: Names, members: Sequence[Member]) -> None:
        missing = {member.id: member.email for member in members if f"person:{member.id}" not in names.mapped}
        if missing:
            users = await self._client.users() if any(missing.values()) else ()
            await self._keep(user_names(missing, users))

    async def _learn_organization(self, names: Names, facts: Linking) -> None:
        """By its exact name, from the node of the offer upwards, each node once."""
        unknown = _unknown_clients(names, facts)
        if not unknown:
            return
        called = await self._database.read(lambda session: _client_names(session, unknown))
        for client_id in unknown:
            found = await self._client.find_organizations(called[client_id]) if client_id in called else ()
            if not found:
                await self._keep({f"client:{client_id}": ""})
                continue
            oldest = min(found, key=lambda organization: organization.id)
            await self._keep({f"client:{client_id}": str(oldest.id), their("organization", oldest.id): oldest.name})
            return

    async def _learn_linked(self, linked: Mapping[str, int]) -> Names:
        names = await self.names()
        for link, number in linked.items():
            name = their(link, number)
            if name not in names.mapped:
                # What is not there gets a name too, so that it is not asked for again.
                await self._keep({name: f"#{number}"} | await self._called(link, number))
        return await self.names()

    async def _called(self, link: str, number: int) -> dict[str, str]:
        try:
            if link == "owner":
                return user_names({}, await self._client.users())
            if link == "organization":
                return {their(link, number): (await self._client.get_organization(number)).name}
            return {their(link, number): (await self._client.get_person(number)).name}
        except Permanent as error:
            if error.status != NOT_FOUND:
                raise
            return {}

    async def _keep(self, found: Mapping[str, str]) -> None:
        now = self._now()
        short = {name: remote[:LONGEST_NAME] for name, remote in found.items()}
        await self._database.write(lambda session: remember(session, System.PIPEDRIVE, short, now=now))


def field_for(name: str, fields: Iterable[DealField], code: str | None) -> tuple[DealField | None, str]:
    """The custom field that holds a value of ours: the one with the remembered code, else the one with its name.

    Without one, what is wrong: ``is not there``, or a sentence of the same kind.
    """
    title, kind = plans.CUSTOM_FIELDS[name]
    custom = [field for field in fields if field.is_custom_field]
    found = [field for field in custom if field.field_code == code]
    found = found or [field for field in custom if field.field_name.casefold() == title.casefold()]
    if not found:
        return None, "is not there"
    if len(found) > 1:
        return None, f"is there {len(found)} times"
    if found[0].field_type not in _FITTING[kind]:
        return None, f"is of type {found[0].field_type} instead of {kind}"
    return found[0], ""


def pipeline_for(name: str | None, pipelines: Iterable[Pipeline]) -> Pipeline | None:
    """The pipeline with this name in capital or small letters, the first one without a name."""
    there = sorted((one for one in pipelines if not one.is_deleted), key=lambda one: (one.order_nr, one.id))
    return next((one for one in there if name is None or one.name.casefold() == name.casefold()), None)


def stage_names(wanted: Mapping[str, str], stages: Iterable[Stage]) -> dict[str, str]:
    """The mappings of our stages that are there, and the names of all of theirs."""
    there = [stage for stage in stages if not stage.is_deleted]
    ids = {stage.name.casefold(): str(stage.id) for stage in reversed(there)}
    found = {f"stage:{code}": ids[name.casefold()] for code, name in wanted.items() if name.casefold() in ids}
    return found | {their_stage(stage.id): stage.name for stage in there}


def user_names(people: Mapping[int, str | None], users: Iterable[User]) -> dict[str, str]:
    """The users of our people by e-mail address (empty: has no seat), and the names of all users."""
    seats = {user.email.casefold(): user for user in users if user.active_flag and user.email}
    found = {their("owner", user.id): user.name for user in users}
    for person_id, email in people.items():
        user = seats.get((email or "").casefold())
        found[f"person:{person_id}"] = str(user.id) if user is not None else ""
    return found


def _unknown_clients(names: Names, facts: Linking) -> list[int]:
    """The nodes nobody looked for yet, from the offer's own upwards to the first one that is known over there."""
    unknown = []
    for client_id in reversed(facts.client_path):
        if names.number(f"client:{client_id}") is not None:
            break
        if f"client:{client_id}" not in names.mapped:
            unknown.append(client_id)
    return unknown


def _client_names(session: Session, client_ids: Sequence[int]) -> dict[int, str]:
    statement = sa.select(Client.id, Client.name).where(Client.id.in_(client_ids))
    return {row.id: row.name for row in session.execute(statement)}
