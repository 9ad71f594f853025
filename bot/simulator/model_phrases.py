"""What the demo's stand-in for Claude says, in English and Japanese. Data only.

These are lines of a play, not texts of Denrei: they are not in its catalogs.
"""

from __future__ import annotations

PHRASES = {
    "en": {
        "answer": (
            "You wrote: “{prompt}”\n\nI am the demo's stand-in for Claude: everything around me "
            "is real, only my words are scripted. Try one of these:\n\n"
            "- `write a haiku about rivers`\n- `run ls -la` (asks you first)\n"
            "- `create file hello.txt` (asks you first)\n- `list files`\n- `long`\n- `slow`"
        ),
        "again": "Message {count} of this conversation; the one before was “{before}”.",
        "before_run": "I would like to run this command.",
        "before_write": "I would like to write `{path}`.",
        "before_read": "Let me look at `{path}`.",
        "before_list": "Let me see what is here.",
        "file": "Hello from Denrei!\n",
        "tool_done": "Done. `{tool}` gave:\n\n```\n{text}\n```",
        "tool_done_silent": "Done. `{tool}` gave no output.",
        "tool_failed": "`{tool}` ended with an error:\n\n```\n{text}\n```",
        "tool_refused": "All right, I left it. `{tool}` was not allowed to run: {text}",
        "title": "A chat with the demo",
        "refusal": "The demo's model fails, as you asked.",
        "recovered": "Here I am again, after {count} refused calls.",
        "slow": "Step {number} of {count}: still thinking, calmly. ",
        "slow_end": "\nThere. Good things take their time.",
        "long_title": "# A long answer\n\n",
        "long_part": (
            "## Part {number}\n\nA gateway keeps a letter until it is delivered. Part {number} "
            "of this answer says so once more, so that the text grows long enough to be split "
            "into several messages, at the borders of paragraphs and of code.\n\n"
            "```python\ndef part_{number}(letters):\n    for letter in letters:\n"
            '        yield f"{number}: {{letter}}"\n```\n\n'
        ),
        "long_end": "That was the last part.",
        "topic": "the quiet morning",
    },
    "ja": {
        "answer": (
            "「{prompt}」ですね。\n\n私はデモ用の Claude の代役です。周りはすべて本物で、"
            "台詞だけが台本です。こんなことを試せます：\n\n"
            "- `川の俳句を書いて`\n- `実行 ls -la`（先に確認します）\n"
            "- `hello.txt を作成して`（先に確認します）\n- `ファイル一覧`\n"
            "- `長い文章`\n- `ゆっくり`"
        ),
        "again": "この会話では{count}通目です。ひとつ前は「{before}」でした。",
        "before_run": "このコマンドを実行したいです。",
        "before_write": "`{path}` を書きたいです。",
        "before_read": "`{path}` を見てみます。",
        "before_list": "ここに何があるか見てみます。",
        "file": "伝令からこんにちは。\n",
        "tool_done": "できました。`{tool}` の結果です：\n\n```\n{text}\n```",
        "tool_done_silent": "できました。`{tool}` の出力はありません。",
        "tool_failed": "`{tool}` はエラーで終わりました：\n\n```\n{text}\n```",
        "tool_refused": "わかりました、やめておきます。`{tool}` は許可されませんでした：{text}",
        "title": "デモとの会話",
        "refusal": "ご希望どおり、デモのモデルは失敗しました。",
        "recovered": "{count}回断られましたが、戻ってきました。",
        "slow": "{count}段のうち{number}段目、ゆっくり考えています。",
        "slow_end": "\nできました。急がば回れ、です。",
        "long_title": "# 長い答え\n\n",
        "long_part": (
            "## 第{number}節\n\n伝令は、手紙が届くまでそれを預かります。第{number}節でも同じことを"
            "もう一度述べて、段落とコードの切れ目でいくつかのメッセージに分けられるほど、"
            "この文章を長くしています。\n\n"
            "```python\ndef part_{number}(letters):\n    for letter in letters:\n"
            '        yield f"{number}: {{letter}}"\n```\n\n'
        ),
        "long_end": "以上です。",
        "topic": "朝",
    },
}

HAIKU = {
    "en": (
        "Thinking of {topic},\nthe evening holds its breath once.\nA bell, and then none.",
        "First light finds {topic}.\nA sparrow tries one small word\nand keeps it all day.",
        "Rain writes on the roof;\nunder it I hum softly\nan old song: {topic}.",
    ),
    "ja": (
        "静けさや\n{topic}を渡る\n風の音",
        "朝の窓\n{topic}ひとつ\n光りけり",
        "{topic}あり\n筆を休めて\n茶をすする",
    ),
}
