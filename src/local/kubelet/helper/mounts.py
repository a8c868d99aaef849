"""Builds the root of a container out of steps that the kubelet planned; see mount-steps.ts for what they mean.

Paths of targets are those that the container sees: links in them lead to places within its root, not on the machine.
"""
import errno
import os

import calls

_most_links = 40


class NoOverlay(OSError):
    """Where a layer would lie, the machine has no overlays: a copy has to do."""


class Root:
    """A root under construction in `folder`; `scratch` holds the layers of what has to be writable for mount points, and
    `silent` mounts of the machine are not to be touched: they do not answer."""

    def __init__(self, folder, scratch, silent):
        self.folder = folder
        self._scratch = scratch
        self._silent = silent
        self._layers = 0

    def resolve(self, path):
        """Where a path of the container is on the machine now."""
        done, left, links = "", [part for part in path.split("/") if part], 0
        while left:
            part = left.pop(0)
            if part == "..":
                done = os.path.dirname(done)
                continue
            if part == ".":
                continue
            at = f"{done}/{part}"
            try:
                to = os.readlink(self.folder + at)
            except OSError:
                done = at
                continue
            links += 1
            if links > _most_links:
                raise OSError(errno.ELOOP, f"too many links in {path}")
            if to.startswith("/"):
                done = ""
            left = [step for step in to.split("/") if step] + left
        return self.folder + done

    def folder_at(self, path, mode=None):
        """Makes a folder with those above it. What does not exist on the machine is made in a layer over it."""
        place = self.resolve(path)
        if os.path.isdir(place):
            return place
        try:
            os.makedirs(place)
        except OSError as error:
            if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise OSError(error.errno, f"cannot make a mount point at {path}: {error.strerror}")
            self._cover(_nearest(place))
            os.makedirs(place)
        if mode is not None:
            os.chmod(place, mode)
        return place

    def file_at(self, path):
        place = self.resolve(path)
        if os.path.exists(place):
            return place
        parent = self.folder_at(os.path.dirname(place[len(self.folder):]))
        try:
            _touch(place)
        except OSError as error:
            if error.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
                raise
            self._cover(parent)
            _touch(place)
        return place

    def _cover(self, place):
        """Makes a folder of the machine writable for this container alone. What is mounted below it stays."""
        self._layers += 1
        lower, upper, work = (f"{self._scratch}/{name}{self._layers}" for name in ("lower", "upper", "work"))
        for made in (lower, upper, work):
            os.makedirs(made)
        calls.mount(place, lower, None, calls.MS_BIND | calls.MS_REC)
        seen = place[len(self.folder):]
        try:
            overlay(place, lower, upper, work)
        except OSError as error:
            raise OSError(error.errno, f"cannot make a mount point in {seen or '/'} without changing this machine: {error}")
        for point, _ in mounts_below(lower):
            below = point[len(lower):]
            if below and seen + below not in self._silent:
                calls.mount(point, place + below, None, calls.MS_BIND | calls.MS_REC)

    # The steps; their names are those of mount-steps.ts.

    def do_bind(self, step):
        source = step["source"]
        if step.get("makeSource"):
            os.makedirs(source, exist_ok=True)
        target = self.folder_at(step["at"]) if os.path.isdir(source) else self.file_at(step["at"])
        calls.mount(source, target, None, calls.MS_BIND | calls.MS_REC)
        if step.get("readOnly"):
            read_only(target)

    def do_mount(self, step):
        calls.mount(step["name"], self.folder_at(step["at"]), step["type"], calls.MS_NOSUID, step.get("options"))

    def do_layer(self, step):
        source, target = step["source"], self.folder_at(step["at"])
        upper, work = f"{step['layer']}/upper", f"{step['layer']}/work"
        for made in (upper, work):
            os.makedirs(made)
        try:
            overlay(target, source, upper, work)
        except OSError as error:
            if step["instead"] == "fail":
                raise NoOverlay(error.errno, error.args[1])
            if step["instead"] == "read-only":
                calls.mount(source, target, None, calls.MS_BIND | calls.MS_REC)
                read_only(target)

    def do_link(self, step):
        place = self.folder + step["at"]
        if not os.path.lexists(place):
            os.symlink(step["to"], place)

    def do_folder(self, step):
        self.folder_at(step["at"], step.get("mode"))

    def do_hide(self, step):
        place = self.resolve(step["at"])
        if os.path.isdir(place):
            calls.mount("hidden", place, "tmpfs", calls.MS_NOSUID, "mode=755,size=1m")

    def carry_out(self, step):
        getattr(self, "do_" + step["do"].replace("-", "_"))(step)

    def enter(self):
        """Makes it the root of this process, and lets the machine's own go."""
        old = f"{self.folder}/.old"
        os.makedirs(old, exist_ok=True)
        os.chdir(self.folder)
        calls.pivot_root(".", old)
        os.chdir("/")
        calls.unmount("/.old")
        os.rmdir("/.old")


def _nearest(place):
    while not os.path.isdir(place):
        place = os.path.dirname(place)
    return place


def _touch(place):
    os.close(os.open(place, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))


def overlay(target, lower, upper, work):
    # A colon separates layers, a comma options: with a backslash before it, it is part of a name.
    lower, upper, work = (path.replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,") for path in (lower, upper, work))
    calls.mount("overlay", target, "overlay", 0, f"lowerdir={lower},upperdir={upper},workdir={work}")


_kept = {"nosuid": calls.MS_NOSUID, "nodev": calls.MS_NODEV, "noexec": calls.MS_NOEXEC}
_kept.update({"noatime": 1024, "nodiratime": 2048, "relatime": 1 << 21})


def mounts_below(folder):
    """Mount points at and below a folder, with the flags that a new mount of them must keep in a user namespace."""
    found = []
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as lines:
        for line in lines:
            fields = line.split(" ")
            point = fields[4].encode("utf-8", "surrogateescape").decode("unicode_escape") if "\\" in fields[4] else fields[4]
            if point == folder or point.startswith(f"{folder}/"):
                found.append((point, sum(_kept.get(option, 0) for option in fields[5].split(","))))
    return found


def read_only(target):
    try:
        calls.make_read_only(target)
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
        for point, flags in mounts_below(target):
            calls.mount(None, point, None, calls.MS_REMOUNT | calls.MS_BIND | calls.MS_RDONLY | flags)
