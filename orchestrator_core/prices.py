"""What a call of the model costs at list price; the only importer of genai-prices.

Its prices lie in the package: nothing is asked of the network.
"""

from __future__ import annotations

from decimal import Decimal

from orchestrator_core.model import Spent, Tokens

_DIGITS = Decimal("1e-9")
#: Anthropic's prices for the kinds of tokens stand in this proportion to each other, whatever
#: the model. https://platform.claude.com/docs/en/about-claude/pricing
_WEIGHTS = {"input": 100, "output": 500, "cache_read": 10, "cache_write": 125}


def list_price(model: str, tokens: Tokens) -> Decimal | None:
    """In US dollars; None for a model that is not listed."""
    from genai_prices import Usage, calc_price  # noqa: PLC0415 - costs a tenth of a second

    usage = Usage(
        # The library counts what went through the cache as input, too.
        input_tokens=tokens.input + tokens.cache_read + tokens.cache_write,
        output_tokens=tokens.output,
        cache_read_tokens=tokens.cache_read,
        cache_write_tokens=tokens.cache_write,
    )
    try:
        price = calc_price(usage, model_ref=model, provider_id="anthropic")
    except LookupError:
        return None
    return Decimal(price.total_price).quantize(_DIGITS)


def price_at_rate(tokens: Tokens, rate: Spent) -> Decimal | None:
    """What the tokens cost where others of the same model cost that; None: there were none."""
    weight = _weight(rate.tokens)
    return (rate.usd * _weight(tokens) / weight).quantize(_DIGITS) if weight else None


def _weight(tokens: Tokens) -> int:
    return sum(int(getattr(tokens, kind)) * weight for kind, weight in _WEIGHTS.items())
