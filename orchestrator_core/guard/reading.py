"""Whether a command line only looks: judged by its programs' names, for where little is known."""

from __future__ import annotations

import re

from orchestrator_core.guard.tables.names import names

_LOOKING = names(
    "ls cat head tail less more wc sort uniq cut grep rg find stat file du df free uptime"
    " uname whoami id hostname date ps top htop pgrep lsof ss netstat dmesg which journalctl"
    " echo printf pwd test true env printenv last who w nproc lscpu lsblk lspci lsusb ip"
    " ifconfig vmstat iostat iotop history type command cd tree realpath readlink basename"
    " dirname md5sum sha256sum nginx jq awk tr diff cmp lsmod getent groups arch sleep"
)
_LOOKING_VERBS = {
    "systemctl": "status|list-*|is-*|show|cat",
    "docker": "ps|logs|images|inspect|stats|info|version|top|port|diff|events",
    "service": r".*",
    "git": "status|log|diff|show|branch|rev-parse|remote|describe",
    "kubectl": "get|describe|logs|top|version",
    "pm2": "list|ls|logs|status|show|monit",
    "supervisorctl": "status|tail",
    "nginx": "-t|-T|-v|-V",
    "apt": "list|show|search|policy",
    "apt-cache": ".*",
    "dpkg": "-l|-L|-s|-S|--list",
}


def only_reads(line: str) -> bool:
    if re.search(r">(?!\s*/dev/null|&)|\$\(|`|<\(|-delete|-exec|-ok", line):
        return False
    return all(_segment_reads(one) for one in re.split(r"[|;&\n]+", line) if one.strip())


def _segment_reads(segment: str) -> bool:
    words = segment.split()
    name = words[0].rpartition("/")[2]
    verbs = _LOOKING_VERBS.get(name)
    if verbs is not None:
        pattern = verbs.replace("-*", r"-[\w-]*")
        others = [one for one in words[1:] if name == "nginx" or not one.startswith("--")]
        last = others[-1:] if name == "service" else others[:1]
        if name == "service":
            return last == ["status"] or words[1:2] == ["--status-all"]
        return bool(last) and re.fullmatch(pattern, last[0]) is not None
    if name in {"ip", "awk", "hostname", "date", "sort", "find"}:
        return not re.search(r"\b(add|del|set|flush|change|system|-s|-o)\b", segment)
    return name in _LOOKING
