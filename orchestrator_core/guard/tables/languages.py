"""Calls of other languages that touch the world, and what kind of thing each does."""

from __future__ import annotations

from orchestrator_core.guard.tables.names import names


def _kinds(**kinds: str) -> dict[str, str]:
    return {
        name: kind.replace("_", "-") for kind, listed in kinds.items() for name in listed.split()
    }


PYTHON = _kinds(  # noqa: S604  names of calls, none is made
    shell="os.system os.popen subprocess.getoutput subprocess.getstatusoutput commands.getoutput"
    " pty.spawn asyncio.create_subprocess_shell",
    run="subprocess.run subprocess.call subprocess.check_call subprocess.check_output"
    " subprocess.Popen sh.Command",
    words="asyncio.create_subprocess_exec",
    replace="os.execl os.execle os.execlp os.execlpe os.execv os.execve os.execvp os.execvpe"
    " os.posix_spawn os.posix_spawnp",
    spawn="os.spawnl os.spawnle os.spawnlp os.spawnv os.spawnve os.spawnvp os.spawnvpe",
    delete="os.remove os.unlink os.rmdir os.removedirs send2trash.send2trash",
    wipe="shutil.rmtree",
    move="os.rename os.replace os.renames shutil.move",
    copy="shutil.copy shutil.copy2 shutil.copyfile shutil.copytree",
    link="os.symlink os.link",
    write="os.truncate",
    make="os.mkdir os.makedirs",
    change="os.chmod os.lchmod os.chown os.lchown shutil.chown",
    code="exec eval compile builtins.exec builtins.eval pickle.loads marshal.loads"
    " code.interact runpy.run_path",
    post="requests.post requests.put requests.patch requests.delete httpx.post httpx.put"
    " httpx.patch httpx.delete requests.request httpx.request",
    get="requests.get httpx.get urllib.request.urlopen urllib.request.urlretrieve"
    " urllib.request.Request urllib.urlopen",
    connect="socket.create_connection",
    mail="smtplib.SMTP smtplib.SMTP_SSL ftplib.FTP paramiko.SSHClient telnetlib.Telnet",
    kill="os.kill os.killpg",
    open="open io.open codecs.open os.open",
    unclear="ctypes.CDLL ctypes.cdll.LoadLibrary ctypes.PyDLL cffi.FFI importlib.reload",
)
#: By the method's name, whatever it is called on; the value is that on which it is called.
PYTHON_METHODS = _kinds(
    delete="unlink rmdir",
    wipe="rmtree",
    write="write_text write_bytes touch",
    read="read_text read_bytes",
    make="mkdir",
    open="open",
)
#: Put together here: the words of one who reads the environment, which the guard does not.
PYTHON_ENVIRON = ".".join(("os", "environ"))
PYTHON_GETENV = ".".join(("os", "getenv"))
#: Of databases' objects; on what they are called is not known.
PYTHON_DESTROYING = names(
    "drop_all delete_many delete_one drop_database drop_collection flushall flushdb drop_table"
    " bulk_delete delete_all"
)
#: The value is the first argument.
PYTHON_METHODS_ON = _kinds(
    sql="execute executescript executemany",
    connect="connect connect_ex",
    post="post put patch",
)

