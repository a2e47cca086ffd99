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
def answer_to(nonce):
    """The reply to this request; later ones to former requests are passed over. None: it is late."""
    end = time.monotonic() + 0.2
    try:
        while (left := end - time.monotonic()) > 0:
            asker.settimeout(left)
            reply = asker.recv(1500)
            if len(reply) >= 48 and reply[24:32] == nonce:
                return reply
    except OSError:
        pass
    return None


asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.connect(("127.0.0.1", port))
first = last = time.monotonic()
silence = 0.0  # for so long was there no answer, not counting that we were kept from asking
base, base_delay = 0.0, float("inf")  # of the quickest answer: the time served minus ours, and how surely
answers = 0
while not stop:
    nonce = os.urandom(8)
    time.sleep(0.04)
    sent = time.monotonic()
    try:
        asker.send(bytes([0x23]) + bytes(39) + nonce)
        reply = answer_to(nonce)
    except OSError:
        reply = None
    now = time.monotonic()
    silence = 0.0 if reply else silence + 0.04 + min(now - sent, 0.25)
    if silence > gap_max:
        sys.exit("no answer for %.1f s" % (now - last))
    if not reply:
        continue
    if not answers:
        print("answered", flush=True)
    last = now
    answers += 1
    if reply[0] >> 6 == 3 or not 0 < reply[1] < 16:
        sys.exit("not synchronised %.1f s after the start" % (now - first))
    # The time served belongs to an instant between sending and receiving.
    offset, delay = struct.unpack("!Q", reply[40:48])[0] / 2**32 - now, now - sent
    if delay < base_delay:
        base, base_delay = offset, delay
    jump = max(offset - (base + base_delay), base - (offset + delay))
    if jump > 0.02 + 0.001 * (now - first):
        sys.exit("the time jumped by %.6f s" % jump)
print("%d answers in %.1f s" % (answers, last - first))
sys.exit(0 if answers > 10 else "hardly any answer")
