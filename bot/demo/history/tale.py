"""One offer's rows and trail as the services would have left them: stages, outcome and probabilities in step."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from bot.config.models import StageType
from bot.offers.models import Offer, Outcome, StageStep
from bot.records.fields import as_text

if TYPE_CHECKING:
    from random import Random

    from bot.config.models import Company
    from bot.demo.history.store import Row, Store

MORNING = time(8, 0, tzinfo=UTC)
MINUTES = 8 * 60


class Tale:
    """What happened to one offer so far. Moments only go forward."""

    def __init__(self, store: Store, chance: Random, company: Company, row: Row) -> None:
        """``row``: the offer's, as it was opened."""
        self.store, self.chance, self.company, self.row = store, chance, company, row
        self.id: int = row["id"]
        self.owner: int = row["owner_id"]
        self._last: datetime = row["opened_at"]

    def at(self, day: date) -> datetime:
        """A moment of that day, after the one before."""
        moment = datetime.combine(day, MORNING) + timedelta(minutes=self.chance.randrange(MINUTES))
        self._last = max(moment, self._last + timedelta(minutes=1))
        return self._last

    def tell(
        self, now: datetime, action: str, actor_id: int | None, *, before: Row | None = None, after: Row | None = None
    ) -> None:
        """An event of the offer itself."""
        self.store.trail(now, action, "offer", self.id, actor_id, before=before, after=after)

    def touch(self, now: datetime, actor_id: int | None) -> None:
        """The offer changed."""
        self.row["revision"] += 1
        self.row["updated_at"], self.row["updated_by_id"] = now, actor_id

    def edit(self, now: datetime, actor_id: int | None, **values: Any) -> None:  # noqa: ANN401  fields of the offer
        """Set fields of the offer."""
        before = {name: as_text(self.row[name]) for name in values}
        after = {name: as_text(value) for name, value in values.items()}
        changed = {name for name in values if before[name] != after[name]}
        if not changed:
            return
        self.row.update(values)
        self.touch(now, actor_id)
        self.tell(
            now,
            "offer.edited",
            actor_id,
            before={name: before[name] for name in before if name in changed},
            after={**{name: after[name] for name in after if name in changed}, "revision": self.row["revision"]},
        )

    def enter(self, now: datetime, stage: str | StageType, cause: str, actor_id: int | None) -> Row:
        """Enter a stage, by its code or the first of a type, with its probabilities; gives the step."""
        found = self.company.stages
        place = found.of_type(stage) if isinstance(stage, StageType) else found.by_code(stage)
        assert place is not None  # noqa: S101  the built-in stages have every type
        before, self.row["stage"] = self.row["stage"], place.code
        self.touch(now, actor_id)
        step = self.store.add(
            StageStep,
            offer_id=self.id,
            stage=place.code,
            entered_at=now,
            entered_on=now.date(),
            cause=cause,
            actor_id=actor_id,
        )
        after = {"stage": place.code, "cause": cause, "revision": self.row["revision"]}
        self.tell(now, "offer.stage", actor_id, before={"stage": before}, after=after)
        given = {"launch_probability": place.launch, "success_probability": place.success}
        self.edit(now, actor_id, **{name: value for name, value in given.items() if value is not None})
        return step

    def end(self, now: datetime, outcome: Outcome, actor_id: int | None) -> None:
        """Say how it ended."""
        before, self.row["outcome"] = self.row["outcome"], outcome
        self.row["ended_on"] = now.date()
        self.touch(now, actor_id)
        self.tell(
            now,
            "offer.outcome",
            actor_id,
            before={"outcome": before.value},
            after={"outcome": outcome.value},
        )

    def entry(
        self,
        now: datetime,
        model: type[Any],
        actor_id: int,
        number: int,
        **values: Any,  # noqa: ANN401  fields of the record
    ) -> Row:
        """A record that hangs on the offer, the ``number``-th of its kind."""
        row = self.store.add(
            model,
            offer_id=self.id,
            number=number,
            created_at=now,
            created_by_id=actor_id,
            updated_at=now,
            updated_by_id=actor_id,
            **values,
        )
        after = {"offer": self.id, **{name: as_text(value) for name, value in values.items() if value is not None}}
        subject = model.__tablename__
        self.store.trail(now, f"{subject}.added", subject, row["id"], actor_id, after=after)
        self.touch(now, actor_id)
        return row


def opened(store: Store, chance: Random, company: Company, day: date, **values: Any) -> Tale:  # noqa: ANN401
    """A new offer in the first stage; ``values``: ``chrono``, ``title``, ``owner_id`` and what else is known."""
    now = datetime.combine(day, MORNING) + timedelta(minutes=chance.randrange(60))
    stage = company.stages.of_type(StageType.FIRST_STAGE)
    assert stage is not None  # noqa: S101  the built-in stages have every type
    row = store.add(
        Offer,
        stage=stage.code,
        opened_at=now,
        opened_on=day,
        opened_by_id=values["owner_id"],
        launch_probability=stage.launch,
        success_probability=stage.success,
        updated_at=now,
        updated_by_id=values["owner_id"],
        **values,
    )
    tale = Tale(store, chance, company, row)
    store.add(
        StageStep,
        offer_id=tale.id,
        stage=stage.code,
        entered_at=now,
        entered_on=day,
        cause="person",
        actor_id=tale.owner,
    )
    after = {"chrono": row["chrono"], "title": row["title"], "tender": row["tender_id"], "stage": stage.code}
    tale.tell(now, "offer.opened", tale.owner, after=after)
    return tale


def round_amount(amount: float) -> Decimal:
    """An amount as people name it: in steps of 500."""
    return Decimal(max(1, round(amount / 500)) * 500)
