"""The walls that the kernel keeps, for this process and all that it starts, for good.

Landlock knows files, TCP ports and signals; seccomp knows calls. Both must go up while there is one thread only: each
thread inherits them from the one that started it.
"""

from __future__ import annotations

import contextlib
import errno
import socket
import sys
from pathlib import Path

from bot.isolation.allowed_access import AllowedAccess

_NET_ABI = 4  # Linux 6.7: the first Landlock that knows ports

# What the engine never does and an intruder would: start programs, reach into other processes, leave its walls.
FORBIDDEN_CALLS = tuple(
    """connect execve execveat ptrace process_vm_readv process_vm_writev process_madvise pidfd_open pidfd_getfd kcmp
    io_uring_setup io_uring_enter io_uring_register bpf perf_event_open userfaultfd keyctl add_key request_key mount
    umount2 move_mount open_tree fsopen unshare setns pivot_root chroot open_by_handle_at name_to_handle_at kexec_load
    init_module finit_module delete_module reboot swapon swapoff acct quotactl settimeofday clock_settime
    adjtimex""".split()
)
_FAST_OPEN = 0x20000000  # MSG_FASTOPEN connects while it sends
_TYPE_BITS = 0xF


def landlock_version() -> int:
    """The kernel's Landlock, 0 when there is none."""
    if sys.platform != "linux":
        return 0
    import py_landlock

    try:
        return int(py_landlock.get_abi_version())
    except py_landlock.LandlockError:
        return 0


def load_libraries() -> None:
    """Load what the walls are built with, as long as this process may still do anything."""
    with contextlib.suppress(ImportError, OSError, RuntimeError):
        import py_landlock  # noqa: F401
        import pyseccomp  # noqa: F401
    landlock_version()


def confine_files_and_ports(allowed: AllowedAccess) -> bool:
    """Allow the files and the port of `allowed`, and no other.

    :returns: whether both hold; False, with nothing done, on a kernel whose Landlock does not know ports.
    """
    if landlock_version() < _NET_ABI:
        return False
    from py_landlock import AccessFs, AccessNet, Landlock

    reading, wall = AccessFs.READ_FILE, Landlock(strict=False)
    for path in allowed.reads:
        wall.add_path_rule(path, access=reading | AccessFs.READ_DIR if path.is_dir() else reading)
    for path in allowed.writes:
        if path.is_dir():
            wall.allow_read_write(path)
        else:
            wall.add_path_rule(path, access=reading | AccessFs.WRITE_FILE)
    wall.add_net_rule(allowed.port, access=AccessNet.BIND_TCP)
    wall.apply()
    return True


def confine_calls() -> bool:
    """Refuse :data:`FORBIDDEN_CALLS` and every socket but TCP.

    :returns: whether they are refused; False, with nothing done, without libseccomp.
    """
    if sys.platform != "linux":
        return False
    try:
        import pyseccomp as seccomp
    except (ImportError, OSError, RuntimeError):
        return False
    refused = seccomp.ERRNO(errno.EPERM)
    wall = seccomp.SyscallFilter(seccomp.ALLOW)
    for call in FORBIDDEN_CALLS:
        if seccomp.resolve_syscall(seccomp.system_arch(), call) >= 0:  # else this processor has no such call
            wall.add_rule(refused, call)
    families = {socket.AF_INET, socket.AF_INET6}
    for family in set(range(socket.AF_INET6 + 1)) - families:
        wall.add_rule(refused, "socket", seccomp.Arg(0, seccomp.EQ, family))
    wall.add_rule(refused, "socket", seccomp.Arg(0, seccomp.GT, int(socket.AF_INET6)))
    for kind in set(range(_TYPE_BITS + 1)) - {socket.SOCK_STREAM}:
        wall.add_rule(refused, "socket", seccomp.Arg(1, seccomp.MASKED_EQ, _TYPE_BITS, kind))
    for protocol in set(range(socket.IPPROTO_TCP)) - {0}:
        wall.add_rule(refused, "socket", seccomp.Arg(2, seccomp.EQ, protocol))
    wall.add_rule(refused, "socket", seccomp.Arg(2, seccomp.GT, int(socket.IPPROTO_TCP)))
    for call, place in (("sendto", 3), ("sendmsg", 2), ("sendmmsg", 3)):
        wall.add_rule(refused, call, seccomp.Arg(place, seccomp.MASKED_EQ, _FAST_OPEN, _FAST_OPEN))
    wall.load()
    return True


def confine_broker(port: int) -> None:
    """Leave the broker its one port and what it takes to look up a name; it writes nowhere."""
    if landlock_version() < _NET_ABI:
        return
    from py_landlock import AccessFs, AccessNet, Landlock

    wall = Landlock(strict=False)
    for path in map(Path, ("/etc", "/lib", "/lib64", "/usr/lib", sys.prefix, sys.base_prefix)):
        if path.exists():
            wall.add_path_rule(path, access=AccessFs.READ_FILE | AccessFs.READ_DIR)
    wall.add_net_rule(port, access=AccessNet.CONNECT_TCP)
    wall.add_net_rule(53, access=AccessNet.CONNECT_TCP)  # a name server may answer that it has more to say over TCP
    wall.apply()
