"""System calls that the standard library of Python 3.9 does not offer. Each raises OSError, which names the call."""
import ctypes
import os
import platform
import struct

# Holds the interpreter's lock throughout: a call that forks must come back with it in parent and child.
_libc = ctypes.PyDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

_generic = {"clone": 220, "pivot_root": 41}
_numbers = {"x86_64": {"clone": 56, "pivot_root": 155}, "ppc64le": {"clone": 120, "pivot_root": 203}}.get(
    platform.machine(), _generic
)
_mount_setattr = 442
_close_range = 436

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MS_SLAVE = 1 << 19
MNT_DETACH = 2

PR_SET_PDEATHSIG = 1
PR_SET_NAME = 15
PR_CAPBSET_DROP = 24


def _check(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def _bytes(text):
    return None if text is None else os.fsencode(text)


def unshare(flags):
    _check(_libc.unshare(ctypes.c_int(flags)), "unshare")


def setns(descriptor, flags=0):
    _check(_libc.setns(ctypes.c_int(descriptor), ctypes.c_int(flags)), "setns")


def mount(source, target, kind=None, flags=0, options=None):
    result = _libc.mount(_bytes(source), _bytes(target), _bytes(kind), ctypes.c_ulong(flags), _bytes(options))
    _check(result, f"mount {source} on {target}")


def unmount(target, flags=MNT_DETACH):
    _check(_libc.umount2(_bytes(target), ctypes.c_int(flags)), f"unmount {target}")


def pivot_root(new_root, put_old):
    result = _libc.syscall(ctypes.c_long(_numbers["pivot_root"]), _bytes(new_root), _bytes(put_old))
    _check(result, f"pivot_root {new_root}")


def make_read_only(target):
    """With every mount below it. OSError with ENOSYS on a Linux before 5.12."""
    attributes = struct.pack("QQQQ", MS_RDONLY, 0, 0, 0)
    at_working_folder, recursive = -100, 0x8000
    result = _libc.syscall(
        ctypes.c_long(_mount_setattr),
        ctypes.c_int(at_working_folder),
        _bytes(target),
        ctypes.c_uint(recursive),
        attributes,
        ctypes.c_size_t(len(attributes)),
    )
    _check(result, f"make {target} read-only")


def close_from(first, kept):
    """Closes every descriptor from `first` on, but those in `kept`."""
    for number in sorted(kept):
        _close_between(first, number - 1)
        first = number + 1
    _close_between(first, (1 << 32) - 1)


def _close_between(first, last):
    if first > last:
        return
    result = _libc.syscall(ctypes.c_long(_close_range), ctypes.c_uint(first), ctypes.c_uint(last), ctypes.c_uint(0))
    if result < 0:
        # A Linux before 5.9.
        os.closerange(first, min(last + 1, os.sysconf("SC_OPEN_MAX")))


def prctl(option, argument):
    _check(_libc.prctl(ctypes.c_int(option), argument, ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0)), "prctl")


def die_with_parent(signal_number):
    prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal_number))


def set_name(name):
    prctl(PR_SET_NAME, ctypes.c_char_p(_bytes(name)))


def drop_capability(number):
    """From the set that a program may have after exec. OSError with EINVAL for one that this kernel does not know."""
    prctl(PR_CAPBSET_DROP, ctypes.c_ulong(number))


def fork_into(flags):
    """As os.fork, with the child in new namespaces from its first instruction on."""
    signal_child = 17
    zero = ctypes.c_ulong(0)
    result = _libc.syscall(
        ctypes.c_long(_numbers["clone"]), ctypes.c_ulong(flags | signal_child), zero, zero, zero, zero
    )
    return _check(result, "clone")
