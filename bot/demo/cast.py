"""The people of the simulated Teams, as the story moves them: through the same API as the page, never past the bot."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from cards.verbs import Verb

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    import httpx

    from cards.verbs import FormCode

Json = dict[str, Any]
T = TypeVar("T")

PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.1


class StoryBroken(Exception):
    """Something the story expects did not happen; the text says what, in a sentence."""


async def eventually(what: str, probe: Callable[[], Awaitable[T | None]], seconds: float = PATIENCE_SECONDS) -> T:
    """What ``probe`` finds, as soon as it finds something; raises :class:`StoryBroken` when it does not."""
    until = time.monotonic() + seconds
    while True:
        found = await probe()
        if found:
            return found
        if time.monotonic() > until:
            raise StoryBroken(f"Waited {seconds:.0f} s in vain: {what}.")
        await asyncio.sleep(LOOK_SECONDS)


def expect(happened: object, what: str) -> None:
    """Raise :class:`StoryBroken` unless it happened."""
    if not happened:
        raise StoryBroken(f"Expected: {what}.")


class Cast:
    """Everybody, and what the stand-ins hold."""

    def __init__(self, sandbox_url: str, client: httpx.AsyncClient) -> None:
        """``client`` stays open."""
        self._url = sandbox_url
        self._client = client
        self._people: dict[str, Json] = {}
        self.now = datetime.min.replace(tzinfo=UTC)
        """What time it was in the story when somebody last looked; :meth:`meet` looks first."""

    async def meet(self) -> None:
        """Learn who is there and what time it is."""
        self._people = {person["key"]: person for person in await self.get("/teams/api/personas")}
        self.now = _moment(await self.get("/_clock"))

    async def wait_until(self, moment: datetime) -> None:
        """Put the clock of the story forward; whoever lives in it looks at once what is due."""
        self.now = _moment(await self.post("/_clock", {"to": moment.isoformat()}))

    def person(self, key: str) -> Person:
        """Somebody; call :meth:`meet` first."""
        return Person(self, self._people[key])

    async def get(self, path: str, **query: str | int) -> Any:  # noqa: ANN401  JSON of the stand-ins
        """GET from the stand-ins; raises :class:`StoryBroken` when they refuse."""
        return _body(await self._client.get(self._url + path, params=query))

    async def post(self, path: str, body: Json | None = None) -> Any:  # noqa: ANN401  JSON of the stand-ins
        """POST to the stand-ins; raises :class:`StoryBroken` when they refuse."""
        return _body(await self._client.post(self._url + path, json=body or {}))

    async def fetch(self, url: str) -> httpx.Response:
        """What a browser gets at an address."""
        return await self._client.get(url)

    async def state(self, service: str) -> Json:
        """What a stand-in holds and what it was asked."""
        found: Json = await self.get(f"/_state/{service}")
        return found

    async def publish(self, **draft: str | int) -> Json:
        """Let the portal publish its next tender, or one of our own."""
        item: Json = await self.post("/esa/_control/publish", dict(draft))
        return item


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an own Teams window."""

    cast: Cast
    facts: Json

    @property
    def name(self) -> str:
        """As Teams shows it."""
        return str(self.facts["name"])

    @property
    def chat(self) -> str:
        """The personal chat with the bot."""
        return str(self.facts["personal"])

    @property
    def channel(self) -> str:
        """The channel Tenders."""
        return str(self.facts["tenders"])

    @property
    def object_id(self) -> str:
        """The Entra object id."""
        return str(self.facts["aadObjectId"])

    async def say(self, text: str, where: str = "") -> Json:
        """Write a message, by default to the bot alone."""
        body = {"conversation": where or self.chat, "text": text}
        said: Json = await self.cast.post(self._path("say"), body)
        expect(said["outcome"] == "sent", f"“{text}” of {self.name} reaches the bot, not {said}")
        return said

    async def messages(self, where: str = "", *, settle: bool = False) -> list[Json]:
        """What this person sees in a conversation, oldest first. ``settle`` waits for refreshes, as an open window
        does.
        """
        query: dict[str, str | int] = {"conversation": where or self.chat}
        query |= {"settle": 1} if settle else {"peek": 1}
        answer: Json = await self.cast.get(self._path("messages"), **query)
        return [message for message in answer["messages"] if not message["deleted"]]

    async def sees(self, what: str, test: Callable[[Json], bool], where: str = "") -> Json:
        """The newest message that passes the test, as soon as there is one."""

        async def look() -> Json | None:
            return next((found for found in reversed(await self.messages(where)) if test(found)), None)

        return await eventually(f"{self.name} sees {what}", look)

    async def asks(self, text: str, what: str, test: Callable[[Json], bool]) -> Json:
        """Write to the bot and wait for an answer that came after it and passes the test."""
        said = await self.say(text)
        return await self.sees(
            what,
            lambda message: message["author"] == "bot" and int(message["id"]) > int(said["message"]) and test(message),
        )

    async def click(self, message: Json, verb: str, inputs: Json | None = None, **more: object) -> Json:
        """Press the button with this verb on a card as this person sees it."""
        body = {"message": message["id"], "action": verb, "inputs": inputs or {}, **more}
        pressed: Json = await self.cast.post(self._path("click"), body)
        return pressed

    async def opens(self, message: Json, verb: str, form: str = "") -> Json:
        """Press a button that opens a dialog; ``form`` tells the one meant among several with this verb."""
        opened = await self._press(message, {"data": {"verb": verb, **({"q": form} if form else {})}})
        expect(opened["outcome"] == "dialog", f"{verb} {form} opens a dialog for {self.name}, not {_brief(opened)}")
        dialog: Json = opened["dialog"]
        return dialog

    async def _press(self, message: Json, action: Json, inputs: Json | None = None) -> Json:
        body = {"message": message["id"], "action": action, "inputs": inputs or {}}
        pressed: Json = await self.cast.post(self._path("click"), body)
        return pressed

    async def fills(self, message: Json, form: FormCode, inputs: Json) -> Json:
        """Open one of the dialogs of an offer, fill it in and send it; it has to close."""
        dialog = await self.opens(message, Verb.FORM_OPEN, form)
        return await self.submits(dialog, Verb.FORM_SAVE, inputs)

    async def looks(self, message: Json, verb: str, what: str = "") -> Json:
        """Press a button that shows another card in the place of this one."""
        shown = await self._press(message, {"data": {"verb": verb, **({"q": what} if what else {})}})
        expect(shown["outcome"] == "card", f"{verb} {what} shows {self.name} a card, not {_brief(shown)}")
        return {**message, "card": shown["card"]}

    async def is_sent_back(self, dialog: Json, verb: str, inputs: Json) -> Json:
        """Send a dialog that comes back because something is to be decided; gives the dialog as it came back."""
        body = {"dialog": dialog["id"], "action": verb, "inputs": inputs}
        sent: Json = await self.cast.post(self._path("dialog/submit"), body)
        expect(sent["outcome"] == "dialog", f"the dialog of {self.name} comes back, not {_brief(sent)}")
        came_back: Json = sent["dialog"]
        return came_back

    async def submits(self, dialog: Json, verb: str, inputs: Json) -> Json:
        """Fill a dialog in and send it; it has to close."""
        body = {"dialog": dialog["id"], "action": verb, "inputs": inputs}
        sent: Json = await self.cast.post(self._path("dialog/submit"), body)
        closed = sent["outcome"] in {"closed", "message"}
        expect(closed, f"the dialog of {self.name} closes after {verb}, not {_brief(sent)}")
        return sent

    async def forges(self, message: Json, data: Json) -> Json:
        """Send an action that no card showed: what an attacker with Teams credentials can do."""
        action = {"type": "Action.Execute", "verb": data["verb"], "data": data}
        body = {"message": message["id"], "action": action, "inputs": {}}
        answer: Json = await self.cast.post(self._path("click"), body)
        return answer

    async def searches(self, text: str) -> list[Json]:
        """Type into the search box of the message extension."""
        found: Json = await self.cast.post(self._path("search"), {"text": text})
        expect(found["outcome"] == "results", f"the search box answers {self.name}, not {_brief(found)}")
        results: list[Json] = found["results"]
        return results

    def _path(self, what: str) -> str:
        return f"/teams/api/{self.facts['key']}/{what}"


