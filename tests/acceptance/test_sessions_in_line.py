"""Several sessions handled from one phone: named, quoted, copied, interrupted, put in order."""

from __future__ import annotations

from pathlib import Path

from bot.simulator.model_replies import Hang, Say, UseTool
from tests.harness import Json, Phone, actions_of, text_of, town


async def said_ids(phone: Phone) -> list[str]:
    """LINE's ids of what came, in order."""
    return [str(one.data["messageId"]) for one in phone.platform.accepted(phone.user)]


async def card(phone: Phone, command: str) -> Json:
    await phone.say(command)
    return await phone.next()


async def test_who_quotes_an_answer_or_names_a_session_is_heard_there(tmp_path: Path) -> None:
    async with town(tmp_path, "haru") as here, here.denrei():
        haru = here.phone("haru")
        await haru.ask("/new first task")
        await haru.ask("/name api")
        await haru.ask("/new second task")
        answer = (await said_ids(haru))[0]
        await haru.platform.say(haru.user, "[quoting]", quoted_message_id=answer)
        await haru.next()
        await haru.ask("@api [named]")
        await haru.ask("[current]")

        knew = {
            prompt: here.model.seen(prompt)[0].request.earlier_prompts
            for prompt in ("[quoting]", "[named]", "[current]")
        }
        assert knew == {
            "[quoting]": ("first task",),
            "[named]": ("first task", "[quoting]"),
            "[current]": ("second task",),
        }


async def test_a_copy_knows_the_conversation_and_a_retry_asks_again(tmp_path: Path) -> None:
    async with town(tmp_path, "haru") as here, here.denrei():
        haru = here.phone("haru")
        await haru.ask("/new first task")
        await haru.ask("/fork [copied]")
        await haru.ask("/use 1")
        await haru.ask("/retry")

        assert here.model.seen("[copied]")[0].request.earlier_prompts == ("first task",)
        assert [one.request.earlier_prompts for one in here.model.seen("first task")][-1] == (
            "first task",
        )
        listed = await card(haru, "/sessions")
        assert "first task (copy)" in text_of(listed)
        log = await haru.ask("/log")
        assert log.count("first task") >= 2


async def test_an_interrupt_lets_the_next_prompt_run_and_the_queue_is_put_in_order(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, "haru") as here, here.denrei():
        here.model.on("[long]", Hang())
        haru = here.phone("haru")
        await haru.say("/new [long]")
        await here.model.wait_for("[long]")
        for prompt in ("[a]", "[b]", "[c]"):
            await haru.say(prompt)
        queue = await card(haru, "/queue")
        labels = actions_of(queue)
        await haru.tap(queue, next(label for label in labels if label.startswith("Next")))
        await haru.next()
        steps = await card(haru, "/tail")
        await haru.tap(steps, "Interrupt")
        told = text_of(await haru.next())
        answers = [text_of(await haru.next()) for _ in range(3)]

        assert "waits and runs" in told or "wait and run" in told
        assert len(answers) == 3
        asked = [here.model.seen(prompt)[0].request.earlier_prompts for prompt in ("[b]", "[a]")]
        assert asked == [("[long]",), ("[long]", "[b]")]


async def test_in_plan_mode_nothing_is_written_and_accepting_edits_asks_nobody(
    tmp_path: Path,
) -> None:
    async with town(tmp_path, "haru") as here, here.denrei():
        for prompt, name in (("[plan]", "planned.txt"), ("[edit]", "edited.txt")):
            write = {"file_path": str(here.workspace / name), "content": "hi"}
            here.model.on(prompt, UseTool(tool="Write", tool_input=write), Say(text="so be it"))
        haru = here.phone("haru")
        await haru.ask("/new hello")
        await haru.ask("/mode plan")
        planned = await haru.ask("[plan]")
        await haru.ask("/mode acceptEdits")
        edited = await haru.ask("[edit]")

        assert (planned, edited) == ("so be it", "so be it")
        assert not (here.workspace / "planned.txt").exists()
        assert (here.workspace / "edited.txt").read_text() == "hi"
