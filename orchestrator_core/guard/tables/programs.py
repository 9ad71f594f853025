"""Names of programs, and which of their options take a word more."""

from __future__ import annotations

import re

from orchestrator_core.guard.tables.names import names

SHELLS = names("sh bash zsh dash ash ksh mksh fish csh tcsh rbash pwsh powershell")

#: Variables whose value is run as a command by some program.
CODE_VARIABLES = names(
    "GIT_SSH_COMMAND GIT_EDITOR GIT_SEQUENCE_EDITOR GIT_PAGER GIT_EXTERNAL_DIFF"
    " GIT_PROXY_COMMAND GIT_ASKPASS EDITOR VISUAL PAGER MANPAGER BROWSER PROMPT_COMMAND"
    " RSYNC_RSH SSH_ASKPASS SUDO_ASKPASS SUDO_EDITOR LESSOPEN LESSCLOSE TAR_OPTIONS GZIP_OPT"
)

_OTHER_NAMES = {
    "nodejs": "node",
    "tsx": "node",
    "ts-node": "node",
    **dict.fromkeys(("gawk", "mawk", "nawk", "original-awk"), "awk"),
    **dict.fromkeys(("podman", "nerdctl"), "docker"),
    **dict.fromkeys(("vi", "nvim", "view", "ex", "vimdiff"), "vim"),
    "mongosh": "mongo",
    "mariadb": "mysql",
    **dict.fromkeys(("ncat", "netcat", "nc.openbsd", "nc.traditional"), "nc"),
    **dict.fromkeys(("egrep", "fgrep", "zgrep", "ggrep"), "grep"),
    **dict.fromkeys(("tofu", "terragrunt"), "terraform"),
    "oc": "kubectl",
    **dict.fromkeys(("bunx", "pnpx"), "npx"),
    **dict.fromkeys(("valkey-cli", "keydb-cli"), "redis-cli"),
    "fdfind": "fd",
    "batcat": "cat",
    "bat": "cat",
    "jruby": "ruby",
    "clj": "clojure",
    **dict.fromkeys(("7za", "7zr", "7zz"), "7z"),
    "flyctl": "fly",
    **dict.fromkeys(("rmtrash", "srm"), "rm"),
    "http-server": "http-server",
    **{
        f"g{name}": name
        for name in [
            "rm",
            "cp",
            "mv",
            "ln",
            "dd",
            "sed",
            "tar",
            "find",
            "xargs",
            "chmod",
            "chown",
            "tee",
        ]
    },
}
_VERSIONED = re.compile(
    r"(python|pypy|pip|perl|ruby|php|lua|node|tclsh|psql|gcc|clang)[\d.]*(?:-\w+)?"
)

#: Programs whose long options begin with one dash.
LONG_SINGLE = names(
    "find java javac terraform openssl ffmpeg convert magick tmutil go launchctl Xvfb vault"
    " nomad consul packer diskutil gcloud"
)

