# SPDX-License-Identifier: GPL-2.0-or-later
"""Which errors a system call can give.

From the manual pages (section ERRORS), and for files of sysfs and /proc what their kernel functions
give. Left out is what only a mistake in the program gives (EBADF, EFAULT). The first ones stand for the rest where only some are tried: the most likely failure of the
machine first, then one that callers like to treat as something else.
"""

ERRNOS = {
    "access": ["EIO", "ENOMEM", "EACCES", "ENOENT", "ELOOP", "ENAMETOOLONG", "ENOTDIR", "EROFS"],
    "bind": ["ENOMEM", "EACCES", "EADDRINUSE", "EINVAL"],
    "capget": ["EPERM", "EINVAL", "ESRCH"],
    "capset": ["EPERM"],
    "chmod": ["EIO", "EPERM", "EROFS", "ENOMEM"],
    "clock_getres": ["EINVAL"],
    "clone": ["EAGAIN", "ENOMEM", "EPERM", "ENOSYS"],
    "clone3": ["EAGAIN", "ENOMEM", "EPERM", "ENOSYS"],
    "close": ["EIO", "EINTR", "ENOSPC", "EDQUOT"],
    "close_range": ["ENOMEM", "ENOSYS", "EMFILE"],
    "connect": ["ENOENT", "ECONNREFUSED", "EAGAIN", "EINTR", "EACCES", "ETIMEDOUT"],
    "dup": ["EMFILE", "EBUSY", "EINTR"],
    "dup2": ["EBUSY", "EINTR"],
    "dup3": ["EMFILE", "EBUSY", "EINTR"],
    "faccessat": ["EIO", "ENOMEM", "EACCES", "ENOENT", "EROFS"],
    "faccessat2": ["EIO", "ENOMEM", "EACCES", "ENOENT", "ENOSYS"],
    "fchmod": ["EIO", "EPERM", "EROFS", "ENOMEM"],
    "fcntl": ["EMFILE", "ENOMEM", "EINTR", "EAGAIN"],
    "fsync": ["EIO", "ENOSPC", "EDQUOT", "EINTR", "EROFS", "EINVAL"],
    "fstatfs": ["EIO", "ENOMEM", "EINTR", "ENOSYS"],
    "getdents64": ["EIO", "ENOMEM", "ENOENT", "EINTR"],
    "getrandom": ["EAGAIN", "EINTR", "ENOSYS"],
    "getsockname": ["ENOBUFS"],
    "getsockopt": ["ENOBUFS", "EINVAL", "ENOPROTOOPT"],
    "getxattr": ["EIO", "ENOMEM", "ENODATA", "EOPNOTSUPP", "ERANGE", "EACCES"],
    "ioctl": ["EIO", "EPERM", "EBUSY", "ENOMEM", "ENOTTY", "EINVAL", "ENODEV", "EINTR",
              "ENOSPC", "EEXIST", "EAGAIN", "EACCES", "ENOENT", "EOPNOTSUPP"],
    "kill": ["EPERM", "ESRCH"],
    "landlock_create_ruleset": ["ENOMEM", "EPERM", "EOPNOTSUPP", "ENOSYS", "EINVAL", "E2BIG"],
    "landlock_restrict_self": ["EPERM", "E2BIG", "EOPNOTSUPP", "ENOSYS"],
    "linkat": ["EIO", "EACCES", "ENOSPC", "EEXIST", "EXDEV", "EPERM", "ENOENT", "EDQUOT", "EROFS",
               "EMLINK", "ENOMEM", "EOPNOTSUPP"],
    "lseek": ["EINVAL", "ESPIPE", "EOVERFLOW"],
    "madvise": ["ENOMEM", "EINVAL", "EAGAIN"],
    "memfd_create": ["EMFILE", "ENFILE", "ENOMEM", "EACCES"],
    "mkdir": ["ENOSPC", "EACCES", "EEXIST", "EROFS", "EDQUOT", "ENOMEM", "EIO"],
    "mkdirat": ["ENOSPC", "EACCES", "EEXIST", "EROFS", "EDQUOT", "ENOMEM", "EIO"],
    "mmap": ["ENOMEM", "EPERM", "EAGAIN", "ENODEV", "EACCES", "EINVAL", "ENFILE"],
    "mprotect": ["ENOMEM", "EACCES"],
    "mremap": ["ENOMEM", "EAGAIN", "EINVAL"],
    "munmap": ["ENOMEM", "EINVAL"],
    "newfstatat": ["EIO", "EACCES", "ENOMEM", "ENOENT", "ELOOP", "EOVERFLOW", "ENOTDIR"],
    "openat": ["EMFILE", "EIO", "EACCES", "ENOENT", "ENFILE", "ENOMEM", "EINTR", "ELOOP", "EPERM",
               "ENODEV", "ENXIO", "EBUSY", "EAGAIN", "ENOSPC", "EROFS", "ENOTDIR", "EISDIR",
               "ENAMETOOLONG", "EINVAL"],
    "openat2": ["EMFILE", "EIO", "EACCES", "ENOENT", "ENFILE", "ENOMEM", "EINTR", "ELOOP", "EPERM",
                "EAGAIN", "ENOSYS", "EXDEV", "ENOTDIR", "EINVAL", "E2BIG"],
    "perf_event_open": ["EACCES", "EMFILE", "EPERM", "ENOMEM", "ENOSYS", "ENOENT", "EINVAL",
                        "EOPNOTSUPP", "EBUSY", "E2BIG", "ENOSPC", "EINTR", "ENODEV"],
    "pipe": ["EMFILE", "ENFILE", "ENOMEM"],
    "pipe2": ["EMFILE", "ENFILE", "ENOMEM"],
    "waitid": ["ECHILD", "EINTR", "EINVAL"],
    "poll": ["EINTR", "ENOMEM", "EINVAL"],
    "ppoll": ["EINTR", "ENOMEM", "EINVAL"],
    "prctl": ["EINVAL"],
    "pread64": ["EIO", "EINTR", "EAGAIN", "EPERM", "EISDIR", "EINVAL"],
    "prlimit64": ["EPERM", "EINVAL", "ESRCH"],
    "read": ["EIO", "EINTR", "EAGAIN", "EACCES", "ENOMEM", "EINVAL", "EISDIR", "ENODEV", "EPERM",
             "EFAULT", "ESRCH"],
    "readlinkat": ["EIO", "EACCES", "ENOENT", "ENOMEM", "EINVAL", "ELOOP", "ENOTDIR",
                   "ENAMETOOLONG"],
    "readlink": ["EIO", "EACCES", "ENOENT", "ENOMEM", "EINVAL", "ELOOP", "ENOTDIR"],
    "recvmsg": ["ENOBUFS", "EINTR", "EAGAIN", "ENOMEM", "ECONNREFUSED"],
    "recvfrom": ["EINTR", "ENOMEM", "ECONNRESET"],
    "renameat": ["ENOSPC", "EACCES", "EXDEV", "EBUSY", "EDQUOT", "EIO", "EISDIR", "EPERM",
                 "EROFS", "ENOMEM"],
    "rt_sigaction": ["EINVAL"],
    "rt_sigprocmask": ["EINVAL"],
    "seccomp": ["ENOMEM", "EINVAL", "EACCES", "ENOSYS"],
    "sendmsg": ["ENOBUFS", "EAGAIN", "EINTR", "ENOMEM", "EPERM", "ECONNREFUSED"],
    "sendto": ["ENOBUFS", "EAGAIN", "EINTR", "ENOMEM", "EPERM"],
    "setgroups": ["ENOMEM", "EPERM"],
    "setresgid": ["EAGAIN", "EPERM", "EINVAL"],
    "setresuid": ["EAGAIN", "EPERM", "EINVAL"],
    "setsid": ["EPERM"],
    "setsockopt": ["ENOPROTOOPT", "ENOBUFS", "EPERM", "EINVAL"],
    "socketpair": ["EMFILE", "ENFILE", "ENOMEM"],
    "socket": ["EMFILE", "EAFNOSUPPORT", "EACCES", "ENFILE", "ENOBUFS", "ENOMEM",
               "EPROTONOSUPPORT", "EPERM"],
    "statx": ["EIO", "EACCES", "ENOMEM", "ENOENT", "ELOOP", "ENOTDIR", "ENOSYS"],
    "statfs": ["EIO", "EACCES", "ENOMEM", "ENOENT"],
    "sysinfo": ["EFAULT"],
    "symlinkat": ["ENOSPC", "EACCES", "EEXIST", "EROFS", "EIO", "ENOMEM"],
    "unlinkat": ["EIO", "EACCES", "EBUSY", "EROFS", "ENOENT"],
    "wait4": ["EINTR", "ECHILD"],
    "write": ["ENOSPC", "EPIPE", "EIO", "EINTR", "EAGAIN", "EFBIG", "EDQUOT"],
}

