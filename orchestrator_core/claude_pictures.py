"""A prompt with pictures, as Claude Code takes it on its input. No I/O."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Sequence

from orchestrator_core.model import JsonObject
from orchestrator_core.ports import Picture

#: What Claude Code may be asked with.
Asked = str | AsyncIterator[JsonObject]


def asked_with(prompt: str, pictures: Sequence[Picture]) -> Asked:
    return _in_blocks(prompt, pictures) if pictures else prompt


async def _in_blocks(prompt: str, pictures: Sequence[Picture]) -> AsyncIterator[JsonObject]:
    """The one message. The words come last, as the model reads pictures best before them."""
    shown = [
        {
            "type": "image",
            "source": {
                "type": "base64",
                "media_type": one.media_type,
                "data": base64.b64encode(one.content).decode(),
            },
        }
        for one in pictures
    ]
    content = [*shown, {"type": "text", "text": prompt}]
    yield {
        "type": "user",
        "message": {"role": "user", "content": content},
        "parent_tool_use_id": None,
    }
