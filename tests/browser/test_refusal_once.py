"""A refusal is said in one place: under the card whose button was pressed, not in a passing box as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.test_moments import voting
from tests.browser.windows import button, fr, press

if TYPE_CHECKING:
    from tests.browser.windows import People

pytestmark = pytest.mark.browser


def test_a_refusal_is_shown_once(people: People) -> None:
    number, _thread = voting(people.window("sales_lead"))
    engineer = people.window("engineer")
    card = engineer.thread(number).card
    press(card, fr("decisions.button_go"))
    expect(card.locator(".note")).to_contain_text("CTO")
    expect(engineer.page.locator(".toast")).to_have_count(0)
    # A dialog that is refused has no card of its own to write under.
    press(card, fr("decisions.button_no_go"))
    expect(engineer.page.locator(".toast")).to_have_count(1)
    expect(button(card, fr("decisions.button_go"))).to_be_visible()