_VALUED = {
    "aws": "--profile --region --output --query --endpoint-url --cli-input-json",
    "az": "-g --resource-group -n --name --subscription -o --output --query",
    "chmod": "--reference",
    "chown": "--reference --from",
    "cargo": "-p --package --features --manifest-path --target --target-dir -j --jobs --color -Z",
    "composer": "-d --working-dir",
    "cp": "-t --target-directory -S --suffix",
    "curl": "-o --output -X --request -H --header -d --data --data-raw --data-binary --data-ascii"
    " --data-urlencode --json -F --form --form-string -T --upload-file -u --user -A --user-agent"
    " -e --referer -b --cookie -c --cookie-jar -m --max-time --connect-timeout -w --write-out"
    " -x --proxy --cacert --cert --key -K --config --retry --retry-delay --resolve --url -E -r"
    " --range -D --dump-header --output-dir --unix-socket --interface --limit-rate --max-redirs",
    "dd": "",
    "docker": "-H --host -c --context --config -l --log-level -f --file -p --project-name"
    " --profile"
    " --env-file --project-directory",
    "fd": "-e -E -t -d -g --extension --exclude --type --max-depth",
    "git": "-C -c --git-dir --work-tree --namespace --exec-path --config-env --config --file",
    "gh": "-R --repo --hostname",
    "go": "-o -tags -ldflags -run -count -timeout -mod -C",
    "grep": "-e -f -A -B -C -m --include --exclude --exclude-dir -d -D --color",
    "head": "-n -c --lines --bytes",
    "helm": "-n --namespace --kube-context --kubeconfig --set -f --values --version",
    "install": "-m -o -g -t -S --mode --owner --group --target-directory",
    "journalctl": "-u -n --unit --lines -p -S -U --since --until -o -b",
    "kill": "-s -n --signal",
    "kubectl": "-n --namespace --context --cluster --user --kubeconfig -s --server -o --output -l"
    " --selector --token --as",
    "ln": "-t --target-directory -S --suffix",
    "make": "-C -f -j -I -o -W --directory --file --makefile",
    "mkdir": "-m --mode",
    "mongo": "--host --port -u --username -p --password --eval --db --authenticationDatabase",
    "mv": "-t --target-directory -S --suffix",
    "mysql": "-u --user -h --host -P --port -D --database -e --execute -S --socket",
    "mysqladmin": "-u --user -h --host -P --port -S --socket",
    "npm": "--prefix -w --workspace --registry --tag --otp --loglevel",
    "pip": "-r --requirement -c --constraint -i --index-url --extra-index-url -t --target -e",
    "pkill": "-u -U -t -P -s -g -G --signal",
    "pnpm": "-C --dir --filter -F -w",
    "psql": "-c --command -d --dbname -U --username -h --host -p --port -f --file -v --set"
    " -o -F -P",
    "redis-cli": "-h -p -a -n -u --user --pass -s -r -i -t",
    "rg": "-e -f -g -t -T -A -B -C -m -M --glob --type --max-count -j -r --replace",
    "rsync": "-e --rsh --exclude --include --exclude-from --include-from --rsync-path -f --filter"
    " --files-from --bwlimit --log-file --backup-dir --port --password-file --timeout",
    "scp": "-i -o -P -F -S -c -J -l",
    "sed": "-e -f --expression --file -l",
    "strace": "-o -e -p -s -a -E -u -P -O -S -b -I",
    "sqlite3": "-cmd -separator -init -nullvalue",
    "ssh": "-i -o -p -l -F -L -R -D -J -b -c -E -e -I -m -O -Q -S -W -w -B",
    "systemctl": "-n -o -t -p -H -M --type --state --output --lines --property --host --machine",
    "tail": "-n -c --lines --bytes --pid -s",
    "tar": "-f --file -C --directory -T --files-from -X --exclude-from --exclude -I"
    " --use-compress-program --to-command --checkpoint-action --checkpoint --transform",
    "terraform": "-chdir -var -var-file -target -out -state -backend-config -parallelism",
    "touch": "-d -r -t --date --reference",
    "truncate": "-s --size -r --reference -o",
    "uv": "--directory --project -p --python",
    "unzip": "-d -x -P",
    "wget": "-O --output-document -P --directory-prefix -o --output-file -t --tries -T"
    " --timeout -U"
    " --user-agent --header --post-data --post-file --body-data --body-file --method -e --execute"
    " -a -i --input-file --user --password",
    "yarn": "--cwd",
    "sort": "-o --output -k --key -t --field-separator -S -T --compress-program --parallel",
    "openssl": "-out -keyout -in -key -connect -host -engine -pass -k -K -iv -days -subj -CA",
    "pandoc": "-o --output -f --from -t --to --filter -F --lua-filter --template -c",
    "dot": "-o",
    "ctags": "-f -o -L",
    "cpio": "-D --directory -F -O",
    "unsquashfs": "-d -dest",
    "awk": "-i -v -F -f",
    "gem": "--install-dir -i -n --bindir -v",
    "7z": "-o",
    "zip": "-x -i -P -t -n",
}
VALUED = {program: frozenset(options.split()) for program, options in _VALUED.items()}


def program_name(head: str) -> str:
    """The name that tables know a program by."""
    name = head.rpartition("/")[2]
    name = name.removesuffix(".exe")
    versioned = _VERSIONED.fullmatch(name)
    if versioned:
        return "python" if versioned[1] == "pypy" else versioned[1]
    return _OTHER_NAMES.get(name, name)
