"""The account itself: who works in it, its pipelines, and which fields its deals have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter, model_validator

from integrations.pipedrive.channel import Channel, Operation
from integrations.pipedrive.values import Record, Writing

ME = Operation("GET", "/v1/users/me", 2)
USERS = Operation("GET", "/v1/users", 20)
PIPELINES = Operation("GET", "/api/v2/pipelines", 5)
STAGES = Operation("GET", "/api/v2/stages", 5)
DEAL_FIELDS = Operation("GET", "/api/v2/dealFields", 10)
CREATE_DEAL_FIELD = Operation("POST", "/api/v2/dealFields", 5)

FieldType = Literal[
    "varchar", "text", "double", "phone", "date", "daterange", "time", "timerange", "set", "enum", "varchar_auto",
    "address", "monetary", "org", "people", "user",
]  # fmt: skip
"""The types a custom field can be created with."""

_WITH_OPTIONS = frozenset({"set", "enum"})


class User(Record):
    """Somebody with a seat."""

    id: int
    name: str
    email: str = ""
    active_flag: bool = True


class Me(User):
    """The user whose token is used, and the company."""

    company_id: int
    company_name: str = ""
    company_domain: str = ""
    default_currency: str = ""
    timezone_name: str = ""


class Pipeline(Record):
    """A row of stages."""

    id: int
    name: str
    order_nr: int = 0
    is_deleted: bool = False


class Stage(Record):
    """One stage; ``order_nr`` orders the stages of one pipeline."""

    id: int
    name: str
    pipeline_id: int
    order_nr: int = 0
    is_deleted: bool = False


class FieldOption(Record):
    """One choice of an enum or set field; built-in fields have texts as ids."""

    id: int | str
    label: str


class DealField(Record):
    """The description of a field. Names need not be unique; ``field_code`` is, within the account."""

    field_name: str
    field_code: str
    field_type: str
    is_custom_field: bool
    options: tuple[FieldOption, ...] | None = None


class _NewOption(Writing):
    label: Annotated[str, StringConstraints(min_length=1, max_length=255)]


class _NewField(Writing):
    field_name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=255)]
    field_type: FieldType
    options: Annotated[tuple[_NewOption, ...], Field(min_length=1, max_length=10_000)] | None = None

    @model_validator(mode="after")
    def _options_where_there_is_a_choice(self) -> _NewField:
        if (self.options is not None) != (self.field_type in _WITH_OPTIONS):
            raise ValueError("enum and set fields need options, the others have none")
        return self


_ME = TypeAdapter(Me)
_USERS = TypeAdapter(tuple[User, ...])
_PIPELINE = TypeAdapter(Pipeline)
_STAGE = TypeAdapter(Stage)
_FIELD = TypeAdapter(DealField)


class AccountCalls(Channel):
    """Users, pipelines, stages and fields."""

    async def me(self) -> Me:
        """Whose token this is: a harmless sign that the account answers (2 tokens)."""
        return await self._data(_ME, ME)

    async def users(self) -> tuple[User, ...]:
        """Everybody who has or had a seat (20 tokens)."""
        return await self._data(_USERS, USERS)

    async def pipelines(self) -> tuple[Pipeline, ...]:
        """The pipelines (5 tokens)."""
        return tuple([row async for row in self._cursor_pages(_PIPELINE, PIPELINES)])

    async def stages(self, pipeline_id: int | None = None) -> tuple[Stage, ...]:
        """The stages of one pipeline in their order, or of all (5 tokens)."""
        params = {"sort_by": "order_nr"} | ({} if pipeline_id is None else {"pipeline_id": str(pipeline_id)})
        return tuple([row async for row in self._cursor_pages(_STAGE, STAGES, params=params)])

    async def deal_fields(self) -> tuple[DealField, ...]:
        """The fields of deals, built-in and custom (10 tokens). Leads have the same custom fields."""
        return tuple([row async for row in self._cursor_pages(_FIELD, DEAL_FIELDS)])

    async def create_deal_field(self, name: str, field_type: FieldType, options: Sequence[str] = ()) -> DealField:
        """Create a custom field; needs an administrator's token. The service does not refuse a name it already has.

        Raises:
            pydantic.ValidationError: the name, the type or the options cannot be; nothing was sent.
        """
        labels = {"options": tuple(_NewOption(label=label) for label in options)} if options else {}
        field = _NewField(field_name=name, field_type=field_type, **labels)
        return await self._data(_FIELD, CREATE_DEAL_FIELD, payload=field.body())
