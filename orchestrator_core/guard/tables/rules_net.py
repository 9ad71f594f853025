"""What leaves the machine or comes onto it, secrets, containers and clouds."""

from __future__ import annotations

from orchestrator_core.guard.rule import ask

NET_RULES = (
    ask(
        "net.send",
        "mail|mailx|sendmail|mutt|swaks|msmtp|ssmtp|s-nail|neomutt **",
        "ftp|lftp|tftp|ncftpput|sftp|smbclient **",
        "rclone copy|copyto|sync|move|moveto|delete|deletefile|purge|cleanup|bisync|rmdir|rmdirs|"
        "dedupe|rcat|link|serve|mount",
        "s3cmd|s4cmd|s5cmd put|sync|del|rm|mv|rb|cp|setacl",
        "mc cp|mirror|rm|rb|mv|pipe|share",
        "azcopy|b2|transfer|wormhole|croc|magic-wormhole|ffsend|onionshare **",
        "telegram-send|slackcat|ntfy|wall|write|signal-cli|pastebinit|gist|termbin|ix|0x0 **",
    ),
    ask(
        "net.tunnel",
        "ngrok|cloudflared|localtunnel|lt|bore|frpc|frps|chisel|pagekite|tailscale|"
        "zerotier-cli **",
        "serveo|inlets|gost|sshuttle|autossh|stunnel|dnscat*|iodine|ptunnel*|proxytunnel **",
        "ssh -R|-D|-w",
        "socat **",
    ),
    ask(
        "net.attack",
        "nmap|masscan|zmap|hydra|medusa|sqlmap|john|hashcat|msfconsole|msfvenom|nikto|ettercap **",
        "aircrack-ng|airmon-ng|responder|bettercap|arpspoof|hping3|slowloris|gobuster|"
        "wfuzz|ffuf **",
        "tcpdump|tshark|dumpcap|dsniff **",
        "xmrig|minerd|cpuminer|ethminer|cgminer|xmr-stak* **",
        "stress|stress-ng|fork-bomb **",
        "evil-winrm|crackmapexec|impacket*|mimikatz|linpeas*|pspy* **",
    ),
    ask(
        "secret.read",
        "gpg --export-secret-keys|--export-secret-subkeys|--delete-secret-keys|--delete-keys|"
        "--delete-secret-and-public-key",
        "pass show|edit|rm|insert|generate|-c|git",
        "gopass show|cat|rm",
        "op read|item|document|inject|signin",
        "bw get|list|export|unlock|delete",
        "secret-tool lookup|search|clear|store",
        "keyring|kwallet-query|lpass **",
        "security dump-keychain|find-*|delete-*|export|unlock-keychain|set-*|import|add-*",
        "git credential|credential-*",
        "gh|glab auth token",
        "gh auth status --show-token|-t",
        "aws configure get|export-credentials|set",
        "aws secretsmanager|ssm get-*|batch-get*",
        "aws sts get-session-token|assume-role*|get-federation-token",
        "aws ecr get-login*",
        "gcloud auth print-*|application-default",
        "gcloud secrets versions access",
        "az account get-access-token",
        "az keyvault secret show|list|download",
        "kubectl get|describe secret|secrets|secret/*|secrets/*",
        "kubectl config view --raw|--flatten",
        "kubectl create token",
        "heroku config|config:get|auth:token|authorizations*",
        "vault read|kv|unwrap|login|write|delete|operator|token|secrets|policy",
        "npm config get *auth*|*token*",
        "docker-credential-* get|list",
        "doppler secrets|configs",
        "chamber|sops|ansible-vault export|read|-d|--decrypt|decrypt|view|edit",
        "printenv *token*|*secret*|*key*|*passw*|*credential*",
        "getent|unshadow shadow|gshadow **",
        "ssh-add -L|-D|-x",
        "wrangler|fly|vercel|netlify secret|secrets|env",
        "certutil|keytool -export*|-list|-delete",
    ),
    ask(
        "keep.keys",
        "ssh-copy-id **",
        "ssh-keygen -R|-A|-p",
        "ssh-import-id*|ssh-add **",
        "gpg --import|--edit-key",
        "update-ca-certificates|trust|certbot|mkcert **",
    ),
    ask(
        "container.host",
        "docker run|create|exec --privileged|--pid=host|--cap-add|--cap-add=*|--userns=host",
    ),
    ask(
        "container.destroy",
        "docker rm|rmi",
        "docker container|image|volume|network|context|secret|config|service|stack|node|plugin|"
        "builder|buildx|system|machine|pod|checkpoint|swarm|sandbox rm|remove|prune|kill|leave|"
        "reset|update|rollback|scale|disable|drain|df-clean",
        "docker compose down -v|--volumes|--rmi|--remove-orphans",
        "docker compose rm|kill",
        "docker-machine|colima|minikube|kind|k3d|multipass|vagrant|lima|limactl|lxc delete|rm|"
        "destroy|remove|purge|prune|halt|stop",
        "kind|k3d|minikube|ctlptl delete|cluster ** delete",
        "k3d|kind cluster|delete delete|cluster",
        "virsh destroy|undefine|shutdown|vol-delete|snapshot-delete|pool-destroy",
        "VBoxManage unregistervm|closemedium|controlvm",
        "crictl|ctr rm|rmi|rmp|stop|remove|delete",
        "machinectl|lxd|lxc-destroy|incus remove|terminate|poweroff|delete|kill",
        "vmrun stop|deleteVM|revertToSnapshot",
        "qm|pct destroy|stop|rollback|reset",
        "docker swarm **",
        "docker cp * ..*|/etc*|/usr*|/root*",
    ),
)
