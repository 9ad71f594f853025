# Sourced before every command that Claude runs: what only Claude may know ends here.
unset ANTHROPIC_API_KEY CLAUDE_CODE_OAUTH_TOKEN
# As one text for eval: not every shell splits a variable into words.
[ -z "${DENREI_HIDDEN_FROM_TOOLS:-}" ] || eval "unset DENREI_HIDDEN_FROM_TOOLS ${DENREI_HIDDEN_FROM_TOOLS}"
