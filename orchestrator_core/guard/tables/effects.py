"""Which of a program's operands it writes, deletes or changes."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator_core.guard.tables.names import names


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """`kind` is write, delete, move, change or copy. `which` picks operands: all, last, rest (all
    but the first), before (all but the last), or none. `options` name values that are written,
    `unless` and `only` options that the effect hangs on."""

    kind: str
    which: str = "all"
    options: str = ""
    only: str = ""
    unless: str = ""
    recursive: str = ""
    after: str = ""


_WRITE = Effect(kind="write")
_LAST = Effect(kind="write", which="last", options="-t|--target-directory")

EFFECTS: dict[str, tuple[Effect, ...]] = {
    ">": (_WRITE,),
    ">>": (_WRITE,),
    "rm": (Effect(kind="delete", recursive="-r|-R|--recursive"),),
    "rmdir": (Effect(kind="delete"),),
    "unlink": (Effect(kind="delete"),),
    "shred": (Effect(kind="delete"),),
    "trash": (Effect(kind="delete", recursive="always"),),
    "trash-put": (Effect(kind="delete", recursive="always"),),
    "trash-cli": (Effect(kind="delete", recursive="always"),),
    "rimraf": (Effect(kind="delete", recursive="always"),),
    "del-cli": (Effect(kind="delete", recursive="always"),),
    "del": (Effect(kind="delete", recursive="always"),),
    "rd": (Effect(kind="delete", recursive="always"),),
    "Remove-Item": (Effect(kind="delete", recursive="always"),),
    "shx": (Effect(kind="delete", recursive="always", after="rm"),),
    "mv": (Effect(kind="move", which="before"), _LAST),
    "cp": (_LAST,),
    "install": (_LAST,),
    "ln": (_LAST,),
    "link": (_LAST,),
    "ditto": (_LAST,),
    "rsync": (
        Effect(kind="write", which="last"),
        Effect(kind="delete", which="last", only="--delete|--delete-*|--del", recursive="always"),
        Effect(kind="move", which="before", only="--remove-source-files"),
    ),
    "scp": (_LAST,),
    "tee": (_WRITE,),
    "sponge": (_WRITE,),
    "touch": (_WRITE,),
    "mkdir": (_WRITE,),
    "mkfifo": (_WRITE,),
    "mknod": (Effect(kind="write", which="first"),),
    "truncate": (_WRITE,),
    "fallocate": (_WRITE,),
    "split": (Effect(kind="write", which="rest"),),
    "sed": (Effect(kind="write", which="edited", only="-i|--in-place"),),
    "perl": (Effect(kind="write", only="-i"),),
    "ruby": (Effect(kind="write", only="-i"),),
    "chmod": (Effect(kind="change", which="rest", recursive="-R|--recursive"),),
    "chown": (Effect(kind="own", which="rest", recursive="-R|--recursive"),),
    "chgrp": (Effect(kind="own", which="rest", recursive="-R|--recursive"),),
    "tar": (
        Effect(kind="write", which="none", options="-C|--directory", only="-x|--extract|--get"),
        Effect(kind="write", which="none", options="-f|--file", only="-c|--create|-r|-u"),
        Effect(kind="delete", only="--remove-files", recursive="always"),
    ),
    "make": (Effect(kind="write", which="none", options="-C|--directory"),),
    "strace": (Effect(kind="write", which="none", options="-o"),),
    "unzip": (Effect(kind="write", which="none", options="-d"),),
    "zip": (Effect(kind="write", which="first"),),
    "7z": (Effect(kind="write", which="none", options="-o"),),
    "curl": (Effect(kind="write", which="none", options="-o|--output|--output-dir|-c|-D"),),
    "wget": (Effect(kind="write", which="none", options="-O|-P|-o|--output-document|-a"),),
    "aria2c": (Effect(kind="write", which="none", options="-d|-o|--dir"),),
    "git": (
        Effect(kind="write", which="last", after="clone"),
        Effect(kind="delete", after="rm", unless="--cached|-n|--dry-run", recursive="-r"),
        Effect(kind="move", after="mv"),
        Effect(kind="write", after="checkout"),
        Effect(kind="write", after="restore", unless="--staged|-S"),
        Effect(kind="write", after="stash"),
        Effect(kind="write", which="none", options="--output|-o|--directory"),
        Effect(kind="write", which="none", options="-f|--file"),
    ),
    "pandoc": (Effect(kind="write", which="none", options="-o|--output"),),
    "dot": (Effect(kind="write", which="none", options="-o"),),
    "ctags": (Effect(kind="write", which="none", options="-f|-o"),),
    "cpio": (Effect(kind="write", which="none", options="-D|--directory|-O"),),
    "unsquashfs": (Effect(kind="write", which="none", options="-d|-dest"),),
    "zipfile": (Effect(kind="write", which="last", only="-e|--extract"),),
    "tarfile": (Effect(kind="write", which="last", only="-e|--extract"),),
    "magick": (_LAST,),
    "debootstrap": (Effect(kind="write", which="rest"),),
    "qemu-img": (Effect(kind="write", which="last", after="convert"),),
    "awk": (Effect(kind="write", which="rest", only="-i"),),
    "npm": (Effect(kind="write", which="none", options="--prefix"),),
    "pip": (Effect(kind="write", which="none", options="-d|--dest"),),
    "gem": (Effect(kind="write", which="none", options="--install-dir|-i|-n|--bindir"),),
    "cmake": (
        Effect(kind="delete", after="remove_directory", recursive="always"),
        Effect(kind="delete", after="rm", recursive="-r|-R"),
        Effect(kind="delete", after="remove"),
    ),
    "chattr": (Effect(kind="own", which="rest"),),
    "sqlite3": (Effect(kind="write", which="first"),),
    "pg_dump": (Effect(kind="write", which="none", options="-f|--file"),),
    "mysqldump": (Effect(kind="write", which="none", options="-r|--result-file"),),
    "ssh-keygen": (Effect(kind="write", which="none", options="-f"),),
    "openssl": (Effect(kind="write", which="none", options="-out|-keyout"),),
    "gcc": (Effect(kind="write", which="none", options="-o"),),
    "go": (Effect(kind="write", which="none", options="-o"),),
    "patch": (Effect(kind="write", which="first"),),
    "ed": (_WRITE,),
    "vim": (_WRITE,),
    "nano": (_WRITE,),
    "emacs": (_WRITE,),
    "code": (),
    "script": (Effect(kind="write", which="first", unless="-c"),),
    "mkisofs": (Effect(kind="write", which="none", options="-o"),),
    "sort": (Effect(kind="write", which="none", options="-o|--output"),),
    "uniq": (Effect(kind="write", which="rest"),),
    "yq": (Effect(kind="write", which="rest", only="-i|--inplace"),),
    "jq": (),
    "virtualenv": (_WRITE,),
    "prettier": (Effect(kind="write", only="--write|-w"),),
    "eslint": (Effect(kind="write", only="--fix"),),
    "black": (Effect(kind="write", unless="--check|--diff"),),
    "gpg": (Effect(kind="write", which="none", options="-o|--output"),),
    "convert": (_LAST,),
    "ffmpeg": (_LAST,),
    "Set-Content": (Effect(kind="write", which="first"),),
    "Out-File": (Effect(kind="write", which="first"),),
}
#: Directories that tools make anew.
MADE = names(
    "node_modules dist build out target .next .nuxt .cache __pycache__ .pytest_cache"
    " .mypy_cache .ruff_cache .tox .nox .venv venv env coverage htmlcov .coverage .nyc_output"
    " .turbo .parcel-cache .gradle .eggs tmp temp logs log bin obj .terraform vendor"
    " .svelte-kit .angular .vite generated public storybook-static playwright-report"
    " test-results reports artifacts .hypothesis"
)
#: Files that people write, as patterns.
WRITTEN = frozenset(
    f"*.{one}"
    for one in names(
        "py js ts tsx jsx go rs java kt c h cc cpp hpp rb php swift scala cs ex exs sql vue"
        " svelte html css scss md yml yaml toml sh"
    )
)
#: Directories that people fill.
SOURCES = names(
    "src source sources lib libs app apps test tests spec specs docs doc packages pkg internal"
    " cmd include migrations scripts config configs components pages server client backend"
    " frontend api assets data db database models views templates static services modules core"
    " .github"
)
