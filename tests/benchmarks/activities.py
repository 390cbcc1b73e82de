"""The requests of the benchmark: finished JSON with one hole, the activity id, which the load generator fills."""

from __future__ import annotations

from typing import Any

import orjson

from tests.benchmarks.identity import APP_ID, CHANNEL, TEAM, TENANT_ID, VOTER_OBJECT_ID

ID_HOLE = "@ID@"


def card_action(service_url: str, data: dict[str, Any]) -> str:
    """Write a press on an Action.Execute in a channel, in the shape Teams sends it."""
    verb = str(data["verb"])
    activity = {
        "type": "invoke",
        "name": "adaptiveCard/action",
        "id": f"f:{ID_HOLE}",
        "channelId": "msteams",
        "serviceUrl": service_url,
        "timestamp": "2026-11-22T10:59:31.990Z",
        "locale": "fr-FR",
        "from": {"id": "29:voter", "name": "CTO", "aadObjectId": VOTER_OBJECT_ID},
        "recipient": {"id": f"28:{APP_ID}", "name": "Offerdesk"},
        "conversation": {
            "isGroup": True,
            "conversationType": "channel",
            "tenantId": TENANT_ID,
            "id": f"{CHANNEL};messageid=1795345169705",
        },
        "channelData": {
            "source": {"name": "message"},
            "tenant": {"id": TENANT_ID},
            "team": {"id": TEAM},
            "channel": {"id": CHANNEL},
        },
        "entities": [
            {
                "type": "clientInfo",
                "locale": "fr-FR",
                "country": "FR",
                "platform": "Web",
                "timezone": "Europe/Paris",
            },
        ],
        "replyToId": "1795345169747",
        "value": {
            "action": {"type": "Action.Execute", "id": "go", "title": "Go", "verb": verb, "data": data},
            "trigger": "manual",
        },
    }
    return orjson.dumps(activity).decode()
