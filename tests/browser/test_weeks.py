"""The week's hours by clicking: the card comes on Friday, is filled in on a phone, repeated with one click, undone."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING

import httpx
import pytest
from playwright.sync_api import expect

from bot.demo.cast import Cast
from bot.demo.prologue import prepare
from bot.demo.stage import raised
from bot.demo.story import BEGINS
from tests.browser.test_story_after_go import decided
from tests.browser.windows import PHONE, People, button, fr, press

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Locator

    from bot.demo.stage import Stage
    from tests.browser.windows import Window

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def monday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A stage of our own, on a Monday whose weeks have no public holiday: its clock is put forward."""
    with raised(tmp_path_factory.mktemp("weeks"), begins=BEGINS) as stage:
        # Playwright holds the event loop of this thread.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _prologue(stage)).result()
        yield stage


async def _prologue(stage: Stage) -> None:
    async with httpx.AsyncClient(timeout=30.0, trust_env=False) as client:
        await prepare(Cast(stage.sandbox_url, client))


@pytest.fixture
def people(monday: Stage, browser: Browser) -> Iterator[People]:
    """As everywhere, on the stage of this module."""
    everybody = People(browser, monday.page)
    yield everybody
    everybody.leave()
    assert everybody.complaints == []


MONDAY, FRIDAY = 1, 5


def forward(window: Window, weekday: int) -> None:
    """Press the page's button, which goes to the next Monday morning or Friday afternoon, until it is that day."""
    for _ in range(2):
        with window.page.expect_response(
            lambda answer: answer.url.endswith("/_clock") and answer.request.method == "POST"
        ) as moved:
            window.page.locator("#forward").click()
        if datetime.fromisoformat(moved.value.json()["now"]).isoweekday() == weekday:
            return
    raise AssertionError("The clock did not get there.")


def hours_in(card: Locator, number: str) -> Locator:
    """The input of an offer."""
    return card.locator(
        f".ac-input-container:has(label:has-text('{number}')) input, label:has-text('{number}') ~ * input"
    ).first


def test_a_week_is_answered_on_a_phone_and_the_next_one_with_one_click(monday: Stage, people: People) -> None:
    number = decided(monday, "THERMAL PROTECTION OF A LUNAR LANDER - EXPRO+")
    clock = people.window("key_user", place="Offerdesk")
    forward(clock, FRIDAY)
    manager = people.window("project_manager", place="Offerdesk", size=PHONE)
    week = manager.last_card(fr("hours.title", first="23", last="29 nov."))
    manager.reads_well()
    manager.picture("40-week-open-phone", week)
    hours_in(week, number).fill("7h20")
    press(week, fr("hours.button_final"))
    expect(week).to_contain_text("7,25")
    expect(hours_in(week, number)).to_have_value("7h20")
    manager.picture("41-week-refused-phone", week)
    hours_in(week, number).fill("12,5")
    press(week, fr("hours.button_final"))
    expect(week).to_contain_text(fr("hours.said_total", hours="12,5\xa0h"))
    expect(button(week, fr("hours.button_undo"))).to_be_visible()
    manager.reads_well()
    manager.picture("42-week-answered-phone", week)
    press(week, fr("hours.button_undo"))
    expect(button(week, fr("hours.button_final"))).to_be_visible()
    hours_in(week, number).fill("12,5")
    press(week, fr("hours.button_final"))
    forward(clock, MONDAY)
    reminded = people.window("sales_lead", place="Offerdesk", theme="dark")
    reminder = reminded.last_card(number, fr("hours.button_none"))
    reminded.picture("43-reminder", reminder)
    press(reminder, fr("hours.button_none"))
    expect(reminder).to_contain_text(fr("hours.said_none"))
    forward(clock, FRIDAY)
    following = manager.last_card(fr("hours.title", first="30 nov.", last="6 déc."))
    manager.picture("44-week-prefilled-phone", following)
    press(following, fr("hours.button_same"))
    expect(following).to_contain_text(fr("hours.said_total", hours="12,5\xa0h"))
    told = manager.asks(f"heures {number}")
    expect(told).to_contain_text("25\xa0h")
    manager.reads_well()
    manager.picture("45-hours-of-an-offer-phone", told)