def _moment(clock: Json) -> datetime:
    return datetime.fromisoformat(clock["now"])


def words_of(message: Json) -> str:
    """Everything a message says, hidden parts included."""
    return "\n".join([str(message.get("text") or ""), str(message.get("summary") or ""), *_texts(message.get("card"))])


def _texts(part: object) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        for name, value in part.items():
            if name != "data":
                yield from _texts(value)
    elif isinstance(part, list):
        for value in part:
            yield from _texts(value)


def shows(message: Json, *words: str) -> bool:
    """Whether a message says all of these."""
    said = words_of(message)
    return all(word in said for word in words)


def counts(message: Json, amount: int) -> bool:
    """Whether a message says this amount, however its language groups the digits."""
    return re.search(rf"(?<!\d){amount}(?!\d)", re.sub(r"(?<=\d)[\s,](?=\d)", "", words_of(message))) is not None


def counts_hours(message: Json, worked: Decimal) -> bool:
    """Whether a message says so many hours, with a comma or a point."""
    plain = re.sub(r"(?<=\d),(?=\d)", ".", words_of(message))
    return any(Decimal(found) == worked for found in re.findall(r"(\d+(?:\.\d+)?)\s?h\b", plain))


def inputs_of(part: object, label: str) -> str:
    """The id of the input whose label begins so; raises :class:`StoryBroken`."""
    found = _input(part, label)
    if not found:
        raise StoryBroken(f"There is no input for {label}.")
    return found


