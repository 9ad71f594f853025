"""From a LINE message to the model's server seeing the prompt, on a warm session."""

from __future__ import annotations

import asyncio
import statistics
from pathlib import Path

from bot.simulator.line_platform import LinePlatform
from bot.simulator.model_script import ScriptedModel
from bot.simulator.model_server import model_app
from bot.simulator.server import serve
from tests.benchmarks.processes import OWNER, SECRET, TOKEN, denrei, resident_megabytes

TURNS = 40


def report(folder: Path) -> None:
    home = folder / "latency"
    home.mkdir()
    waits, megabytes = asyncio.run(measure(home))
    print(f"LINE message to the model's server, warm session, {len(waits)} turns")
    print(
        f"  p50 {statistics.median(waits):.1f} ms   p95 {waits[int(len(waits) * 0.95)]:.1f} ms"
        f"   most {waits[-1]:.1f} ms   (aim: under 50 ms)"
    )
    print(f"  Denrei itself holds {megabytes:.0f} MB, each warm Claude about 190 MB more\n")


async def measure(folder: Path) -> tuple[list[float], float]:
    """Milliseconds of each turn, sorted; and the resident megabytes of the Denrei process."""
    model = ScriptedModel()
    platform = LinePlatform(channel_secret=SECRET, channel_access_token=TOKEN, monthly_quota=None)
    async with (
        platform.serve() as line_url,
        serve(model_app(model)) as model_url,
        denrei(folder, line_url=line_url, model_url=model_url) as started,
    ):
        platform.webhook_url = f"http://127.0.0.1:{started.port}/line/webhook"
        await _turn(platform, model, "warm up 0", answers=1)
        await _turn(platform, model, "warm up 1", answers=2)
        waits = [
            await _turn(platform, model, f"prompt {n} end", answers=n + 3) for n in range(TURNS)
        ]
        return sorted(waits), resident_megabytes(started.pid)


async def _turn(platform: LinePlatform, model: ScriptedModel, text: str, *, answers: int) -> float:
    begun = asyncio.get_running_loop().time()
    await platform.say(OWNER, text)
    seen = await model.wait_for(text)
    await platform.wait_for_messages(OWNER, answers)
    return (seen.loop_time - begun) * 1000
