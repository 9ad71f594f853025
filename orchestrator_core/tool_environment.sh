# Sourced before every command that Claude runs: what only Claude may know ends here.
unset ANTHROPIC_API_KEY CLAUDE_CODE_OAUTH_TOKEN
