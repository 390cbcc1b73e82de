"""What a person does in the simulated Teams: looks, presses, types. Things are found by what is written on them."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.sync_api import Error, expect

from cards.texts import texts
from cards.words import Language

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page

PICTURES: Final = Path(__file__).parents[2] / "build" / "screenshots"
PATIENCE_MS: Final = 20_000
NUMBERS: Final = count(1)
HOLE: Final = re.compile(r"\{[a-z_]+\}")
REDRAWS: Final = 3
DESK: Final = (1280, 860)
PHONE: Final = (360, 740)
TOO_WIDE: Final = """() => {
  const rooms = [document.documentElement, ...document.querySelectorAll(".messages, .dialog-body, .card, .card *")];
  const bleeds = (room) => room.closest(".card") === null || room.matches(".card") ? 0 : Math.max(0,
    ...[...room.querySelectorAll("*")].map((node) => -parseFloat(node.style?.marginRight || "0")));
  const wide = rooms.filter((room) => room.clientWidth > 0 && room.scrollWidth > room.clientWidth + bleeds(room)
    && getComputedStyle(room).display !== "inline");
  return wide.map((room) => `${room.className || room.tagName} ${room.scrollWidth} > ${room.clientWidth}: `
    + (room.textContent ?? "").slice(0, 80));
}"""
"""Every part that needs sideways movement; an input may hold more text than it shows, a card may not.

What unfolds in a card is drawn from edge to edge of that card, over its margin, but not beyond.
"""

AT_THE_LIST: Final = "body:not(.reading) #place h1"
"""The page has looked into its first place and shows the list of places again, which on a phone is all there is."""

fr: Final = texts(Language.FR)
"""What is written on a card in French, by the key of the text."""
en: Final = texts(Language.EN)
"""The same in English."""

expect.set_options(timeout=PATIENCE_MS)


@dataclass
class People:
    """Opens one window per person, each in a browser context of its own, as on an own machine."""

    browser: Browser
    page: str
    complaints: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def window(self, persona: str, place: str = "Tenders", *, size: tuple[int, int] = DESK, **asked: str) -> Window:
        """Open Teams as somebody; ``asked`` are ``theme`` and ``lang`` of the page's address."""
        page = self._page(persona, size)
        page.goto(f"{self.page}?{'&'.join(f'{name}={value}' for name, value in {'persona': persona, **asked}.items())}")
        expect(page.locator(AT_THE_LIST)).to_be_attached()
        window = Window(persona, page)
        window.go_to(place)
        return window

    def start(self, language: str) -> Page:
        """The page where one chooses who to be."""
        page = self._page("nobody yet", DESK)
        page.goto(f"{self.page}?lang={language}")
        return page

    def blank(self, who: str, size: tuple[int, int]) -> Page:
        """An empty window of somebody, at a desk or on a phone."""
        return self._page(who, size)

    def _page(self, persona: str, size: tuple[int, int]) -> Page:
        context = self.browser.new_context(
            base_url=self.page,
            viewport={"width": size[0], "height": size[1]},
            device_scale_factor=2 if size == PHONE else 1,
            has_touch=size == PHONE,
            reduced_motion="reduce",
        )
        context.set_default_timeout(PATIENCE_MS)
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(f"{persona}: {error}"))
        page.on("console", lambda said: self._heard(persona, said))
        return page

    def _heard(self, persona: str, said: ConsoleMessage) -> None:
        if said.type in {"error", "warning"}:
            self.complaints.append(f"{persona}: {said.text}")

    def leave(self) -> None:
        """Close every window."""
        for context in self._contexts:
            context.close()


