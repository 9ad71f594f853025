"""Made-up secrets and ordinary text, for tests of what hides the ones and leaves the other alone.

Each secret is joined from parts when it is asked for, so that whoever looks for leaked ones finds
none in these files.
"""

from __future__ import annotations

import base64
import random
import string

_LETTERS = string.ascii_letters + string.digits


def _some(alphabet: str, length: int, seed: int) -> str:
    return "".join(random.Random(seed).choices(alphabet, k=length))  # noqa: S311 - made up


def secrets_that_say_what_they_are(seed: int = 1) -> dict[str, str]:
    """By a name for the test's report; each must vanish wherever it stands."""

    def mixed(length: int) -> str:
        return _some(_LETTERS, length, seed)

    def part_of_jwt(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    return {
        "anthropic": "sk-" + "ant-api03-" + mixed(90),
        "anthropic-oauth": "sk-" + "ant-oat01-" + mixed(90),
        "openai": "sk-" + "proj-" + mixed(48),
        "openai-old": "sk-" + mixed(48),
        "github": "gh" + "p_" + mixed(36),
        "github-server": "gh" + "s_" + mixed(36),
        "github-fine": "github" + "_pat_" + mixed(22) + "_" + mixed(59),
        "gitlab": "gl" + "pat-" + mixed(20),
        "aws-id": "AK" + "IA" + _some(string.ascii_uppercase + string.digits, 16, seed),
        "slack": "xo" + "xb-" + "123456789012-" + mixed(24),
        "slack-app": "xa" + "pp-1-A012-" + mixed(30),
        "stripe": "sk_" + "live_" + mixed(24),
        "stripe-restricted": "rk_" + "test_" + mixed(24),
        "stripe-webhook": "wh" + "sec_" + mixed(32),
        "npm": "np" + "m_" + mixed(36),
        "pypi": "py" + "pi-AgEIcHlwaS5vcmc" + mixed(60),
        "google": "AI" + "za" + mixed(35),
        "jwt": ".".join(
            (part_of_jwt('{"alg":"HS256"}'), part_of_jwt('{"sub":"haru"}'), mixed(43))
        ),
        "base64": base64.b64encode(random.Random(seed).randbytes(64)).decode(),  # noqa: S311
        "hex": _some("0123456789abcdef", 64, seed),
    }


def secrets_known_by_where_they_stand() -> list[tuple[str, str]]:
    """The text before, and the secret behind it."""
    key = _some(_LETTERS + "/+", 40, 3)
    short = "hun" + "ter2" + "xyz"
    return [
        ("Authorization: Bearer ", short),
        ("authorization: Basic ", base64.b64encode(f"haru:{short}".encode()).decode()),
        ("curl -H 'Authorization: token ", short),
        ('{"Authorization": "Bearer ', short),
        ("X-Api-Key: ", _some(_LETTERS, 24, 5)),
        ("Cookie: session=", short),
        ("Set-Cookie: sid=", short),
        ("postgres://denrei:", short + "@db.internal/denrei"),
        ("redis://:", short + "@cache:6379/0"),
        ("https://ci:", short + "@example.com/repo.git"),
        ("AWS_SECRET_ACCESS_KEY=", key),
        ("aws_secret_access_key = ", key),
        ("export API_KEY=", short),
        ("DB_PASSWORD=", short),
        ("SECRET_KEY_BASE=", _some("0123456789abcdef", 48, 6)),
        ("password: ", short),
        ('"password": "', short),
        ("client_secret='", short + "9a"),
        ('apiKey: "', short + "9a"),
        ("mysql --password=", short),
        ("the token is ", _some("0123456789abcdef", 40, 7)),
        ("https://example.com/?access_token=", _some(_LETTERS, 32, 8) + "7a7b"),
    ]


def private_key(*, kind: str = "RSA ", line_break: str = "\n") -> str:
    body = base64.b64encode(random.Random(9).randbytes(300)).decode()  # noqa: S311 - made up
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    edge = "-----{} " + kind + "PRIVATE" + " KEY-----"
    return line_break.join([edge.format("BEGIN"), *lines, edge.format("END")])


#: What developers show each other all day, and must be able to read.
ORDINARY = (
    "Fixed in commit 3f786850e387550fdab836ed7e6dc881de23001b; see `git show 3f78685`.",
    "docker pull redis@sha256:" + "ab12" * 16,
    '"integrity": "sha512-' + "aB3dE5gH7j" * 8 + '=="',
    "--hash=sha256:" + "0123456789abcdef" * 4,
    "sessions are 550e8400-e29b-41d4-a716-446655440000 and 1f0c8b6e2a3d4c5b6a7988776655443f",
    "def token(self) -> str: return self._token.get_secret_value()",
    "password: str | None = None  # the token: see settings.token",
    "token = sha256_of(secret_key)[:16]; key=lambda row: row.id",
    "MAX_TOKENS=4096 INPUT_TOKENS=12000 KEY_FILE=/etc/ssl/key.pem SSH_KEY=~/.ssh/id_ed25519",
    "TOKEN=$GITHUB_TOKEN npm publish; API_KEY=$(pass show api); KEY=<your key>",
    "Set API_KEY= in .env, then run denrei serve --port 8080",
    '{"key": "value", "token_type": "bearer", "expires_in": 3600, "primary_key": "user_id"}',
    "for (const key of keys) secret.push(tokens[key]);  // keyboard, monkey, passing tokens",
    "The bearer of bad news; authorization: needed. Basic tokens, secret handshakes.",
    "/home/haru/Projects2024/denrei/orchestrator_core/VeryLongDirectoryName/Module2/File10.py",
    "thisIsAVeryLongCamelCaseIdentifierThatSomebodyWroteInJava2SomewhereElse",
    "https://github.com/denrei/denrei/blob/3f786850e387550fdab836ed7e6dc881de23001b/README.md",
    "pip install scikit-learn task-runner-something-quite-long risk-assessment-tools-python",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0x1y2Z3aB4cD5eF6gH7iJ8kL9mN0oP1qR2sT3uV4w haru@mac",
    "postgres://localhost/denrei and https://example.com:8443/path?x=1@2",
    "秘密のトークンは見せないでください。キー: 値、パスワード: なし",
    "npm_config_registry=https://registry.example pypi-publish action, AKI and eye",
    "go.sum h1:" + "aB3dE5gH7j" * 4 + "aB3=",
)
