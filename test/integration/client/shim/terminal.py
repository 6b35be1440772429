"""For breaks.test.ts: runs a command in a terminal of its own, whose keyboard is standard input; exits like a shell."""
import os
import pty
import sys

status = pty.spawn(sys.argv[1:])
code = os.waitstatus_to_exitcode(status)
sys.exit(code if code >= 0 else 128 - code)