# Calls that can't fail as they are made here, that end the process, or whose failure is no error number: brk() then returns
# where the break was, and what follows from it is tried by refusing memory; and a futex that wakes
# nobody has not failed.
NEVER = {"brk", "futex", "exit", "exit_group", "execve", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "uname",
         "getegid", "geteuid", "getgroups", "getpid", "getppid", "gettid", "getgid", "getuid", "getpgrp", "restart_syscall", "rt_sigreturn",
         "clock_gettime", "umask"}

# Where one of these comes from a question about the host, it is an answer: there is no such thing,
# or it is not of that kind. What follows from "there is none" need not be said to be unknown.
ANSWERS = {"ENOENT", "ENOTDIR", "ENODEV", "ENXIO", "ENODATA", "EOPNOTSUPP", "ENOTTY", "ESRCH",
           "ECONNREFUSED", "EAFNOSUPPORT", "EPROTONOSUPPORT", "EINVAL"}

# These speak of the machine at this moment and not of what was asked for.
ACCIDENTS = {"EAGAIN", "EDQUOT", "EFBIG", "EINTR", "EIO", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM",
             "ENOSPC", "ETIMEDOUT"}


def errnos_of(call, arguments, how_many):
    """The errors to try for a call, at most how_many (None: all); None where nothing is known."""
    if call in NEVER:
        return []
    if call == "newfstatat" and "AT_EMPTY_PATH" in arguments:
        return ["EIO", "ENOMEM"][:how_many]  # of an open file: there is no path to go
    if call not in ERRNOS:
        return None
    return ERRNOS[call][:how_many]
