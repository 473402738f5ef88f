"""The command of a feeder or sorter, for tests: tells the robot at a socket what a handler was told.

    python -I -S tests/harness/robot_hand.py SOCKET get|good|bad SLOT

It imports next to nothing: it runs two or three times for each card.
"""

import socket
import sys

path, *words = sys.argv[1:]
with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
    line.connect(path)
    line.sendall(" ".join(words).encode() + b"\n")
    answer = line.makefile().readline().strip()
if answer != "ok":
    sys.exit(answer or "the robot is gone")
