"""What a person does in Business Central's own pages, and the switches an administrator has."""

from __future__ import annotations

from typing import Any, Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, ValidationError

from integrations.sandbox.business_central.properties import ENUMS, Property, spelled
from integrations.sandbox.business_central.records import shown
from integrations.sandbox.business_central.refusals import RefusalError
from integrations.sandbox.business_central.rules import Rules
from integrations.sandbox.business_central.schema import PRESALES, STANDARD
from integrations.sandbox.business_central.store import Row, Store
from integrations.sandbox.business_central.webhooks import Webhooks

_OF_THE_ENTRY = frozenset(
    {"estimatedValue", "estimatedClosingDate", "chancesOfSuccessPrc", "completedPrc", "calculatedCurrentValue"}
)
_CLOSED = frozenset({"Won", "Lost"})
_EXTRA = {"opportunities": PRESALES["presalesOpportunities"], "projects": PRESALES["presalesProjects"]}


class Edit(BaseModel):
    """A person's change of one record; ``values`` may name any property of its page but ids and times.

    Enum members are given as a person sees them (``Won``, ``In Progress``).
    """

    model_config = ConfigDict(extra="forbid")

    entity_set: Literal["opportunities", "projects", "contacts", "customers"]
    number: str
    values: dict[str, Any]


class ManualNumbers(BaseModel):
    """Whether numbers may be typed in."""

    model_config = ConfigDict(extra="forbid")

    opportunities: bool | None = None
    projects: bool | None = None


class Controls:
    """The routes below ``/_control``."""

    def __init__(self, store: Store, rules: Rules, webhooks: Webhooks) -> None:
        """Work on the same tables as the pages."""
        self._webhooks = webhooks
        self._store = store
        self._rules = rules

    def add_routes(self, app: web.Application) -> None:
        """Add ``POST /_control/edit``, ``/_control/manual_numbers`` and ``/_control/repeat_notifications``."""
        app.router.add_post("/_control/edit", self._post_edit)
        app.router.add_post("/_control/manual_numbers", self._post_manual_numbers)
        app.router.add_post("/_control/repeat_notifications", self._post_repeat_notifications)

    def edit(self, edit: Edit) -> Row:
        """Change a record as a person would.

        A new value of an opportunity moves neither its etag nor its time and tells no webhook, because it lives in
        another table; a new status does all three.

        Raises:
            LookupError: there is no such record.
            RefusalError: there is no such property, or the value does not fit.
        """
        row = self._store.find(edit.entity_set, "number", edit.number)
        if row is None:
            raise LookupError(edit.number)
        values = {name: self._accepted(edit.entity_set, name, value) for name, value in edit.values.items()}
        if values.get("status") in _CLOSED:
            values |= {"closed": True, "dateClosed": self._store.now().date().isoformat()}
        if values.keys() <= _OF_THE_ENTRY:
            row.values.update(values)
        else:
            self._store.update(edit.entity_set, row, values)
        return row

    def _accepted(self, entity_set: str, name: str, value: object) -> Any:  # noqa: ANN401 - of the property's own type
        known = self._property(entity_set, name)
        if known is None or known.kind == "DateTime" or name == "id":
            raise RefusalError(400, "BadRequest", f"{entity_set} has no property '{name}' a person may change.")
        return known.accepted(spelled(value) if known.kind in ENUMS and isinstance(value, str) else value)

    def _property(self, entity_set: str, name: str) -> Property | None:
        extra = _EXTRA.get(entity_set)
        return STANDARD[entity_set].properties.get(name) or (extra.properties.get(name) if extra else None)

    async def _post_edit(self, request: web.Request) -> web.Response:
        try:
            edit = Edit.model_validate_json(await request.read())
        except ValidationError as error:
            raise web.HTTPBadRequest(text=error.json(include_url=False, include_input=False)) from None
        try:
            row = self.edit(edit)
        except LookupError:
            raise web.HTTPNotFound(text="There is no record of this number.") from None
        return web.json_response(shown(self._store, STANDARD[edit.entity_set], row))

    async def _post_manual_numbers(self, request: web.Request) -> web.Response:
        try:
            asked = ManualNumbers.model_validate_json(await request.read())
        except ValidationError as error:
            raise web.HTTPBadRequest(text=error.json(include_url=False, include_input=False)) from None
        self._rules.numbering.manual.update(asked.model_dump(exclude_none=True))
        return web.json_response(self._rules.numbering.manual)

    async def _post_repeat_notifications(self, _: web.Request) -> web.Response:
        return web.json_response({"status": await self._webhooks.repeat()})
