"""What a program writes, deletes and changes, judged by where that lies."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from itertools import pairwise, takewhile

from orchestrator_core.guard.checks import Case, Met
from orchestrator_core.guard.paths import Place, Zone
from orchestrator_core.guard.tables.effects import EFFECTS, MADE, SOURCES, WRITTEN, Effect
from orchestrator_core.guard.tables.paths import GUARDED, TEMPORARY

_WILDCARD = re.compile(r"[*?\[]")


def check_effects(case: Case) -> Met:
    for effect in EFFECTS.get(case.program, ()):
        if _holds(effect, case):
            for path in _paths(effect, case):
                yield from _met(effect, path, case)
    if case.program == "dd":
        for arg in case.args:
            if arg.startswith("of="):
                yield from written(arg[3:], case)
    if case.program == "find":
        yield from _found(case)


def written(path: str, case: Case) -> Met:
    for place in case.places_of(path, follow=case.program not in {"ln", "link", "mkdir"}):
        rule = _write_rule(place) or guarded(path, place, case)
        if rule:
            yield rule, path


def guarded(path: str, place: Place, case: Case) -> str | None:
    """The rule of a file that is not like others, by its own name or where it really lies."""
    absolute = case.places.absolute(path, case.invocation.cwds)
    if _WILDCARD.search(path) and _may_be_settings(absolute, case):
        return "own.settings"
    names = {place.path, absolute}
    for rule, pattern in GUARDED:
        if any(pattern.search(name) for name in names):
            return rule
    if place.zone is not Zone.WORKSPACE and case.places.is_ours(place.path):
        return "own.settings"
    return None


def _may_be_settings(pattern: str, case: Case) -> bool:
    """Part by part: a wildcard does not reach into directories below."""
    if "/.claude/" not in pattern:
        return False
    parts = pattern.replace("/**/", "/").split("/")
    return any(
        len(parts) == len(real := f"{root}/.claude/{name}".split("/"))
        and all(fnmatchcase(one, part) for one, part in zip(real, parts, strict=True))
        for root in (case.places.workspace, case.places.home)
        for name in ("settings.json", "settings.local.json", "hooks", "hooks/guard.sh")
    )


def _holds(effect: Effect, case: Case) -> bool:
    if effect.after and case.operands[:1] != [effect.after]:
        return False
    if effect.only and not case.given.has(effect.only):
        return False
    return not (effect.unless and case.given.has(effect.unless))


def _paths(effect: Effect, case: Case) -> list[str]:
    operands = case.operands[1:] if effect.after else case.operands
    named = case.given.values_of(effect.options) if effect.options else []
    if named and effect.which == "last":
        return named
    chosen = {
        "all": operands,
        "first": operands[:1],
        "rest": operands[1:],
        "edited": operands[0 if case.given.has("-e|-f|--expression|--file") else 1 :],
        "last": operands[-1:] if len(operands) > 1 else [],
        "before": operands if case.given.has("-t|--target-directory") else operands[:-1],
    }.get(effect.which, [])
    return [*named, *chosen]


def _met(effect: Effect, path: str, case: Case) -> Met:
    if effect.kind == "write":
        if path != "-" and not _elsewhere(path, case):
            yield from written(path, case)
        return
    recursive = effect.recursive == "always" or bool(
        effect.recursive and case.given.has(effect.recursive)
    )
    removes = effect.kind in {"delete", "move"}
    for place in case.places_of(path, follow=not removes):
        if removes:
            deep = recursive or effect.kind == "move" or "**" in path
            rule = _delete_rule(place, deep)
        else:
            rule = _change_rule(effect.kind, place, recursive, case)
        special = guarded(path, place, case)
        if special == "own.settings" or rule is None:
            rule = special or (_by_pattern(path, place) if removes else None)
        if rule:
            yield rule, path


def _by_pattern(path: str, place: Place) -> str | None:
    """`s?c` may be all sources; `**/*.py` is of all of them."""
    name = path.rstrip("/").rpartition("/")[2]
    if place.zone is not Zone.INSIDE or place.exact or set(place.path.split("/")) & MADE:
        return None
    named = any(fnmatchcase(one, name) for one in SOURCES)
    everywhere = "**/" in path and name in WRITTEN
    return "file.delete_sources" if named or everywhere else None


def _elsewhere(path: str, case: Case) -> bool:
    """`scp x host:y` writes on another machine."""
    return case.program in {"scp", "rsync"} and re.match(r"[^/]+:|rsync://", path) is not None


def _write_rule(place: Place) -> str | None:
    match place.zone:
        case Zone.DISK:
            return "disk.overwrite"
        case Zone.SOCKET:
            return "net.connect"
        case Zone.UNKNOWN:
            return "file.write_unknown"
        case Zone.OUTSIDE if place.path in TEMPORARY:
            return None
        case Zone.SYSTEM | Zone.HOME | Zone.OUTSIDE:
            return None if _special(place.path) else "file.write_outside"
    return None


def _special(path: str) -> bool:
    """Whether a rule of its own speaks of it, which says more."""
    return any(pattern.search(path) for _, pattern in GUARDED)


_DELETED = {
    Zone.DISK: "disk.overwrite",
    Zone.UNKNOWN: "file.delete_unknown",
    Zone.WORKSPACE: "file.delete_workspace",
}
_DELETED_WHOLE = {Zone.SYSTEM: "file.delete_system", Zone.HOME: "file.delete_home"}


def _delete_rule(place: Place, recursive: bool) -> str | None:
    if place.zone in _DELETED_WHOLE:
        return _DELETED_WHOLE[place.zone] if recursive else "file.delete_outside"
    if place.zone is Zone.INSIDE:
        return _inside(place, recursive)
    if place.zone in {Zone.OUTSIDE, Zone.SOCKET}:
        return None if _special(place.path) else "file.delete_outside"
    return _DELETED.get(place.zone)


def _inside(place: Place, recursive: bool) -> str | None:
    name = place.path.rpartition("/")[2]
    all_of_it = recursive and (place.exact or place.wide)
    parts = set(place.path.split("/"))
    if all_of_it and name in SOURCES and not parts & MADE:
        return "file.delete_sources"
    return None


def _change_rule(kind: str, place: Place, recursive: bool, case: Case) -> str | None:
    if place.zone in {Zone.SYSTEM, Zone.HOME} and (recursive or place.wide):
        return "file.change_system"
    if place.zone in {Zone.INSIDE, Zone.WORKSPACE, Zone.TEMPORARY} and kind == "change":
        return "file.change" if _opens(case.operands[0]) else None
    return "file.change"


def _opens(mode: str) -> bool:
    """Lets everybody write, takes all rights, or gives the owner's on."""
    return (
        re.search(r"^0?[2467]?[0-7]{2}[2367]$|^0?[4267][0-7]{3}$|^0*$|[augo]*\+\w*s", mode)
        is not None
        or re.search(r"(^|,)[ug]*[ao][ugoa]*[+=]\w*w|(^|,)a?-\w*r\w*w|(^|,)a=$", mode) is not None
    )


