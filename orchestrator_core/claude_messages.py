"""Reads what Claude Code tells in plain data. Knows the names in it, and no SDK."""

from __future__ import annotations

from typing import Any

from orchestrator_core.agent_events import ApiRetried, Finished
from orchestrator_core.claude_costs import CostReport, TurnCost
from orchestrator_core.model import Counter, JsonObject


def retried(data: JsonObject) -> ApiRetried:
    return ApiRetried(
        attempt=data["attempt"],
        max_attempts=data["max_retries"],
        delay_ms=round(data["retry_delay_ms"]),
        status=data.get("error_status"),
    )


def cost_report(result: Any) -> CostReport:
    """Of the message that ends a turn."""
    return CostReport(
        total_usd=result.total_cost_usd,
        usage=result.usage or {},
        model_usage=result.model_usage or {},
    )


def finished(result: Any, cost: TurnCost, *, home: str, head: str | None) -> Finished:
    completed = result.terminal_reason in (None, "completed")
    return Finished(
        text=result.result or "",
        is_error=result.is_error,
        reason=result.subtype if completed else str(result.terminal_reason),
        cost_usd=cost.usd,
        reported_total_usd=cost.total_usd,
        usage={**(result.usage or {}), "model_usage": result.model_usage or {}},
        by_model=cost.by_model,
        counter=Counter(usd=cost.total_usd, home=home),
        head=head,
    )
