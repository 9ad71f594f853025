"""What the net for unknown programs looks for, and whose arguments are texts and not commands."""

from __future__ import annotations

import re

from orchestrator_core.guard.tables.names import names

#: Their arguments are patterns, messages or prompts, or have readers of their own.
TEXTUAL = names(
    "echo printf grep rg ag ack sed awk jq yq git gh glab find cat test [ [[ expr logger say"
    " notify-send cowsay figlet espeak man tldr which type whatis apropos whereis info help"
    " shellcheck shfmt cspell codespell claude codex gemini aider llm ollama zenity dialog"
    " whiptail osascript explainshell export declare local readonly typeset unset : = > >> < true"
    " false ls pytest jest vitest mocha ava tap rspec phpunit ctest cypress playwright behave"
    " python node perl ruby php lua luajit R Rscript tclsh bun deno docker kubectl ssh lxc"
    " curl wget http xh let wc cut tr diff sort head tail basename dirname alias code open"
)
#: The value behind them is a text for people, or a pattern.
TEXT_OPTIONS = names(
    "-m --message --title --body -k -t --grep --filter -run --tests --testNamePattern --notes"
    " --description --desc --comment --summary --subject --label --name -n --search --query-text"
    " --text --prompt --header -H"
)
#: Those that only look at the shell's texts, but whose statements of databases count.
STATEMENT_TOO = names("curl wget http xh python rails rake flask nc telnet php")
#: They read files, or keep, format or check them.
READERS = names(
    "cp mv rm tee chmod chown touch mkdir ln less more diff tar zip scp rsync prettier eslint"
    " black ruff isort mypy markdownlint git-add stat file md5sum sha256sum install xxd od"
    " base64 gzip bat nl tac rev strings vim nano emacs tsc rustfmt gofmt clang-format sqlfluff"
)
#: What they are told is read as statements elsewhere, texts in them told apart.
SPEAKING_SQL = names("psql mysql sqlite3")
#: Programs that do what they are told by their input.
FED = names(
    "m4 bc dc expect ocaml nim ghci ftp gnuplot xonsh nu elvish ansible-console task just rake"
    " lldb gdb vim ed cmake gradle psql mysql sqlite3 lftp mail scala-cli crystal zx gp"
)

_STARTERS = (
    "rm|rmdir|unlink|shred|dd|truncate|mkfs[.\\w]*|chmod|chown|mv|git|sh|bash|zsh|dash|ksh|sudo"
    "|doas|curl|wget|nc|kill|pkill|killall|shutdown|reboot|dropdb|find|xargs|python3?|perl|ruby"
    "|node|kubectl|docker|terraform|npm|aws|tee|env|psql|mysql|redis-cli"
)
STARTER = re.compile(rf"(?:[\w./]*/)?(?:{_STARTERS})")
#: A command inside a text, up to the end of its line.
COMMAND = re.compile(rf"(?<![\w.$@%~/-])(?:[\w./]*/)?(?:{_STARTERS})(?:[ \t]|\$\{{?IFS)")
#: `rm,-rf,src` and `rm;-rf;src`: lists of words.
LISTED = re.compile(r"(?:^|[=:,])((?:[\w./]*/)?(?:rm|shred|dd|sh|bash)([,;])-[^\s]+)")
#: A value that is nothing but the name of a program that destroys.
ALONE = re.compile(r"-[^=]*=(?:\w*/)*(?:rm|shred|dd|unlink|mkfs[.\w]*)")

#: Calls that delete, write or start something in whatever language.
CALLS = re.compile(
    r"\brmtree\b|\brm_rf\b|\brmSync\b|removeSync|unlinkSync|deleteDir\b|delete-tree"
    r"|removeDirectoryRecursive|\bdel_dir(?:_r)?\b|deleteSync\(|RemoveAll|remove_dir_all|fs::remove_file|remove_tree|removeItem"
    r"|delete-directory|delete-file|deleteRecursively|os\.(?:remove|unlink)\b|\bunlink\s*\("
    r"|Sys\.(?:remove|command)|os\.execute|writefile\s*\(|write-region|FileUtils\.rm|File\.delete"
    r"|Deno\.remove|\bdelete\s*\(\s*['\"]"
    # Ant's tasks.
    r"|<delete\s[^>]*\b(?:dir|file|includeemptydirs)\s*=|<(?:exec|apply)\s[^>]*\bexecutable\s*="
    r"|<sshexec\s"
)
#: Variables whose value some program runs, or loads code by.
RUN_VARIABLE = re.compile(
    r"\w*(?:PAGER|EDITOR|BROWSER|COMMAND|CMD|HOOK|RUNNER|WRAPPER|LAUNCHER|SHELL|DIFF"
    r"|OPTS|OPTIONS|FLAGS|ARGS|INIT|ASKPASS|PROGRAM|RSH|SSH|VISUAL|TERMINAL|EDIT|OPEN|CLOSE|EXEC"
    r"|CC|CXX|LD|AR|RM|MAKE|LINKER|HANDLER|FILTER|PREPROC|RUSTC|RUSTDOC|FMT|CALLBACK|PS[0-4])"
)
#: What these read where they stand, without being told.
DEFAULT_FILES = {
    "make": names("Makefile makefile GNUmakefile"),
    "cmake": names("CMakeLists.txt CMakePresets.json"),
    "just": names("Justfile justfile .justfile"),
    "task": names("Taskfile.yml Taskfile.yaml"),
    "gradle": names("build.gradle build.gradle.kts settings.gradle init.gradle"),
    "gradlew": names("build.gradle build.gradle.kts settings.gradle"),
    "rake": names("Rakefile rakefile"),
    "ant": names("build.xml"),
    "mvn": names("pom.xml"),
    "tox": names("tox.ini"),
    "nox": names("noxfile.py"),
    "cargo": names("build.rs .cargo/config.toml"),
    "vagrant": names("Vagrantfile"),
    "pre-commit": names(".pre-commit-config.yaml"),
    "invoke": names("tasks.py"),
    "foreman": names("Procfile"),
    "honcho": names("Procfile"),
    "lint-staged": names(".lintstagedrc package.json"),
    **dict.fromkeys(("npm", "yarn", "pnpm", "bun", "npx"), names("package.json")),
}
#: Endings of files that are read by people or pages.
READ = (".md", ".txt", ".rst", ".html", ".css", ".csv", ".svg", ".adoc")
