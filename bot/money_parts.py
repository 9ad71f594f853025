"""The parts that deal with money, made of what is open."""

from __future__ import annotations

from bot.charts import ChartLinks, chart_key
from bot.settings import Settings
from commands.budget import Budget
from commands.cost import Cost, PictureOf, no_picture
from commands.registry import Command
from orchestrator_core.books import Books
from orchestrator_core.budget import BudgetAlarm
from orchestrator_core.budgets import Budgets
from orchestrator_core.metering import Metering
from orchestrator_core.ports import Clock, Metrics, Store


def money_commands(settings: Settings, budgets: Budgets) -> tuple[Command, ...]:
    return Budget(budgets), Cost(budgets, _pictures(settings))


def metering(store: Store, alarm: BudgetAlarm, clock: Clock, metrics: Metrics) -> Metering:
    return Metering(
        store=store, books=Books(store=store), alarm=alarm, clock=clock, metrics=metrics
    )


def _pictures(settings: Settings) -> PictureOf:
    """None of them without an address where LINE's apps could fetch them."""
    if settings.denrei_public_url is None:
        return no_picture
    secret = settings.line_channel_secret.get_secret_value().encode()
    return ChartLinks(settings.denrei_public_url, chart_key(secret)).picture_of
