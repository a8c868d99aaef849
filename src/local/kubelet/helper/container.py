"""Processes of containers: the first process of each, which reaps and passes TERM on, and commands run beside it."""
import os
import signal
import socket

import calls
from mounts import Root

_last_capability = 63
_not_found, _not_executable, _cannot_prepare = 127, 126, 125

# Since process 1 may get TERM from its first instruction on, the handler that notes it is one that it inherits.
_terminated = False


def note_signals():
    helper = os.getpid()

    def note(*_):
        global _terminated
        _terminated = True
        if os.getpid() == helper:
            os._exit(0)

    signal.signal(signal.SIGTERM, note)


def text_of(error):
    return error.args[1] if isinstance(error, OSError) and len(error.args) > 1 else f"{type(error).__name__}: {error}"


def _complain(text):
    os.write(2, f"windlass: {text}\n".encode("utf-8", "surrogateescape"))


def _child(flags, streams, kept, work):
    """A process of its own that does `work`, and ends with the status that it returns. Of the helper's descriptors it
    has only those that it is given: copies of others would keep the pipes of other containers open."""
    pid = calls.fork_into(flags)
    if pid:
        return pid
    status = _cannot_prepare
    try:
        calls.die_with_parent(signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, descriptor in enumerate(streams):
            os.dup2(descriptor, number)
        calls.close_from(3, kept)
        status = work()
    except BaseException as error:
        _complain(text_of(error))
    finally:
        os._exit(status)


def _open_groups(folders):
    return [os.open(f"{folder}/cgroup.procs", os.O_WRONLY) for folder in folders]


def _join(groups):
    for descriptor in groups:
        os.write(descriptor, b"0")
        os.close(descriptor)


def _drop_capabilities(kept):
    for number in range(_last_capability + 1):
        if number not in kept:
            try:
                calls.drop_capability(number)
            except OSError:
                # The first that this kernel does not know.
                return


def _find(name, path):
    """A program as a shell finds it."""
    if "/" in name:
        return name
    places = [os.path.join(folder or ".", name) for folder in path.split(":")]
    found = [place for place in places if os.path.isfile(place)]
    return next((place for place in found if os.access(place, os.X_OK)), found[0] if found else None)


_reset = (signal.SIGPIPE, signal.SIGINT, signal.SIGTERM, signal.SIGXFSZ, signal.SIGCHLD)


def _spawn(spec, own_session):
    """Starts the command; 0 and an exit status, as a shell has it, where there is no such command."""
    argv, env = spec["argv"], spec["env"]
    program = _find(argv[0], env.get("PATH", os.defpath))
    try:
        if program is None:
            raise FileNotFoundError
        return os.posix_spawn(program, argv, env, setsid=own_session, setsigdef=_reset), 0
    except FileNotFoundError:
        _complain(f"{argv[0]}: command not found")
        return 0, _not_found
    except OSError as error:
        _complain(f"{argv[0]}: {error.strerror}")
        return 0, _not_executable


def status_of(code):
    """Exit code as a shell has it."""
    return 128 + os.WTERMSIG(code) if os.WIFSIGNALED(code) else os.WEXITSTATUS(code)


def _supervise(spec, own_session):
    """Runs the command as a child, passes TERM on to it, and reaps whoever else ends. Its exit status."""
    _drop_capabilities(spec["capabilities"])
    child, status = _spawn(spec, own_session)
    if child == 0:
        return status
    signal.signal(signal.SIGTERM, lambda *_: os.kill(child, signal.SIGTERM))
    if _terminated:
        os.kill(child, signal.SIGTERM)
    for number in range(3):
        os.close(number)
    while True:
        pid, code = os.wait()
        if pid == child:
            return status_of(code)


def _build(request, namespaces):
    """Leaves the helper itself in the container's namespaces, with the container's root."""
    for descriptor in namespaces.values():
        calls.setns(descriptor)
    calls.unshare(calls.CLONE_NEWNS)
    calls.mount(None, "/", None, calls.MS_REC | calls.MS_PRIVATE)
    root = Root(request["root"], request["scratch"], request["silent"])
    calls.mount(root.folder, root.folder, None, calls.MS_BIND)
    for step in request["mounts"]:
        root.carry_out(step)
    root.folder_at(request["cwd"])
    root.enter()
    os.chdir(request["cwd"])


def _first(request, groups):
    """Process 1 of a container, which ends with it. Only here the container's processes can be mounted."""
    _join(groups)
    if groups:
        calls.unshare(calls.CLONE_NEWCGROUP)
    calls.mount("proc", "/proc", "proc", calls.MS_NOSUID | calls.MS_NODEV | calls.MS_NOEXEC)
    for path in request["readOnly"]:
        calls.mount(path, path, None, calls.MS_BIND)
        calls.mount(None, path, None, calls.MS_REMOUNT | calls.MS_BIND | calls.MS_RDONLY | 14)
    calls.set_name("windlass-init")
    return _supervise(request, True)


def start(home, request, namespaces, output):
    """Starts the first process of a container in the namespaces of its pod. Its process id, as the machine counts.

    The helper makes the mounts itself and comes back: a child would pay for each page of memory that it touches.
    """
    stdin = os.open(os.devnull, os.O_RDONLY)
    groups = []
    try:
        groups = _open_groups(request["groups"])
        _build(request, namespaces)
        return _child(calls.CLONE_NEWPID, (stdin, *output), groups, lambda: _first(request, groups))
    finally:
        home.return_to({**namespaces, "mnt": None})
        for descriptor in (stdin, *groups):
            os.close(descriptor)


def _beside(first, request):
    _join(_open_groups(request["groups"]))
    names = ["net", "ipc", "uts", "pid"] + (["cgroup"] if request["groups"] else []) + ["mnt"]
    for descriptor in [os.open(f"/proc/{first}/ns/{name}", os.O_RDONLY) for name in names]:
        calls.setns(descriptor)
        os.close(descriptor)
    os.chdir(request["cwd"])
    return _supervise(request, False)


def execute_in(first, request, streams):
    """Starts a command in the namespaces of a container, given its first process. It leads a process group."""

    def work():
        os.setsid()
        return _beside(first, request)

    return _child(0, streams, (), work)


def check(with_network):
    """OSError, saying what failed, where this process may not make what pods need."""
    reader, writer = os.pipe()

    def in_pid_namespace():
        calls.mount("proc", "/proc", "proc")
        return 0

    def work():
        flags = calls.CLONE_NEWIPC | calls.CLONE_NEWUTS | calls.CLONE_NEWNS
        calls.unshare(flags | (calls.CLONE_NEWNET if with_network else 0))
        socket.sethostname("check")
        calls.mount(None, "/", None, calls.MS_REC | calls.MS_PRIVATE)
        calls.mount("tmpfs", "/tmp", "tmpfs")
        calls.mount("/dev", "/tmp", None, calls.MS_BIND | calls.MS_REC)
        inner = _child(calls.CLONE_NEWPID, (0, 1, 2), (), in_pid_namespace)
        return status_of(os.waitpid(inner, 0)[1])

    stdin = os.open(os.devnull, os.O_RDONLY)
    pid = _child(0, (stdin, writer, writer), (), work)
    os.close(stdin)
    os.close(writer)
    with open(reader, encoding="utf-8", errors="replace") as said:
        text = said.read().strip().replace("windlass: ", "", 1)
    if os.waitpid(pid, 0)[1] != 0:
        raise OSError(1, text)
