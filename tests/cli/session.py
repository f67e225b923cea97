#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Run a command as if it were in a session of an SSH server.

	session.py NAME COMMAND...

This process takes NAME and holds a connection from 127.0.0.5 to 127.0.0.1, whose other end is
another process, while COMMAND runs below a process between them, as below a shell.
"""
import ctypes
import os
import socket
import subprocess
import sys

PR_SET_NAME = 15


def connect(server):
    """Hold the other end until this process ends, which closes the pipe."""
    end, start = os.pipe()
    child = os.fork()
    if child:
        os.close(end)
        return start
    os.close(start)
    connection = socket.create_connection(server.getsockname(), source_address=("127.0.0.5", 0))
    server.close()
    os.read(end, 1)
    connection.close()
    os._exit(0)


def run(name, command):
    """Run @command below a process with @name, which has a connection. Return its status."""
    server = socket.create_server(("127.0.0.1", 0))
    connect(server)
    connection, _ = server.accept()
    server.close()
    ctypes.CDLL(None).prctl(PR_SET_NAME, name.encode(), 0, 0, 0)
    status = subprocess.run(["sh", "-c", '"$@"; exit $?', "sh"] + command).returncode
    connection.close()
    return status


def main():
    """The test itself may be in a session: the process is nobody's child, as one of a server is."""
    end, start = os.pipe()
    if not os.fork():
        os.close(end)
        if not os.fork():
            os.write(start, bytes([run(sys.argv[1], sys.argv[2:])]))
        os._exit(0)
    os.close(start)
    sys.exit(os.read(end, 1)[0])


main()