#: By the last part of the name.
NODE = _kinds(
    run="exec execSync execFile execFileSync spawn spawnSync fork Command",
    delete="unlink unlinkSync",
    wipe="rmdir rmdirSync rm rmSync rimraf rimrafSync remove removeSync emptyDir emptyDirSync",
    write="writeFile writeFileSync appendFile appendFileSync createWriteStream truncateSync"
    " writeTextFile writeTextFileSync outputFileSync",
    read="readFile readFileSync createReadStream readTextFile readTextFileSync",
    move="rename renameSync moveSync",
    copy="copyFile copyFileSync cpSync",
    link="symlink symlinkSync",
    change="chmod chmodSync chown chownSync",
    get="fetch",
    post="request post put patch",
    code="eval Function runInNewContext runInThisContext",
    unclear="binding",
    connect="connect createConnection",
    kill="kill",
)
#: These are everyday names; they count where the module that has them is named.
NODE_MODULES = {
    "child_process": "exec execSync execFile execFileSync spawn spawnSync fork",
    "fs": "rm rmSync unlink rmdir rename truncateSync",
    "net": "connect createConnection",
    "fs-extra|Deno": "remove removeSync emptyDir emptyDirSync",
    "Deno": "Command",
    "process": "kill binding",
    "https?": "request",
    "axios|got|superagent|needle": "post put patch",
}
#: So everyday that they count only where this stands in the code, too.
EVERYDAY = {
    "ruby": ("delete remove", r"\b(?:File|Dir|FileUtils|Pathname|IO)\b"),
    "lua": ("remove", r"\bos\s*\.\s*remove"),
}
PERL = _kinds(
    run="system exec qx readpipe",
    delete_all="unlink rmdir",
    wipe="rmtree remove_tree",
    open="open",
    move="rename move",
    copy="copy",
    link="symlink",
    code="eval",
    kill="kill",
    connect="socket",
    change="chmod chown",
)
RUBY = _kinds(
    run="system exec spawn popen popen2 popen2e popen3 capture2 capture2e capture3 sh qx",
    delete_all="delete unlink rm rm_f rmdir remove safe_unlink",
    wipe="rm_rf rm_r rmtree remove_dir remove_entry remove_entry_secure secure_rm",
    write="write binwrite touch",
    open="open",
    read="read readlines",
    move="rename mv move",
    copy="cp cp_r copy",
    link="symlink ln_s",
    change="chmod chown chmod_R",
    code="eval instance_eval class_eval",
    connect="TCPSocket",
    post="post post_form",
    kill="kill",
    unclear="delete_all destroy_all drop_table truncate_table drop_database",
)
PHP = _kinds(
    run="system exec shell_exec passthru popen proc_open pcntl_exec",
    delete="unlink rmdir",
    write="file_put_contents",
    read="file_get_contents readfile",
    open="fopen",
    move="rename",
    copy="copy",
    link="symlink",
    code="eval assert create_function",
    connect="fsockopen",
    change="chmod chown",
)
LUA = _kinds(
    run="execute popen", delete_all="remove", move="rename", open="open", code="load loadstring"
)
AWK = _kinds(run="system")
R = _kinds(run="system system2 shell", wipe="unlink", delete_all="remove")
TCL = _kinds(run="exec")

LANGUAGES: dict[str, dict[str, str]] = {
    "node": NODE,
    "perl": PERL,
    "ruby": RUBY,
    "php": PHP,
    "lua": LUA,
    "awk": AWK,
    "R": R,
    "tcl": TCL,
}

#: The language of a program, the options that code follows, and whether its input is code, too.
INTERPRETERS: dict[str, tuple[str, str, bool]] = {
    "python": ("python", "-c", True),
    "ipython": ("python", "-c", True),
    "node": ("node", "-e|-p|-pe|--eval|--print", True),
    "bun": ("node", "-e|-p|--eval|--print", False),
    "deno": ("node", "eval", False),
    "perl": ("perl", "-e|-E", True),
    "ruby": ("ruby", "-e", True),
    "php": ("php", "-r|--run|-B|-R", True),
    "lua": ("lua", "-e", True),
    "luajit": ("lua", "-e", True),
    "Rscript": ("R", "-e", False),
    "R": ("R", "-e", True),
    "tclsh": ("tcl", "", True),
    "osascript": ("osascript", "-e", True),
    "irb": ("ruby", "-e", True),
    "rake": ("ruby", "-e|--execute", False),
    "ruby-run": ("ruby", "", False),
    "ocaml": ("other", "-e", True),
    "crystal": ("other", "eval", False),
    "iex": ("other", "-e|--eval", False),
    "mix": ("other", "-e|--eval", False),
    "pry": ("ruby", "-e", True),
    "rails": ("ruby", "runner|r", False),
    "julia": ("other", "-e|-E|--eval|--print", True),
    "groovy": ("other", "-e", False),
    "jshell": ("other", "", True),
    "elixir": ("other", "-e|--eval", False),
    "erl": ("other", "-eval", False),
    "swift": ("other", "-e", True),
    "scala": ("other", "-e", False),
    "kotlin": ("other", "-e", False),
    "runghc": ("other", "-e", True),
    "ghc": ("other", "-e", False),
    "guile": ("other", "-c", True),
    "racket": ("other", "-e", True),
    "sbcl": ("other", "--eval", True),
    "clojure": ("other", "-e|--eval", True),
    "matlab": ("other", "-batch|-r", True),
    "swipl": ("other", "-g|-t", True),
    "bb": ("other", "-e", True),
    "octave": ("other", "--eval", True),
    "emacs": ("other", "--eval|--execute", False),
    "emacsclient": ("other", "--eval|-e", False),
}
