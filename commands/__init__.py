"""What a person can ask for in the chat: one file per command. Knows no LINE and no SQL."""
