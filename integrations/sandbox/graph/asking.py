"""What a request asks for: its address, its query, its JSON body. Nothing unknown is passed over."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import orjson
from aiohttp import web

from integrations.sandbox.graph.drive import Behaviour
from integrations.sandbox.graph.refusals import RefusedError, bad

CONFLICT_BEHAVIOUR = "@microsoft.graph.conflictBehavior"
VERSION = "/v1.0/"
_BEHAVIOURS: Mapping[object, Behaviour] = {"fail": "fail", "replace": "replace", "rename": "rename"}


@dataclass(frozen=True, slots=True)
class Target:
    """What an address below ``/drives`` means.

    ``item_id`` is ``None`` for the root, ``names`` leads on from there, ``action`` is what follows
    (``drive``, ``item``, ``children``, ``content``, ``createUploadSession``).
    """

    drive_id: str
    action: str
    item_id: str | None = None
    names: tuple[str, ...] = ()


def target_of(request: web.Request) -> Target:
    """Read ``drives/{id}``, ``…/root``, ``…/items/{id}``, each with ``:/path`` or ``:/path:`` and an action."""
    # The raw path: in a decoded one, an encoded colon or slash would look like those of the grammar.
    head, *path = request.rel_url.raw_path.partition(VERSION)[2].split(":")
    drive_id, item_id, after = _head(head.split("/"))
    if not path:
        return Target(drive_id, after, item_id)
    if after != "item" or len(path) > 2 or not path[0].startswith("/"):  # noqa: PLR2004 - the path and what follows
        raise _no_such_address()
    names = tuple(unquote(name) for name in path[0].split("/") if name)
    action = path[1].removeprefix("/") if len(path) > 1 else ""
    return Target(drive_id, action or "item", item_id, names)


def query_of(request: web.Request, allowed: AbstractSet[str]) -> dict[str, str]:
    """Read the query; refuses a parameter that is unknown here or given twice."""
    query = dict(request.query)
    if len(query) != len(request.query) or not query.keys() <= allowed:
        raise bad(f"The query may hold: {', '.join(sorted(allowed)) or 'nothing'}.")
    return query


def behaviour_of(value: object, default: Behaviour) -> Behaviour:
    """Read a conflict behaviour."""
    if value is None:
        return default
    if value not in _BEHAVIOURS:
        raise bad("The conflict behaviour is fail, replace or rename.")
    return _BEHAVIOURS[value]


async def object_of(request: web.Request, allowed: AbstractSet[str]) -> dict[str, Any]:
    """Read a JSON object; refuses keys that cannot be written."""
    if request.content_type != "application/json":
        raise RefusedError(415, "unsupportedMediaType", "The body must be application/json.")
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise bad("The body is not JSON.") from None
    return fields_of(body, allowed)


def fields_of(value: object, allowed: AbstractSet[str]) -> dict[str, Any]:
    """Read an object inside a body; refuses keys that cannot be written."""
    if not isinstance(value, dict):
        raise bad("An object is expected.")
    unknown = value.keys() - allowed
    if unknown:
        raise bad(f"Not known or read-only: {', '.join(sorted(unknown))}.")
    return value


def _head(parts: list[str]) -> tuple[str, str | None, str]:
    """The drive, the item and what is asked of it, from the segments before a colon."""
    if any(not part for part in parts) or len(parts) < 2:  # noqa: PLR2004 - drives/{drive}
        raise _no_such_address()
    drive_id = unquote(parts[1])
    match parts[2:]:
        case []:
            return drive_id, None, "drive"
        case ["root", *rest] if len(rest) <= 1:
            return drive_id, None, rest[0] if rest else "item"
        case ["items", item_id, *rest] if len(rest) <= 1:
            return drive_id, unquote(item_id), rest[0] if rest else "item"
    raise _no_such_address()


def _no_such_address() -> RefusedError:
    return RefusedError(400, "BadRequest", "The address is not one of this service.")
