"""Organizations and persons: who the customers are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field, StringConstraints, TypeAdapter

from integrations.pipedrive.channel import Channel, Operation, moment_text, wanted_fields
from integrations.pipedrive.values import CustomFields, Id, Moment, Record, Title, Writing

CREATE_ORGANIZATION = Operation("POST", "/api/v2/organizations", 5)
GET_ORGANIZATION = Operation("GET", "/api/v2/organizations/{id}", 1)
LIST_ORGANIZATIONS = Operation("GET", "/api/v2/organizations", 10)
SEARCH_ORGANIZATIONS = Operation("GET", "/api/v2/organizations/search", 20, is_search=True)
CREATE_PERSON = Operation("POST", "/api/v2/persons", 5)
GET_PERSON = Operation("GET", "/api/v2/persons/{id}", 1)
LIST_PERSONS = Operation("GET", "/api/v2/persons", 10)
SEARCH_PERSONS = Operation("GET", "/api/v2/persons/search", 20, is_search=True)


class Address(Record):
    """A postal address; ``value`` is all of it in one line."""

    value: str | None = None
    country: str | None = None
    locality: str | None = None
    postal_code: str | None = None


class Organization(Record):
    """An organization; times are aware UTC."""

    id: int
    name: str
    owner_id: int | None = None
    address: Address | None = None
    website: str | None = None
    add_time: Moment | None = None
    update_time: Moment | None = None
    is_deleted: bool = False
    custom_fields: Mapping[str, Any] = Field(default_factory=dict)


class Reach(Record):
    """An e-mail address or a telephone number."""

    value: str
    primary: bool = False
    label: str | None = None


class Person(Record):
    """A person at a customer, not a user; times are aware UTC."""

    id: int
    name: str
    org_id: int | None = None
    owner_id: int | None = None
    emails: tuple[Reach, ...] | None = None
    phones: tuple[Reach, ...] | None = None
    job_title: str | None = None
    add_time: Moment | None = None
    update_time: Moment | None = None
    is_deleted: bool = False
    custom_fields: Mapping[str, Any] = Field(default_factory=dict)


class NewAddress(Writing):
    """An address in one line."""

    value: Annotated[str, StringConstraints(min_length=1, max_length=255)]


class OrganizationWrite(Writing):
    """A new organization. The service does not refuse a name it already has: look with `find_organizations` first."""

    name: Title
    owner_id: Id | None = None
    address: NewAddress | None = None
    website: Annotated[str, StringConstraints(max_length=255)] | None = None
    custom_fields: CustomFields | None = None


class NewReach(Writing):
    """An e-mail address or a telephone number to write."""

    value: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    primary: bool = True
    label: Annotated[str, StringConstraints(max_length=64)] = "work"


class PersonWrite(Writing):
    """A new person."""

    name: Title
    org_id: Id | None = None
    owner_id: Id | None = None
    emails: tuple[NewReach, ...] | None = None
    phones: tuple[NewReach, ...] | None = None
    job_title: Annotated[str, StringConstraints(max_length=255)] | None = None
    custom_fields: CustomFields | None = None


class _Found(Record):
    """What a search tells of a hit; the rest is read from the entity itself."""

    id: int


class _Hit(Record):
    item: _Found


class _Hits(Record):
    items: tuple[_Hit, ...]


_ORGANIZATION = TypeAdapter(Organization)
_PERSON = TypeAdapter(Person)
_HITS = TypeAdapter(_Hits)


class ContactCalls(Channel):
    """Organizations and persons."""

    async def create_organization(self, organization: OrganizationWrite) -> Organization:
        """Create an organization (5 tokens). Never sent twice."""
        return await self._data(_ORGANIZATION, CREATE_ORGANIZATION, payload=_given(organization))

    async def get_organization(self, organization_id: int, custom_fields: Sequence[str] = ()) -> Organization:
        """Read an organization (1 token)."""
        return await self._data(_ORGANIZATION, GET_ORGANIZATION, organization_id, params=wanted_fields(custom_fields))

    async def organizations(
        self, updated_since: datetime | None = None, *, custom_fields: Sequence[str] = ()
    ) -> AsyncIterator[Organization]:
        """Walk the organizations, oldest change first (10 tokens per 500)."""
        params = _changed(updated_since) | wanted_fields(custom_fields)
        async for row in self._cursor_pages(_ORGANIZATION, LIST_ORGANIZATIONS, params=params):
            yield row

    async def find_organizations(self, name: str) -> tuple[Organization, ...]:
        """Find organizations by their whole name, in capital or small letters (20 tokens, and 1 per hit).

        The index lags some seconds behind; every hit is read and compared.
        """
        params = {"term": name, "fields": "name", "exact_match": "true"}
        found = await self._data(_HITS, SEARCH_ORGANIZATIONS, params=params)
        hits = [await self.get_organization(hit.item.id) for hit in found.items]
        return tuple(hit for hit in hits if not hit.is_deleted and hit.name.casefold() == name.casefold())

    async def create_person(self, person: PersonWrite) -> Person:
        """Create a person (5 tokens). Never sent twice."""
        return await self._data(_PERSON, CREATE_PERSON, payload=_given(person))

    async def get_person(self, person_id: int, custom_fields: Sequence[str] = ()) -> Person:
        """Read a person (1 token)."""
        return await self._data(_PERSON, GET_PERSON, person_id, params=wanted_fields(custom_fields))

    async def persons(
        self,
        updated_since: datetime | None = None,
        *,
        custom_fields: Sequence[str] = (),
        org_id: int | None = None,
    ) -> AsyncIterator[Person]:
        """Walk the persons, of one organization or all, oldest change first (10 tokens per 500)."""
        params = _changed(updated_since) | wanted_fields(custom_fields)
        if org_id is not None:
            params["org_id"] = str(org_id)
        async for row in self._cursor_pages(_PERSON, LIST_PERSONS, params=params):
            yield row

    async def find_persons(self, email: str) -> tuple[Person, ...]:
        """Find persons by an e-mail address, in capital or small letters (20 tokens, and 1 per hit)."""
        params = {"term": email, "fields": "email", "exact_match": "true"}
        found = await self._data(_HITS, SEARCH_PERSONS, params=params)
        hits = [await self.get_person(hit.item.id) for hit in found.items]
        return tuple(hit for hit in hits if not hit.is_deleted and _has_email(hit, email))


def _has_email(person: Person, email: str) -> bool:
    return any(reach.value.casefold() == email.casefold() for reach in person.emails or ())


def _given(writing: Writing) -> dict[str, Any]:
    """The body without what is not known: a creation has nothing to clear."""
    return writing.model_dump(mode="json", exclude_none=True)


def _changed(since: datetime | None) -> dict[str, str]:
    order = {"sort_by": "update_time", "sort_direction": "asc"}
    return order if since is None else order | {"updated_since": moment_text(since)}
