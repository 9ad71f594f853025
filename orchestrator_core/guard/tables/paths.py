"""Files and directories that mean more than others."""

from __future__ import annotations

import re

from orchestrator_core.guard.tables.names import names

#: Whose loss ends the machine.
SYSTEM = names(
    "/ /bin /boot /dev /etc /home /lib /lib32 /lib64 /opt /proc /root /run /sbin /srv /sys"
    " /usr /var /usr/bin /usr/lib /usr/local /usr/sbin /usr/share /var/lib /var/log /mnt"
    " /media /snap /System /Library /Applications /Users /Volumes /private /private/etc"
    " /private/var /cores /c /mnt/c /mnt/c/Windows /mnt/c/Users"
)
TEMPORARY = ("/tmp", "/var/tmp", "/private/tmp", "/dev/shm")  # noqa: S108

#: Written to without effect.
SINKS = re.compile(r"/dev/(null|stdout|stderr|stdin|tty|zero|full|fd/\d+|ptmx|pts/\d+)")
DISKS = re.compile(
    r"/dev/(sd|hd|vd|xvd|nvme|mmcblk|disk|rdisk|mapper|md|dm-|loop|sr|nbd|zd|mem|kmem|port|ram)\w*"
    r"(/.*)?"
)
SOCKETS = re.compile(r"/dev/(tcp|udp)/")

#: The rule a write, a removal or a change of the path meets, whatever holds it. First match wins.
GUARDED: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "own.settings",
        re.compile(
            r"/\.claude/(settings[^/]*\.json|hooks(/.*)?|managed[^/]*)$|/\.claude\.json$|/\.claude$"
            r"|/denrei(?!\.example)[^/]*\.toml$|/managed-(settings|mcp)\.json$|/claude-code/.*\.json$"
        ),
    ),
    ("own.mcp", re.compile(r"/\.?mcp\.json$|/\.claude/(agents|plugins|skills)(/.*)?$")),
    (
        "own.env_file",
        re.compile(
            r"/\.env(?!\.(example|sample|template|dist|defaults?|schema|tpl|test\.example)$)"
            r"(\.[^/]+)?$|/\.envrc$"
        ),
    ),
    ("own.git_hooks", re.compile(r"/\.git/(hooks(/.*)?|config|info/attributes)$|/\.husky/_")),
    ("git.inside", re.compile(r"/\.git(/.*)?$")),
    (
        "keep.keys",
        re.compile(r"/\.ssh(/.*)?$|/\.gnupg(/.*)?$|/etc/ssh/|/ssl/certs/|/etc/pki/|/etc/sudoers"),
    ),
    (
        "keep.startup",
        re.compile(
            r"/\.(bashrc|bash_profile|bash_login|bash_logout|bash_aliases|profile|zshrc|zshenv"
            r"|zprofile|zlogin|zlogout|kshrc|cshrc|tcshrc|inputrc|xinitrc|xprofile|xsession"
            r"|pam_environment|gitconfig|npmrc|yarnrc|pypirc|curlrc|wgetrc|netrc|vimrc|gdbinit"
            r"|pythonrc(\.py)?|irbrc|Rprofile|mailcap|forward|rhosts|shosts|lesskey)$"
            r"|/\.config/(fish|autostart|systemd|git|environment\.d|pip|nushell|zsh|bash)(/.*)?$"
            r"|/\.local/share/systemd/|/LaunchAgents(/|$)|/LaunchDaemons(/|$)|/StartupItems(/|$)"
            r"|/etc/(profile|bash\.bashrc|zsh|environment|rc\.local|init\.d|cron|systemd|ld\.so"
            r"|xdg/autostart|pam\.d|inittab|at\.|logrotate\.d|udev|modprobe|sudoers|passwd|group)"
            r"|/(lib|run)/systemd/|/var/spool/(cron|at)|/usr/local/etc/|/etc/crontab"
            r"|/(sitecustomize|usercustomize)\.py$|/site-packages/[^/]+\.pth$"
        ),
    ),
)

