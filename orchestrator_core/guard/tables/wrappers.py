"""Programs that start other programs, and where in their arguments those stand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapper:
    """`after` are the operands that must come first, `skip` how many more are passed over.

    `form` is "words" for a program with its arguments, "code" for shell code in one or more words,
    "each" where every operand is code of its own. With `option`, the command is that option's
    value.
    """

    valued: str = ""
    after: tuple[str, ...] = ()
    skip: int = 0
    form: str = "words"
    option: str = ""
    assignments: bool = False
    away: bool = False
    feeds: bool = True


_PLAIN = Wrapper()
_SUDO = (
    "-u -g -h -p -C -r -t -T -U -D -R --user --group --host --prompt --chdir --close-from --role"
)
_DOCKER_RUN = (
    "-v --volume -e --env -p --publish -w --workdir -u --user --name --network --net -m --memory"
    " --cpus --entrypoint -h --hostname -l --label --env-file --mount --platform --add-host"
    " --restart --gpus --shm-size --pid --ipc --cap-add --cap-drop --device --security-opt --tmpfs"
    " --ulimit --volumes-from --index --detach-keys --log-driver --dns --expose --link --pull"
    " -f --file --project-name --profile --project-directory --context -H --host"
)
_KUBECTL_EXEC = "-c --container -n --namespace --context --kubeconfig --pod-running-timeout"
_UV = "--with --with-editable --with-requirements --extra --group --package --env-file -p --python"
_UV += " --directory --project --index-url --from --only-group --no-group -m --module"


def _code(option: str) -> Wrapper:
    return Wrapper(form="code", option=option)


WRAPPERS: dict[str, tuple[Wrapper, ...]] = {
    "sudo": (Wrapper(valued=_SUDO, assignments=True),),
    "doas": (Wrapper(valued="-u -C -a"),),
    "pkexec": (Wrapper(valued="--user"),),
    "run0": (Wrapper(valued="-u --user --unit --property"),),
    "gosu": (Wrapper(skip=1),),
    "su-exec": (Wrapper(skip=1),),
    "nice": (Wrapper(valued="-n --adjustment"),),
    "ionice": (Wrapper(valued="-c -n -p -P -u --class --classdata"),),
    "chrt": (Wrapper(valued="-T -P -D", skip=1),),
    "taskset": (Wrapper(skip=1),),
    "numactl": (Wrapper(valued="-N -m -C -i -p"),),
    "timeout": (Wrapper(valued="-s -k --signal --kill-after", skip=1),),
    "gtimeout": (Wrapper(valued="-s -k --signal --kill-after", skip=1),),
    "stdbuf": (Wrapper(valued="-i -o -e --input --output --error"),),
    "time": (Wrapper(valued="-f -o --format --output"),),
    "chroot": (Wrapper(valued="--userspec --groups", skip=1, away=True),),
    "unshare": (Wrapper(valued="-S -G -R -w --root --wd --setuid --setgid"),),
    "nsenter": (Wrapper(valued="-t --target -S -G", away=True),),
    "strace": (Wrapper(valued="-e -o -p -s -a -E -u -P -O -S -b -I"),),
    "ltrace": (Wrapper(valued="-e -o -p -s -a -u -n -l"),),
    "valgrind": (_PLAIN,),
    "perf": (Wrapper(valued="-e -o -F -g -p", after=("stat|record|trace",)),),
    "flock": (
        Wrapper(valued="-w -E --timeout -c --command", form="code", option="-c|--command"),
        Wrapper(valued="-w -E --timeout --wait", skip=1),
    ),
    "script": (_code("-c|--command"), Wrapper(valued="-t -T -I -O -B", skip=1)),
    "su": (_code("-c|--command|--session-command"),),
    "runuser": (_code("-c|--command"), Wrapper(valued="-u -g -G --user --group")),
    "sg": (Wrapper(form="code", skip=1),),
    "setpriv": (Wrapper(valued="--reuid --regid --groups --bounding-set --inh-caps"),),
    "capsh": (_code("-c|--"),),
    "systemd-run": (
        Wrapper(
            valued="-p -E -u -t -M --unit --property --setenv --uid --gid --slice --on-active"
        ),
    ),
    "systemd-inhibit": (Wrapper(valued="--what --who --why --mode"),),
    "watch": (Wrapper(valued="-n --interval -d", form="code"),),
    "entr": (Wrapper(valued="-x", feeds=False),),
    "nodemon": (
        Wrapper(form="code", option="-x|--exec"),
        Wrapper(valued="-e --ext -w --watch -i --ignore -d --delay -x --exec"),
    ),
    "watchexec": (Wrapper(valued="-e --exts -w --watch -i --ignore -s --signal -d --debounce"),),
    "hyperfine": (
        Wrapper(valued="-w -r -m -M -n -p -P --warmup --runs --prepare -S --shell", form="each"),
    ),
    "concurrently": (Wrapper(valued="-n --names -c --prefix-colors -m", form="each"),),
    "npm-run-all": (_PLAIN,),
    "wsl": (Wrapper(valued="-d -u --distribution --user --cd"),),
    "npx": (_code("-c|--call"), Wrapper(valued="-p --package -w --workspace")),
    "npm": (
        Wrapper(
            valued="-c --call -p --package", after=("exec|x",), form="code", option="-c|--call"
        ),
        Wrapper(valued="-p --package -w --workspace --prefix", after=("exec|x",)),
    ),
    "pnpm": (Wrapper(valued="-C --dir --filter -F", after=("exec|dlx",)),),
    "yarn": (Wrapper(valued="--cwd -p --package", after=("exec|dlx|run",)),),
    "bun": (Wrapper(after=("x",)), Wrapper(after=("exec",), form="code")),
    "uv": (Wrapper(valued=_UV, after=("run",)), Wrapper(valued=_UV, after=("tool", "run"))),
    "uvx": (Wrapper(valued=_UV),),
    "pipx": (Wrapper(valued="--spec --python --pip-args", after=("run",)),),
    "poetry": (Wrapper(valued="-C --directory", after=("run",)),),
    "pipenv": (Wrapper(after=("run",)),),
    "pdm": (Wrapper(valued="-p --project", after=("run",)),),
    "hatch": (Wrapper(valued="-e --env", after=("run",)),),
    "rye": (Wrapper(after=("run",)),),
    "pixi": (Wrapper(valued="-e --environment", after=("run",)),),
    "tox": (Wrapper(valued="-e -c", after=("exec",)),),
    "bundle": (Wrapper(after=("exec",)),),
    "conda": (Wrapper(valued="-n -p --name --prefix --cwd", after=("run",)),),
    "mamba": (Wrapper(valued="-n -p --name --prefix --cwd", after=("run",)),),
    "mise": (Wrapper(after=("exec|x",)),),
    "asdf": (Wrapper(after=("exec",)),),
    "rbenv": (Wrapper(after=("exec",)),),
    "pyenv": (Wrapper(after=("exec",)),),
    "direnv": (Wrapper(after=("exec",), skip=1),),
    "dotenv": (Wrapper(valued="-f -e --file", after=("run",)), Wrapper(valued="-f -e -c")),
    "dotenvx": (Wrapper(valued="-f", after=("run",)),),
    "cross-env": (Wrapper(assignments=True),),
    "cargo": (
        Wrapper(after=("watch",), form="code", option="-s|--shell"),
        Wrapper(valued="-p --package --features --bin", after=("lambda", "watch")),
    ),
    "nix": (Wrapper(after=("develop|shell",), form="tail", option="-c|--command"),),
    "nix-shell": (_code("--run|--command"),),
    "op": (Wrapper(valued="--env-file", after=("run",)),),
    "doppler": (
        _code("--command"),
        Wrapper(valued="-p -c --project --config", after=("run",)),
    ),
    "aws-vault": (Wrapper(valued="-d --duration", after=("exec",), skip=1),),
    "split": (_code("--filter"),),
    "sort": (_code("--compress-program"),),
    "rg": (_code("--pre"),),
    "cat": (_code("--pager"),),
    "docker": (
        Wrapper(after=("unshare",)),
        Wrapper(valued=_DOCKER_RUN, after=("exec",), skip=1, away=True),
        Wrapper(valued=_DOCKER_RUN, after=("container", "exec|run"), skip=1, away=True),
        Wrapper(valued=_DOCKER_RUN, after=("run|create",), skip=1, away=True),
        Wrapper(valued=_DOCKER_RUN, after=("compose", "exec|run"), skip=1, away=True),
    ),
    "lxc": (Wrapper(after=("exec",), skip=1, away=True),),
    "vagrant": (Wrapper(after=("ssh",), form="code", option="-c|--command", away=True),),
    "gcloud": (Wrapper(after=("compute", "ssh"), form="code", option="--command", away=True),),
    "heroku": (Wrapper(valued="-a --app -s --size", after=("run",), form="code", away=True),),
    "fly": (Wrapper(after=("ssh", "console"), form="code", option="-C|--command", away=True),),
    "kubectl": (
        Wrapper(after=("exec",), form="tail", option="--", away=True),
        Wrapper(valued=_KUBECTL_EXEC, after=("exec",), skip=1, away=True),
        Wrapper(after=("run",), form="tail", option="--", away=True),
    ),
    "ssh": (
        Wrapper(
            valued="-i -o -p -l -F -L -R -D -J -b -c -E -e -I -m -O -Q -S -W -w -B",
            skip=1,
            form="code",
            away=True,
        ),
    ),
    "mosh": (Wrapper(valued="-p --ssh --port", skip=1, away=True),),
    "sshpass": (Wrapper(valued="-p -f -d -P"),),
    "tmux": (
        Wrapper(
            valued="-s -n -c -t -x -y -e -F -L -S -f",
            after=(
                "new-session|new|new-window|neww|split-window|splitw|respawn-pane|run-shell|run",
            ),
            form="code",
        ),
        Wrapper(valued="-t -N -L -S -f", after=("send-keys|send",), form="each"),
    ),
    "screen": (Wrapper(valued="-S -c -p -s -t -T -h"),),
    "zellij": (Wrapper(after=("run",)),),
    "caffeinate": (Wrapper(valued="-t -w"),),
    "firejail": (_PLAIN,),
    "faketime": (Wrapper(skip=1),),
    "dbus-run-session": (_PLAIN,),
    "xvfb-run": (Wrapper(valued="-n -s -e -f -w -p --server-args --server-num"),),
    "start-stop-daemon": (Wrapper(form="tail", option="--exec|-x|--startas|-a"),),
    "daemonize": (Wrapper(valued="-a -e -o -p -l -u -c -E"),),
    "expect": (_code("-c"),),
    "cmd": (Wrapper(form="code", skip=1),),
    "gdb": (Wrapper(form="words", option="--args"),),
    **dict.fromkeys(
        (
            *("nohup", "setsid", "busybox", "toybox", "unbuffer", "rlwrap", "ccache", "fakeroot"),
            *(
                "catchsegv",
                "proxychains",
                "proxychains4",
                "torsocks",
                "torify",
                "tsocks",
                "eatmydata",
            ),
            *(
                "coproc",
                "then",
                "else",
                "do",
                "!",
                "noglob",
                "nocorrect",
                "sem",
                "chronic",
                "aoss",
            ),
            *(
                "strace64",
                "wine",
                "box64",
                "rosetta",
                "arch",
                "linux32",
                "linux64",
                "setarch",
                "cpulimit",
                "prlimit",
            ),
            *(
                "spawn",
                "dumb-init",
                "tini",
                "envdir",
                "chpst",
                "softlimit",
                "exec",
                "winpty",
                "bunx",
                "ts",
            ),
        ),
        (_PLAIN,),
    ),
}
