"""The namespaces of a pod, held open by descriptors: network, interprocess communication, host name and, if it has
volumes in memory, mounts. No process has to live in them."""
import os
import socket

import calls
from network import Netlink

_loopback, _inner = 1, "eth0"


def _current(name):
    return os.open(f"/proc/self/ns/{name}", os.O_RDONLY)


class Home:
    """The namespaces in which the helper itself lives, and to which it comes back. All but the network are its own, for
    nobody may come back to what belongs to another user. What the machine mounts later is seen in them too."""

    def __init__(self):
        calls.unshare(calls.CLONE_NEWIPC | calls.CLONE_NEWUTS | calls.CLONE_NEWNS)
        calls.mount(None, "/", None, calls.MS_REC | calls.MS_SLAVE)
        self._descriptors = {name: _current(name) for name in ("net", "ipc", "uts", "mnt")}
        self._folder = os.open("/", os.O_RDONLY | os.O_DIRECTORY)

    def return_to(self, names):
        for name in names:
            calls.setns(self._descriptors[name])
        os.fchdir(self._folder)


def make(home, network, spec):
    """Descriptors of the namespaces of a new pod by their names, in the order in which a process is to enter them."""
    has_network, memory = spec.get("address"), spec["tmpfs"]
    flags = calls.CLONE_NEWIPC | calls.CLONE_NEWUTS
    flags |= calls.CLONE_NEWNET if has_network else 0
    flags |= calls.CLONE_NEWNS if memory else 0
    names = ["ipc", "uts"] + (["net"] if has_network else []) + (["mnt"] if memory else [])
    descriptors = {}
    bridge = socket.if_nametoindex(spec["bridge"]) if has_network else 0
    try:
        try:
            calls.unshare(flags)
            socket.sethostname(spec["hostname"])
            for name in names:
                descriptors[name] = _current(name)
            if memory:
                _mount_memory(memory)
            if has_network:
                _connect(network, bridge, spec, descriptors["net"])
        finally:
            home.return_to(names)
    except BaseException:
        for descriptor in descriptors.values():
            os.close(descriptor)
        raise
    return descriptors


def reconnect(home, network, spec, namespaces):
    """Gives a pod that has lost its link another."""
    bridge = socket.if_nametoindex(spec["bridge"])
    try:
        calls.setns(namespaces["net"])
        _connect(network, bridge, spec, namespaces["net"])
    finally:
        home.return_to(["net"])


def _mount_memory(volumes):
    calls.mount(None, "/", None, calls.MS_REC | calls.MS_PRIVATE)
    for volume in volumes:
        size = f",size={volume['bytes']}" if "bytes" in volume else ""
        os.makedirs(volume["folder"], exist_ok=True)
        calls.mount("tmpfs", volume["folder"], "tmpfs", calls.MS_NOSUID | calls.MS_NODEV, f"mode=1777{size}")


def _connect(network, bridge, spec, namespace):
    """From inside the pod's network; `network` is a socket outside of it."""
    network.add_pair(spec["interface"], bridge, _inner, namespace)
    inside = Netlink()
    try:
        inside.bring_up(_loopback, "lo")
        index = socket.if_nametoindex(_inner)
        inside.add_address(index, spec["address"], spec["bits"])
        inside.bring_up(index, _inner)
        inside.add_default_route(spec["gateway"])
    finally:
        inside.close()