def _found(case: Case) -> Met:
    """`find … -delete` takes what its tests leave."""
    if "-delete" in case.args:
        narrowed = _narrowed(case.args)
        for root in _roots(case.args):
            # One of what is below stands for what the tests leave.
            for place in case.places_of(f"{root}/?" if narrowed else root):
                rule = _delete_rule(place, recursive=True) or guarded(root, place, case)
                if rule:
                    yield rule, root
        if _takes_sources(case.args):
            yield "file.delete_sources", " ".join(_roots(case.args))
    for option, value in pairwise(case.args):
        if option in {"-fprint", "-fprintf", "-fls", "-fprint0"}:
            yield from written(value, case)


def _takes_sources(args: tuple[str, ...]) -> bool:
    """`find . -name '*.py' -delete`, but not below what tools make."""
    made = any(set(root.split("/")) & (MADE | {"tmp"}) for root in _roots(args))
    named = any(
        option in {"-name", "-iname"} and value in WRITTEN for option, value in pairwise(args)
    )
    return named and not made


_TESTS = {"-name", "-iname", "-path", "-ipath", "-regex", "-wholename", "-iregex", "-empty"}


def _narrowed(args: tuple[str, ...]) -> bool:
    # What is pruned is what is spared.
    last = max((at for at, arg in enumerate(args) if arg == "-prune"), default=0)
    tested = args[last:]
    spared = {one for before, one in pairwise(tested) if before in {"!", "-not"}}
    return bool(_TESTS & set(tested) - spared) and not {"*", "."} & set(args[1:])


def _roots(args: tuple[str, ...]) -> list[str]:
    return [*takewhile(lambda arg: not arg.startswith(("-", "(", "!")), args)] or ["."]
