"""Statements of databases that destroy."""

from __future__ import annotations

import re

_TEXTS = re.compile(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/|#[^\n]*", re.DOTALL)
_DESTROYS = re.compile(
    r"""(?ix)\b(?:
    drop\s+(?:table|database|schema|index|view|materialized|user|role|column|keyspace|collection
        |function|procedure|trigger|sequence|type|extension|owned|constraint|tablespace|policy
        |publication|subscription|server|event|temporary|if|concurrently)\b
    |truncate\s+(?:table\s+)?[\w"`\[]
    |delete\s+from\b|delete\s+\w+\s+from\b|alter\s+table\s+\S+\s+delete\b
    |drop\s+(?:measurement|series|stream|bucket|retention|shard|graph|node)\b
    |remove\s+(?:table|database|namespace|field)\b|match\b.*\bdelete\s+\w
    |alter\s+table\s+\S+\s+(?:drop|rename|disable)
    |alter\s+(?:system|user|role|login|database)\b
    |detach\s+delete|reindex\s+system
    |revoke\b|grant\s+(?:all|\w+\s+on\s+\*)|create\s+(?:user|role|login)\b|set\s+password
    |into\s+(?:outfile|dumpfile)|to\s+program|from\s+program|load_file|load_extension
    |xp_cmdshell|pg_read_file|pg_terminate_backend|lo_import|lo_export|pg_ls_dir|dblink
    |shutdown|reset\s+master|purge\s+binary|flush\s+privileges|attach\s+database
    |writable_schema|kill\s+\d+
    )"""
)
_UPDATE_ALL = re.compile(r"(?is)\bupdate\s+[\w.\"`]+\s+set\b(?!.*\bwhere\b)")
_WHERE_TRUE = re.compile(r"(?is)\bupdate\b.*\bwhere\s+(?:1\s*=\s*1|true|1)\s*;?\s*$")
_MONGO = re.compile(
    r"\b(?:drop\w*|deleteMany|deleteOne|remove|shutdownServer|renameCollection|findAndModify"
    r"|findOneAndDelete|bulkWrite|dropAllUsers|dropUser|updateUser|fsyncLock|_dropDatabase|_drop)\s*\("
    r"|\bdropDatabase\b|\bshutdown\b|update(?:Many)?\s*\(\s*\{\s*\}\s*,"
)
_REDIS = re.compile(
    r"(?im)^\s*(?:flushall|flushdb|shutdown|del|unlink|config\s+set|debug|swapdb|eval|script|acl"
    r"|rename|expire|replicaof|slaveof|migrate)\b.*"
)


_PLAINLY = re.compile(
    r"""(?ix)(?:^|[\s;"'=(:])(?:
    drop(?:\s|%20|\+)+(?:table|database|schema|keyspace|collection|measurement|stream|index|view
        |user|role|column|series|bucket|graph)\b
    |truncate(?:\s|%20|\+)+table\b|delete(?:\s|%20|\+)+from(?:\s|%20|\+)+[\w"`]
    |detach\s+delete|remove\s+(?:table|database|namespace)\s+\w|flushall|flushdb|flush_all)
    |(?:^|[;"'`(])\s*truncate\s+\w+\s*(?:$|[;"'`)])"""
)


def plainly_destroys(text: str) -> bool:
    """Whether it is a statement beyond doubt, whatever program it is given to."""
    return _PLAINLY.search(text) is not None


#: Calls of databases' libraries, and what they are given.
_STORED = re.compile(
    r"\.(?:flushall|flushdb|flushAll|flushDb|deleteMany|dropDatabase|drop_all|drop_table"
    r"|drop_database|destroy_all|delete_all|dropTable|dropSchema|dropCollection)\b"
    r"|(?:\.|->)truncate\(\)|\.objects\.[^\n;]*\.delete\(\)"
)
_HANDED = re.compile(r"(?:query|execute|exec|do|raw|unsafe|run|prepare|Unsafe)\W{1,4}([^\n]*)")


def destroys_stored(code: str) -> bool:
    """Code of another language that calls a database to destroy."""
    if _STORED.search(code) or ("ongo" in code and re.search(r"\.drop\(\)", code)):
        return True
    return any(plainly_destroys(" " + one[1]) for one in _HANDED.finditer(code))


def destroys(text: str, program: str) -> str:
    """The statement that destroys, or an empty text."""
    if program == "redis-cli":
        found = _REDIS.search(text)
        return found[0].strip() if found else ""
    if program in {"mongo", "arangosh"}:
        found = _MONGO.search(text)
        return found[0] if found else ""
    plain = _TEXTS.sub(" '' ", text)
    found = _DESTROYS.search(plain) or _WHERE_TRUE.search(plain)
    if found:
        return found[0]
    return next(
        (found[0] for one in plain.split(";") if (found := _UPDATE_ALL.search(one))),
        "",
    )