def _input(part: object, label: str) -> str:
    if isinstance(part, dict):
        if str(part.get("type", "")).startswith("Input.") and label in str(part.get("label", "")):
            return str(part["id"])
        part = list(part.values())
    if isinstance(part, list):
        return next((found for value in part if (found := _input(value, label))), "")
    return ""


def offers(message: Json, verb: str) -> bool:
    """Whether a message has a button with this verb."""
    return verb in _verbs(message.get("card"))


def verbs_with(message: Json, verb: str) -> set[str]:
    """The words (``q``) that the buttons with this verb carry."""
    return set(_words_behind(message.get("card"), verb))


def _words_behind(part: object, verb: str) -> Iterator[str]:
    if isinstance(part, dict):
        data = part.get("data")
        if isinstance(data, dict) and data.get("verb") == verb:
            yield str(data.get("q") or "")
        part = list(part.values())
    if isinstance(part, list):
        for value in part:
            yield from _words_behind(value, verb)


def id_behind(message: Json, verb: str) -> int:
    """The id that the button with this verb carries."""
    found = _verbs(message.get("card")).get(verb)
    if found is None:
        raise StoryBroken(f"The card shows no button {verb}.")
    return found


def choices_of(part: object, field: str) -> tuple[str, ...]:
    """The values a list of choices offers."""
    if isinstance(part, dict):
        if part.get("id") == field and isinstance(part.get("choices"), list):
            return tuple(str(choice["value"]) for choice in part["choices"])
        part = list(part.values())
    if isinstance(part, list):
        return next((found for value in part if (found := choices_of(value, field))), ())
    return ()


def link_in(part: object) -> str:
    """The first address a card opens."""
    if isinstance(part, dict):
        if part.get("type") == "Action.OpenUrl":
            return str(part["url"])
        part = list(part.values())
    if isinstance(part, list):
        return next((found for value in part if (found := link_in(value))), "")
    return ""


def _verbs(part: object) -> dict[str, int]:
    found: dict[str, int] = {}
    if isinstance(part, dict):
        data = part.get("data")
        if isinstance(data, dict) and isinstance(data.get("verb"), str):
            found[data["verb"]] = int(data.get("id") or 0)
        for value in part.values():
            found = {**_verbs(value), **found}
    elif isinstance(part, list):
        for value in part:
            found = {**_verbs(value), **found}
    return found


def _brief(answer: Json) -> str:
    """What an answer says, without the whole card."""
    told = {name: value for name, value in answer.items() if name not in {"card", "dialog"}}
    inner = answer.get("card") or (answer.get("dialog") or {}).get("card")
    return f"{told} {' | '.join(_texts(inner))}"[:1500]


def _body(response: httpx.Response) -> Any:  # noqa: ANN401  JSON of the stand-ins
    if response.is_error:
        raise StoryBroken(
            f"{response.request.method} {response.request.url.path}: {response.status_code} {response.text[:300]}"
        )
    return response.json()
