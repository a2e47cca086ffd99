"""Asks an NTP server on loopback 25 times a second until SIGTERM: asker.py PORT GAP_S

Fails if for longer than GAP_S there was no answer, if an answer said it was not synchronised, or
if the time served jumped against the local counter by more than 20 ms."""
import os
import signal
import socket
import struct
import sys
import time

port, gap_max = int(sys.argv[1]), float(sys.argv[2])
stop = False


def on_term(*_):
    global stop
    stop = True


signal.signal(signal.SIGTERM, on_term)
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.connect(("127.0.0.1", port))
asker.settimeout(0.2)
first = last = time.monotonic()
base = None
answers = 0
while not stop:
    nonce = os.urandom(8)
    time.sleep(0.04)
    try:
        asker.send(bytes([0x23]) + bytes(39) + nonce)
        reply = asker.recv(1500)
    except OSError:
        reply = b""
    now = time.monotonic()
    if now - last > gap_max:
        sys.exit("no answer for %.1f s" % (now - last))
    if len(reply) < 48 or reply[24:32] != nonce:
        continue
    last = now
    answers += 1
    if reply[0] >> 6 == 3 or not 0 < reply[1] < 16:
        sys.exit("not synchronised %.1f s after the start" % (now - first))
    offset = struct.unpack("!Q", reply[40:48])[0] / 2**32 - now
    base = offset if base is None else base
    if abs(offset - base) > 0.02 + 0.001 * (now - first):
        sys.exit("the time jumped by %.6f s" % (offset - base))
print("%d answers in %.1f s" % (answers, last - first))
sys.exit(0 if answers > 10 else "hardly any answer")