#: Files that hold secrets.
SECRETS = re.compile(
    r"/\.ssh(/(?!known_hosts|config$|[^/]*\.pub$).*)?$|/\.aws(/.*)?$|/\.gnupg(/.*)?$|/\.azure(/.*)?$"
    r"|/\.?_?netrc$|/\.pgpass$|/\.my\.cnf$|/\.mylogin\.cnf$|/\.npmrc$|/\.pypirc$|/\.git-credentials$"
    r"|/\.docker/config\.json$|/\.kube(/config.*)?$|/\.config/(gh|hub|glab-cli|gcloud|op|doctl|rclone"
    r"|hcloud|heroku|stripe|configstore|sops)(/.*)?$|/etc/(shadow|gshadow|sudoers|krb5\.keytab)-?$"
    r"|/etc/(ssl/private|ipsec\.secrets|wireguard|openvpn)(/.*)?$|/id_(rsa|dsa|ecdsa|ed25519)(_sk)?$"
    r"|/Keychains(/.*)?$|\.keychain(-db)?$|/\.password-store(/.*)?$|\.kdbx?$|/\.vault-token$"
    r"|/\.terraform\.d/credentials|/\.terraformrc$|/\.cargo/credentials|/\.gem/credentials"
    r"|/\.s3cfg$|/\.boto$|/wallet\.dat$|/\.ethereum/keystore|/\.electrum|/\.bitcoin(/|$)"
    r"|/\.(bash|zsh|python|psql|mysql|node_repl|sqlite|rediscli)_?history$|/proc/[^/]+/(environ|mem)$"
    r"|/(Login Data|Cookies|key[34]\.db|logins\.json|cookies\.sqlite)$|/\.mozilla(/.*)?$"
    r"|/(google-chrome|chromium|BraveSoftware|Firefox|Chrome)(/.*)?$|/\.credentials\.json$"
    r"|/\.netlify/config\.json$|/\.config/configstore|/\.fly/config|/\.m2/settings(-security)?\.xml$"
    r"|/\.gradle/gradle\.properties$|/\.nuget/NuGet\.Config$|/\.composer/auth\.json$|/auth\.json$"
    r"|/(master|credentials)\.key$|/credentials(\.json|\.ya?ml|\.yml\.enc|\.csv)?$|/\.htpasswd$"
    r"|/(client_)?secrets?\.(json|ya?ml|toml|env|txt)$|/service[-_]?account[^/]*\.json$"
    r"|/[^/]*\.(pem|p12|pfx|jks|keystore|ppk|key|asc|kdb|ovpn)$|/tokens?(\.json|\.txt)$"
    r"|/(serviceaccount|secrets)/[^/]*token$|/run/secrets(/.*)?$|/\.config/Claude"
    r"|/\.env(?!\.(example|sample|template|dist|defaults?|schema|tpl|test\.example)$)(\.[^/]+)?$"
    r"|/\.envrc$|/\.(hg|subversion)/auth|/\.rhosts$|/passwd\.master$|/security/passwd$|/SAM$|/NTDS",
)
#: What an argument must hold to be worth a look.
SUSPECT = re.compile(
    r"(?i)\.ssh|\.aws|\.gnupg|\.azure|netrc|pgpass|my\.cnf|mylogin|npmrc|pypirc|credential|\.docker"
    r"|\.kube|\.config|shadow|sudoers|keytab|ssl/|secrets|wireguard|openvpn|id_|keychain|password-s"
    r"|\.kdb|vault-token|terraform|s3cfg|\.boto|wallet|keystore|electrum|bitcoin|history|environ"
    r"|/mem|Login Data|Cookies|key[34]\.db|logins|mozilla|chrom|brave|firefox|\.claude|netlify"
    r"|\.fly|\.m2|gradle\.prop|nuget|auth\.json|\.key|htpasswd|secret|service|\.pem|\.p12|\.pfx"
    r"|\.jks|\.ppk|\.asc|\.ovpn|token|\.env|/auth|rhosts|passwd|SAM|NTDS|[*?\[]"
)
#: Names that a wildcard might mean.
EXAMPLES = (
    *("~/.ssh/id_rsa", "~/.ssh/id_ed25519", "~/.aws/credentials", "~/.netrc", "~/.pgpass"),
    *("~/.git-credentials", "~/.docker/config.json", "~/.kube/config", "~/.gnupg/secring.gpg"),
    *("~/.config/gh/hosts.yml", "/etc/shadow", "/etc/gshadow", "/etc/sudoers"),
    *("./.env", "./.env.local", "./.env.production", "~/.npmrc", "~/.pypirc", "~/.bash_history"),
)
#: The same in short names, for asking whether a glob could be one of them.
WIDE = re.compile(r"\*+|\.\*|\*\.\*|\?\*|\*\?|\[!?[^\]]*\]\*|\.\[\^?!?\.\]\*|\.\?\?\*|\{\*,\.\*\}")
