"""The rival: a webhook on FastAPI with line-bot-sdk's own parser, the usual way to begin.

It verifies and parses like Denrei, stores nothing, and answers nothing to LINE.
"""

from __future__ import annotations

import os
import sys

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from linebot.v3 import WebhookParser
from linebot.v3.exceptions import InvalidSignatureError
from linebot.v3.webhooks import MessageEvent, TextMessageContent

app = FastAPI()
parser = WebhookParser(os.environ["LINE_CHANNEL_SECRET"])


@app.post("/line/webhook")
async def callback(request: Request) -> str:
    signature = request.headers["X-Line-Signature"]
    body = (await request.body()).decode()
    try:
        events = parser.parse(body, signature)
    except InvalidSignatureError:
        raise HTTPException(status_code=400, detail="Invalid signature") from None
    texts = [
        event.message.text
        for event in events
        if isinstance(event, MessageEvent) and isinstance(event.message, TextMessageContent)
    ]
    return "OK" if texts else "nothing"


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
