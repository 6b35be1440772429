"""Runs a program in a terminal of its own and works it like a person: `drive-terminal.py <steps> <program> [argument...]`.

The steps are JSON: [[what must appear on the screen before, keys to press then], ...]. Prints nothing when all
appeared and the program ended by itself with code 0; else what the terminal showed, and ends with 1.
"""

import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios

SILENCE_S = 10
ESCAPES = re.compile(r"\x1b(\[[0-9;?]*[ -/]*[@-~]|[()][0-9A-Za-z]|[=>])|[\x0e\x0f]")


def start(argv):
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execvp(argv[0], argv)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    return pid, terminal


def read_more(terminal):
    """What the program has written; nothing when it has ended or is silent for too long."""
    if not select.select([terminal], [], [], SILENCE_S)[0]:
        return ""
    try:
        return os.read(terminal, 65536).decode("utf-8", "replace")
    except OSError:
        return ""


def wait_for(terminal, text):
    """Reads until the text appears; everything before it is forgotten."""
    shown = ""
    while text not in ESCAPES.sub("", shown):
        more = read_more(terminal)
        if more == "":
            print(f"this did not appear: {text}\nbut this:\n{ESCAPES.sub('', shown)}")
            return False
        shown += more
    return True


def work(terminal, steps):
    for text, keys in steps:
        if not wait_for(terminal, text):
            return False
        os.write(terminal, keys.encode())
    return True


def main():
    pid, terminal = start(sys.argv[2:])
    if not work(terminal, json.loads(sys.argv[1])):
        os.kill(pid, 9)
        sys.exit(1)
    while read_more(terminal) != "":
        pass
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


main()
