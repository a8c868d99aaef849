"""The helper of the kubelet: makes namespaces, mounts, links and processes by system calls, and forks what pods run.

Started once by the kubelet, it speaks with it over descriptor 3, one JSON object a line: {"id", "do", ...} is answered
with {"id", "ok"} or {"id", "error"}; {"event"} comes by itself. It ends with the kubelet, and all that it started with it.
"""
import gc
import json
import os
import selectors
import signal
import socket
import sys

import calls
import container
import mounts
import network
import sandbox

_control = 3


class Helper:
    def __init__(self):
        self._outside = network.Netlink()
        self._home = sandbox.Home()
        self._sandboxes = {}
        self._selector = selectors.DefaultSelector()
        self._received = b""

    def say(self, message):
        data = json.dumps(message).encode() + b"\n"
        while data:
            data = data[os.write(_control, data) :]

    # What the kubelet may ask for: the names after `do_` are those of its requests.

    def do_check(self, request):
        container.check(request["network"])

    def do_routes(self, _request):
        return self._outside.routes()

    def do_bring_up(self, request):
        self._outside.bring_up(socket.if_nametoindex(request["name"]), request["name"])

    def do_add_bridge(self, request):
        """Made anew: what a predecessor left goes with its addresses."""
        name = request["name"]
        self.do_remove_link(request)
        self._outside.add_bridge(name)
        self._outside.add_address(socket.if_nametoindex(name), request["ip"], request["bits"])

    def do_mend(self, request):
        """Makes the bridge, its addresses and the links of pods as they were made; answers what was not so."""
        mended, outside = [], self._outside
        bridge = request["name"]
        if bridge not in outside.links():
            outside.add_bridge(bridge)
            mended.append(f"bridge {bridge} was missing")
        links = outside.links()
        index, _, is_up = links[bridge]
        if not is_up:
            outside.bring_up(index, bridge)
            mended.append(f"bridge {bridge} was down")
        there = outside.addresses(index)
        for ip, bits in request["addresses"]:
            if ip not in there:
                outside.add_address(index, ip, bits)
                mended.append(f"address {ip} was missing")
        for pod in request["pods"]:
            namespaces = self._sandboxes.get(pod["sandbox"])
            link = links.get(pod["interface"])
            if namespaces and not link:
                sandbox.reconnect(self._home, outside, pod, namespaces)
                mended.append(f"the link of pod {pod['address']} was missing")
            elif namespaces and (link[1] != index or not link[2]):
                outside.join_bridge(link[0], index, pod["interface"])
                mended.append(f"the link of pod {pod['address']} was disconnected")
        return mended

    def do_remove_link(self, request):
        if request["name"] in (name for _, name in socket.if_nameindex()):
            self._outside.remove_link(request["name"])

    def do_add_address(self, request):
        self._outside.add_address(socket.if_nametoindex(request["name"]), request["ip"], 32)

    def do_remove_address(self, request):
        self._outside.remove_address(socket.if_nametoindex(request["name"]), request["ip"], 32)

    def do_follow_network(self, _request):
        for what, news in network.follow_news().items():
            self._selector.register(news, selectors.EVENT_READ, lambda what=what, news=news: self._tell_news(what, news))

    def do_open_sandbox(self, request):
        self._sandboxes[request["sandbox"]] = sandbox.make(self._home, self._outside, request)

    def do_close_sandbox(self, request):
        for descriptor in self._sandboxes.pop(request["sandbox"], {}).values():
            os.close(descriptor)

    def do_run(self, request):
        namespaces = self._sandboxes[request["sandbox"]]
        return self._with_output(lambda out, err: container.start(self._home, request, namespaces, (out, err)))

    def do_exec(self, request):
        (stdin, writer) = os.pipe() if request["stdin"] else (os.open(os.devnull, os.O_RDONLY), None)
        try:
            streams = lambda out, err: container.execute_in(request["first"], request, (stdin, out, err))
            return {**self._with_output(streams), "stdin": writer}
        finally:
            os.close(stdin)

    def do_close(self, request):
        for descriptor in request["descriptors"]:
            os.close(descriptor)

    def _with_output(self, start):
        """The reading ends stay open here until the kubelet has opened them by way of /proc."""
        readers, writers = zip(os.pipe(), os.pipe())
        try:
            pid = start(*writers)
        except BaseException:
            for descriptor in readers:
                os.close(descriptor)
            raise
        finally:
            for descriptor in writers:
                os.close(descriptor)
        return {"pid": pid, "stdout": readers[0], "stderr": readers[1]}

    def _answer(self, request):
        reply = {"id": request["id"]}
        try:
            reply["ok"] = getattr(self, f"do_{request['do']}")(request)
        except Exception as error:
            reply["error"] = {"message": container.text_of(error), "isOverlay": isinstance(error, mounts.NoOverlay)}
        self.say(reply)

    def _hear(self):
        data = os.read(_control, 1 << 18)
        if not data:
            os._exit(0)
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            self._answer(json.loads(line))

    def _tell_news(self, what, news):
        try:
            while news.recv(1 << 16):
                pass
        except BlockingIOError:
            pass
        except OSError:
            # More news than the socket holds: that something changed is all there is to tell.
            pass
        self.say({"event": "network", "what": what})

    def _reap(self, wakeup):
        os.read(wakeup, 512)
        while True:
            try:
                pid, status, used = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.say({"event": "exit", "pid": pid, "code": container.status_of(status)})

    def serve(self):
        reader, writer = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector.register(_control, selectors.EVENT_READ, self._hear)
        self._selector.register(reader, selectors.EVENT_READ, lambda: self._reap(reader))
        gc.freeze()
        self.say({"event": "ready", "pid": os.getpid()})
        while True:
            for key, _ in self._selector.select():
                key.data()


def become_root_of_users():
    """A user namespace of its own, in which an ordinary user may do what the rest of this program does."""
    user, group = os.getuid(), os.getgid()
    calls.unshare(calls.CLONE_NEWUSER)
    for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"), ("gid_map", f"0 {group} 1")):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(text)


def main(words):
    if sys.version_info < (3, 9):
        sys.exit("Python 3.9 or later is needed")
    calls.die_with_parent(signal.SIGKILL)
    os.set_inheritable(_control, False)
    if "--user" in words:
        become_root_of_users()
    container.note_signals()
    Helper().serve()


main(sys.argv[1:])