@dataclass(frozen=True)
class Window:
    """The Teams client of one person."""

    persona: str
    page: Page

    def go_to(self, place: str) -> None:
        """Open a channel or the chat with Offerdesk (``Offerdesk``)."""
        back = self.page.locator("#back")
        if back.is_visible():
            back.click()
        self.page.locator(".place-entry", has_text=place).first.click()
        expect(self.page.locator("#place h1")).to_have_text(place)

    def publish(self) -> str:
        """Press the button that brings the next tender out; returns its number."""
        with self.page.expect_response("**/esa/_control/publish") as answer:
            self.page.locator("#publish").click()
        return str(answer.value.json()["tanumber"])

    def release(self, title: str) -> str:
        """Let the portal bring out a tender of our own, which is not the next in its list; returns its number."""
        draft = {"title": title, "tanumber": f"1-3{next(NUMBERS):04}"}
        answer = self.page.request.post("/esa/_control/publish", data=draft)
        expect(answer).to_be_ok()
        return draft["tanumber"]

    def thread(self, number: str) -> Thread:
        """The message about a tender with its replies, as soon as it is there."""
        found = self.page.locator("section.thread", has_text=number).last
        expect(found).to_be_visible()
        pinned = found.get_attribute("data-thread")
        return Thread(self.page.locator(f'section.thread[data-thread="{pinned}"]'))

    def last_card(self, *words: str) -> Locator:
        """The newest message with a card that says all of this; it stays the same one when its card changes."""
        found = self.page.locator(".message:has(.card)")
        for word in words:
            found = found.filter(has_text=word)
        expect(found.last).to_be_visible()
        return self._pinned(found.last)

    def _pinned(self, message: Locator) -> Locator:
        return self.page.locator(f'[data-message="{message.get_attribute("data-message")}"]')

    def say(self, text: str) -> Locator:
        """Write a message and press Enter; gives the message once it stands there."""
        said = self.page.locator(".message.own", has_text=text)
        before = said.count()
        box = self.page.locator("#text")
        box.fill(text)
        box.press("Enter")
        # The same words may have been said before: only one more of them is this message.
        expect(said).to_have_count(before + 1)
        return self._pinned(said.last)

    def asks(self, text: str) -> Locator:
        """Write a message; gives the card that answers it."""
        own = self.say(text)
        after = own.locator("xpath=following-sibling::article[.//*[contains(@class,'card')]]").first
        expect(after).to_be_visible()
        return self._pinned(after)

    @property
    def dialog(self) -> Locator:
        """The dialog in front of everything."""
        return self.page.locator("#dialog")

    def opens(self, where: Locator, button: str) -> Locator:
        """Press a button that opens a dialog."""
        press(where, button)
        expect(self.dialog).to_be_visible()
        return self.dialog

    def sends(self, button: str) -> None:
        """Press a button of the dialog; it says thank you or closes, and is closed afterwards."""
        press(self.dialog, button)
        thanks = self.dialog.locator(".dialog-message")
        expect(thanks.or_(self.page.locator("#dialog:not([open])")).first).to_be_attached()
        if thanks.is_visible():
            self.dialog.locator(".dialog-body .primary").click()
        expect(self.dialog).to_be_hidden()

    def reads_well(self) -> None:
        """Fail when anything has to be moved sideways to be read, or a sentence has a hole where a value belongs."""
        wide = self.page.evaluate(TOO_WIDE)
        assert wide == [], wide
        holes = HOLE.findall(self.page.locator("body").inner_text())
        assert holes == [], holes

    def picture(self, name: str, what: Locator | None = None) -> None:
        """Keep what is seen now, or one part of it, under ``build/screenshots``."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        path = PICTURES / f"{name}.png"
        if what is None:
            self.page.screenshot(path=path)
            return
        for _ in range(REDRAWS):
            # A card that is redrawn while it is photographed leaves the page; the new one stands in the same place.
            with suppress(Error):
                what.screenshot(path=path)
                return
        what.screenshot(path=path)


@dataclass(frozen=True)
class Thread:
    """A message of the channel with what was answered to it."""

    whole: Locator

    @property
    def card(self) -> Locator:
        """The card itself."""
        return self.whole.locator("> .message")

    @property
    def replies(self) -> Locator:
        """The answers."""
        return self.whole.locator(".replies")


def button(where: Locator, name: str) -> Locator:
    """A button by exactly what is written on it."""
    return where.get_by_role("button", name=re.compile(rf"^{re.escape(name)}$"))


def press(where: Locator, name: str) -> None:
    """Press a button."""
    button(where, name).first.click()


def labelled(where: Locator, label: str) -> Locator:
    """An input by its label; a star behind it says that it is required."""
    return where.get_by_label(re.compile(rf"^{re.escape(label)}(\s*\*)?$")).first
