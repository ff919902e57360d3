# Pseudo-terminal for a simulated board: first line on stdout is its path, then bytes both ways
# (stdin -> terminal, terminal -> stdout). Ends when stdin ends.
import os
import sys
import threading
import tty

master, slave = os.openpty()
# Before anybody can open it: a line in cooked mode would echo and translate the first bytes. The
# slave stays open here, or reading the master fails whenever a client closes it.
tty.setraw(slave)
os.write(1, (os.ttyname(slave) + "\n").encode())


def copy(source, target):
    while data := os.read(source, 65536):
        while data:
            data = data[os.write(target, data):]


def from_board():
    copy(0, master)
    os._exit(0)


# Both directions block in the kernel: nothing spins, and a client that does not read holds the board
# back instead of losing bytes.
threading.Thread(target=from_board, daemon=True).start()
try:
    copy(master, 1)
except BrokenPipeError:
    sys.exit(0)
