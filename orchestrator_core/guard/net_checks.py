"""What leaves the machine: uploads, connections, commands for other machines."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from orchestrator_core.guard.checks import Case, Check, Met
from orchestrator_core.guard.marks import FILE, SECRET, UNKNOWN, known
from orchestrator_core.guard.reading import only_reads

_LOCAL = re.compile(
    r"localhost|127(\.\d+){1,3}|0\.0\.0\.0|::1|\[?::1\]?|host\.docker\.internal"
    r"|.+\.(localhost|local|test|internal\.test)|0"
)
_METADATA = re.compile(
    r"169\.254\.\d+\.\d+|metadata(\.google\.internal)?|100\.100\.100\.200|fd00:ec2"
)
_CURL_SENDS = (
    "-d|-F|-T|--data|--data-raw|--data-binary|--data-ascii|--data-urlencode|--json|--form"
    "|--form-string|--upload-file"
)
_WGET_SENDS = "--post-data|--post-file|--body-data|--body-file|--method"
#: The ports that search engines, stores and queues listen on, and what takes all of it.
_ENGINES = re.compile(
    r":(?:9200|9201|8500|2379|6333|8983|5984|7700|8108|8086|8123|15672|19530|8529|7474|28017"
    r"|8091|9000|8080/v1/schema)(?:/|$|\?)|/_all|/\*|/collections/|/indexes/"
)
_BY_QUERY = re.compile(r"_delete_by_query|_bulk\b|/api/v2/delete\b")
_DELETES = re.compile(r"<delete>|\"delete\"\s*:\s*\{")
#: They take a method and the fields of a body as words.
_NAMED_VALUES = {"http", "https", "xh"}
_CHANGING = {"POST", "PUT", "DELETE", "PATCH"}
_SUBSTITUTED = re.compile(r"https?://[^\s'\"]{0,300}(\$\(|`)|(\$\(|`)[^)`]{0,300}[)`]\.[\w.-]")
_REMOTE = re.compile(r"(?:[\w.-]+@)?[\w.\[\]-]+:(?!//)|rsync://|[\w.@-]+::")


def is_local(host: str) -> bool:
    return _LOCAL.fullmatch(host.lower()) is not None


def host_of(url: str) -> str:
    """Empty for what names none."""
    try:
        return urlsplit(url if "://" in url else f"http://{url}").hostname or ""
    except ValueError:
        return UNKNOWN


def check_address(url: str) -> str | None:
    """The rule that an address meets by itself."""
    if re.match(r"(?i)(file|gopher|dict|ldap|jar|netdoc|data|javascript):", url):
        return "net.address"
    host = host_of(url)
    if _METADATA.fullmatch(host):
        return "net.address"
    if re.search(r"//[^/@\s]+:[^/@\s]+@", url) and not is_local(host):
        return "net.upload"
    return None


def _transfer(case: Case) -> Met:
    plain = case.program not in _NAMED_VALUES
    urls = [one for one in case.operands if plain or not _is_method(one)]
    urls += case.given.values_of("--url")
    away = [one for one in urls if not is_local(host_of(one))]
    for url in urls:
        rule = check_address(url)
        if rule:
            yield rule, url
    if any("docker.sock" in one for one in case.args):
        yield "container.mount", "docker.sock"
    if case.given.has("-K|--config"):
        yield "net.upload", "--config"
    sends = _sends(case)
    if (sends and away) or (away and _carries(case)):
        yield "net.upload", away[0]
    yield from _engine(sends, urls, case)


def _engine(sends: str, urls: list[str], case: Case) -> Met:
    """Search engines, stores and queues are emptied by their web interfaces."""
    for url in urls:
        if (sends == "DELETE" and _ENGINES.search(url)) or (sends and _BY_QUERY.search(url)):
            yield "db.destroy", url
    if any(_DELETES.search(one) for one in case.args):
        yield "db.destroy", case.program


def _is_method(text: str) -> bool:
    return re.fullmatch(r"[A-Z]{3,7}|[\w-]+(:=|==|=|@|:)[^/].*", text) is not None


def _sends(case: Case) -> str:
    method = (case.given.value("-X|--request|--method") or "").upper()
    if method in _CHANGING or not known(method):
        return method or "POST"
    if case.program == "wget":
        return "POST" if case.given.has(_WGET_SENDS) else ""
    if case.program in _NAMED_VALUES:
        changing = _CHANGING & set(case.operands)
        return "POST" if changing or any(re.search(r"\w(:?=|@)", a) for a in case.operands) else ""
    if not case.given.has(_CURL_SENDS):
        return ""
    asks = case.given.has("-G|--get") and not any("@" in one for one in case.args)
    return "" if asks and known("".join(case.args)) else "POST"


def _carries(case: Case) -> bool:
    """Whether a request takes something along that was read here."""
    texts = "".join(case.args)
    return (
        FILE in texts or SECRET in texts or _SUBSTITUTED.search(case.invocation.shown) is not None
    )


def _socket(case: Case) -> Met:
    if case.given.has("-e|-c|--exec|--sh-exec|--lua-exec"):
        yield "net.reverse_shell", case.program
    if case.given.has("-l|--listen"):
        yield "net.connect", case.program
        return
    hosts = [one for one in case.operands if not one.isdigit()]
    if case.program == "openssl":
        hosts = [value.partition(":")[0] for value in case.given.values_of("-connect|-host")]
        if not (case.invocation.stdin or "").strip():
            return
    for host in hosts[:1]:
        if not is_local(host.rpartition("@")[2].partition(":")[0]):
            yield "net.connect", host


def _copied(case: Case) -> Met:
    remote = [one for one in case.operands if _REMOTE.match(one)]
    if remote and case.operands[-1:] == remote[-1:]:
        yield "net.upload", remote[-1]


def _remote(case: Case) -> Met:
    code = " ".join(case.operands[1:]) or case.invocation.stdin or ""
    if code and not only_reads(code):
        yield "remote.command", case.operands[0] if case.operands else case.program


def _looked_up(case: Case) -> Met:
    """Names that carry what was read here to a name server."""
    texts = "".join(case.args)
    carried = any(mark in texts for mark in (FILE, SECRET, UNKNOWN))
    if carried or _SUBSTITUTED.search(case.invocation.shown):
        yield "net.upload", case.program


NET_CHECKS: dict[str, Check] = {
    **dict.fromkeys(("curl", "wget", "http", "https", "xh", "aria2c", "lynx"), _transfer),
    **dict.fromkeys(("nc", "telnet", "openssl", "rlogin", "rsh"), _socket),
    **dict.fromkeys(("scp", "rsync"), _copied),
    **dict.fromkeys(("ssh", "mosh"), _remote),
    **dict.fromkeys(("dig", "nslookup", "host", "ping", "ping6", "drill", "whois"), _looked_up),
}
