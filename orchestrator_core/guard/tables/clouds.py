"""Tools that change what is elsewhere: only what is known to read passes unasked."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator_core.guard.tables.names import names

#: First words of a verb that only looks; `-` and `:` part words.
READING = names(
    "list ls get describe show info version help status view search head wait tail logs log"
    " top explain diff validate lint whoami current-context current doctor check inspect print"
    " plan preview template history env-list filter lookup estimate test ps releases open-api"
    " graph providers fmt output completion docs man count exists synth metadata locations"
    " regions about ping whois query scan cluster-info api-resources api-versions can-i events"
    " stat"
)


@dataclass(frozen=True, slots=True)
class Cloud:
    """`reading` adds to what may be read; `place` says at which operand the verb stands, or that
    it may be anywhere. `bare` tells whether it does something without any operand."""

    reading: str = ""
    place: int | None = 0
    bare: bool = False


CLOUDS: dict[str, Cloud] = {
    "aws": Cloud("configure s3:ls s3:presign s3:cp s3:sync", 1),
    "gcloud": Cloud("config auth read", None),
    "az": Cloud("", None),
    "kubectl": Cloud(
        "auth config port-forward rollout exec cp proxy kustomize options plugin api-resources"
        " api-versions cluster-info attach krew kuttl neat tree ctx ns"
    ),
    "helm": Cloud("repo dependency dep package pull create env fetch show verify plugin"),
    "terraform": Cloud("init console state workspace get login 0.12upgrade modules version"),
    "pulumi": Cloud("stack config plugin org new schema gen-completion"),
    "cdk": Cloud("synth synthesize init notices acknowledge"),
    "cdktf": Cloud("synth init get convert"),
    "sam": Cloud("build local init package validate"),
    "serverless": Cloud("package print invoke create plugin offline"),
    "sls": Cloud("package print invoke create plugin offline"),
    "doctl": Cloud("account auth", None),
    "hcloud": Cloud("context", None),
    "linode-cli": Cloud("", None),
    "scw": Cloud("", None),
    "oci": Cloud("", None),
    "ibmcloud": Cloud("target", None),
    "vultr-cli": Cloud("", None),
    "aliyun": Cloud("", None),
    "eksctl": Cloud("", None),
    "kops": Cloud("", None),
    "ecs-cli": Cloud("local", None),
    "eb": Cloud("local use", 0),
    "copilot": Cloud("", None),
    "heroku": Cloud("local git:remote run login", 0),
    "fly": Cloud("auth proxy ssh", None),
    "vercel": Cloud("dev build link pull", 0, bare=True),
    "now": Cloud("dev", 0, bare=True),
    "netlify": Cloud("dev build link serve functions:list functions:serve init", 0),
    "firebase": Cloud("emulators use serve login projects init target", 0),
    "wrangler": Cloud("dev types build init pages:dev d1:list login", 0),
    "railway": Cloud("run link login shell", 0),
    "render": Cloud("", None),
    "supabase": Cloud("start stop gen init link migration:new functions:serve db:diff db:lint", 0),
    "amplify": Cloud("init pull mock", 0),
    "surge": Cloud("list", 0, bare=True),
    "gh-pages": Cloud("", 0, bare=True),
    "ansible": Cloud("", 9),
    "ansible-playbook": Cloud("", 9),
    "salt": Cloud("", 9),
    "knife": Cloud("", None),
    "puppet": Cloud("parser facts config module", 0),
    "chef-client": Cloud("", 0, bare=True),
    "cap": Cloud("-T sync copy add open ls doctor update init migrate", 0),
    "kamal": Cloud("audit config details", 0),
    "nomad": Cloud("node job:status", None),
    "consul": Cloud("members catalog kv:get monitor", 0),
    "vault": Cloud("", 0),
    "argocd": Cloud("login context", None),
    "flux": Cloud("", None),
    "istioctl": Cloud("analyze proxy-status proxy-config dashboard", 0),
    "kubeadm": Cloud("config token:list", 0),
    "kustomize": Cloud("build", 0),
    "skaffold": Cloud("build render dev init", 0),
    "tilt": Cloud("up", 0),
    "gsutil": Cloud("du cat hash", 0),
    "bq": Cloud("", 0),
    "cf": Cloud("target apps services", 0),
    "rke": Cloud("", 0),
    "talosctl": Cloud("", 0),
    "velero": Cloud("", None),
    "stripe": Cloud("listen login", 0),
    "twilio": Cloud("", None),
    "gam": Cloud("", None),
    "confluent": Cloud("", None),
    "atlas": Cloud("", None),
    "pscale": Cloud("", None),
    "turso": Cloud("dev", None),
    "neonctl": Cloud("", None),
    "openstack": Cloud("", None),
    "govc": Cloud("", None),
    "packer": Cloud("init inspect", 0),
}

#: Options that make any of them only tell what it would do.
DRY = "--dry-run|--dry-run=client|--dry-run=server|--dryrun|--check|--syntax-check|--list-hosts"
DRY += "|--help|--version|-h|--list-tasks|--list-tags|--what-if|--noop|--preview|--list"

#: Verbs that destroy in the mouth of any program.
DESTROYING = names(
    "delete destroy drop purge wipe terminate nuke erase obliterate truncate flushall flushdb"
    " flush-all deprovision decommission teardown annihilate unpublish shred rm-rf"
    " factory-reset delete-all destroy-all drop-all purge-all wipe-all force-delete"
    " hard-delete reset-db db-reset dropdb drop-db drop-database deregister"
)
#: Programs whose operands are texts, names of files, or targets of the developer's own.
SPEAKING = names(
    "echo printf cat ls grep rg sed awk head tail less more wc sort uniq cut tr diff cmp test"
    " [ [[ find fd tree stat file touch mkdir cp mv ln rm rmdir make ninja cmake pytest jest"
    " vitest mocha npm yarn pnpm bun node python ruby go cargo git which type man whatis"
    " apropos export declare local readonly typeset unset set read printenv env true false : ="
    " > >> < sleep date tee xargs jq yq curl wget http ssh scp rsync tar zip unzip code vim"
    " nano emacs open pip uv poetry gradle mvn dotnet tsc eslint prettier ruff mypy black"
    " isort flake8 pylint sh bash zsh kill ps top jobs wait history alias cd pushd popd dirs"
    " source . exit return break continue sudo timeout time nice nohup watch docker kubectl gh"
    " glab psql mysql sqlite3 mongo redis-cli ack ag rgrep basename dirname realpath readlink"
    " strings od hexdump base64 md5sum sha256sum cspell codespell espeak say figlet cowsay"
    " notify-send expr let for select case if while phpunit rspec rake bundle mix dart flutter"
    " swift xcodebuild tox nox hatch pdm just task turbo nx lerna playwright cypress ctest"
    " perl php"
)
