"""Plays the service manager: notify.py SOCKET SECONDS COMMAND...

Starts the command with NOTIFY_SOCKET, waits for READY=1, sends SIGTERM, waits for STOPPING=1."""
import os
import signal
import socket
import subprocess
import sys

path, seconds, command = sys.argv[1], float(sys.argv[2]), sys.argv[3:]
told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
told.bind(path)
told.settimeout(5 * seconds)
daemon = subprocess.Popen(command, env=dict(os.environ, NOTIFY_SOCKET=path))
try:
    ready = told.recv(256)
    daemon.send_signal(signal.SIGTERM)
    stopping = told.recv(256)
    code = daemon.wait(5 * seconds)
finally:
    daemon.kill()
print(ready, stopping, code)
sys.exit(0 if (ready, stopping, code) == (b"READY=1", b"STOPPING=1", 0) else 1)
