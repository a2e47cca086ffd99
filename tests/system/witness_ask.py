#!/usr/bin/env python3
"""Asks a witness, and plays witnesses and logs that misbehave. Formats are those of witness_log.py.

    witness_ask.py protocol URL LOGKEY OTHERKEY VKEY     every answer that the protocol knows
    witness_ask.py abuse HOST PORT PATIENCE              what it does with rude clients
    witness_ask.py cosigned FILE LOGKEY NUMBER VKEY...   that so many of them have cosigned the file
    witness_ask.py liar PORT | hang PORT                 a witness that lies, or never answers
"""

import base64
import http.client
import http.server
import os
import pathlib
import re
import socket
import sys
import time
import urllib.parse

from witness_log import Key, Log, cosigned, key_id, sha256, split_note


def fail(text):
    sys.exit(f"witness_ask.py: {text}")


def ask(url, method, path, body=None):
    """(status, type, text)"""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=10)
    connection.request(method, path, body=body)
    reply = connection.getresponse()
    text = reply.read().decode("utf-8", "replace")
    connection.close()
    return reply.status, reply.getheader("Content-Type"), text


def expect(what, got, status, kind=None, text=None):
    if got[0] != status:
        fail(f"{what}: {got[0]} {got[2]!r}, expected {status}")
    if kind and not got[1].startswith(kind):
        fail(f"{what}: type {got[1]}, expected {kind}")
    if text is not None and got[2] != text:
        fail(f"{what}: {got[2]!r}, expected {text!r}")
    return got[2]


def check_cosignature(what, note, lines, vkey):
    when = cosigned(note + lines, vkey)
    if when is None or abs(when - time.time()) > 60:
        fail(f"{what}: no cosignature of now, but {when}")


def flip(text, position):
    return text[:position] + ("B" if text[position] != "B" else "C") + text[position + 1:]


def protocol(url, key_path, other_path, vkey):
    key = Key.load(key_path)
    log, fork = Log(key, 600), Log(key, 600, 100)
    stranger = Log(Key.load(other_path), 300)
    forged = Log(Key(os.urandom(32), key.name), 300)
    hexorigin = sha256(key.name.encode()).hex()
    add = lambda body: ask(url, "POST", "/add-checkpoint", body if isinstance(body, bytes) else body.encode())
    view = lambda: ask(url, "GET", f"/{hexorigin}/checkpoint")

    expect("nothing cosigned yet", view(), 404)
    for what, body in {
        "empty": "", "garbage": "hello\n", "no old": log.checkpoint(300), "bytes": b"\xff\x00old 0\n\n\n",
        "old negative": log.request(0, 300).replace("old 0", "old -1"),
        "old with zeros": log.request(0, 300).replace("old 0", "old 00"),
        "old huge": log.request(0, 300).replace("old 0", "old 99999999999999999999"),
        "no empty line": log.request(0, 300).replace("old 0\n\n", "old 0\n"),
        "64 hashes": "old 1\n" + (base64.b64encode(bytes(32)).decode() + "\n") * 64 + "\n" + log.checkpoint(300),
        "short hash": "old 1\nAAAA\n\n" + log.checkpoint(300),
        "no signature": "old 0\n\n" + log.checkpoint(300).split("\n\n")[0] + "\n\n",
        "not UTF-8": log.request(0, 300).encode() + b"\xff\n",
    }.items():
        expect(what, add(body), 400)
    expect("unknown origin", add(stranger.request(0)), 404)
    expect("another key", add(forged.request(0)), 403)
    note = log.checkpoint(300)
    wrong = flip(note, len(note) - 20)
    expect("a wrong signature", add("old 0\n\n" + wrong), 403)
    expect("nothing cosigned by all that", view(), 404)
    expect("old size above the size", add(log.request(0, 300).replace("old 0", "old 301")), 400)
    expect("old size unknown", add(log.request(100, 300)), 409, "text/x.tlog.size", "0\n")
    proof = "old 0\n" + base64.b64encode(bytes(32)).decode() + "\n\n" + log.checkpoint(300)
    expect("a proof where none belongs", add(proof), 422)

    lines = expect("the first", add(log.request(0, 300)), 200, "text/plain")
    check_cosignature("the first", log.checkpoint(300), lines, vkey)
    shown = expect("what monitors see", view(), 200, "text/plain")
    check_cosignature("what monitors see", shown, "", vkey)
    if split_note(shown)[0] != split_note(log.checkpoint(300))[0]:
        fail("monitors see another checkpoint")
    expect("once more", add(log.request(300, 300)), 200)
    expect("the old size is over", add(log.request(0, 400)), 409, "text/x.tlog.size", "300\n")
    expect("smaller than cosigned", add(log.request(100, 200)), 409, "text/x.tlog.size", "300\n")
    expect("grown", add(log.request(300, 513)), 200)
    good = log.request(513, 600)
    expect("a flipped proof", add(flip(good, 12)), 422)
    expect("a shortened proof", add(re.sub(r"\n[^\n]+\n\n", "\n\n", good, count=1)), 422)
    expect("another history", add(fork.request(513, 600)), 422)
    expect("another root for the size", add(fork.request(513, 513)), 422)
    expect("still there", view(), 200)
    expect("grown after all", add(good), 200)

    expect("PUT", ask(url, "PUT", "/add-checkpoint", b"x"), 405)
    expect("GET of add-checkpoint", ask(url, "GET", "/add-checkpoint"), 405)
    for path in ("/", "/checkpoint", "/../etc/passwd", f"/{hexorigin}/", f"/{hexorigin.upper()}/checkpoint"):
        expect(path, ask(url, "GET", path), 404)
    print("the protocol holds")


def still_serves(host, port):
    return ask(f"http://{host}:{port}", "GET", "/none")[0] == 404


def oversize(host, port):
    text = b"old 0\n" + b"A" * (1 << 20)
    status = None
    for head in (f"Content-Length: {len(text)}", "Transfer-Encoding: chunked"):
        s = socket.create_connection((host, port), timeout=10)
        s.sendall(f"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\n{head}\r\n\r\n".encode())
        try:
            for at in range(0, len(text), 4096):
                piece = text[at:at + 4096]
                s.sendall(piece if "Length" in head else f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        except OSError:
            pass
        try:
            reply = s.recv(4096)
        except OSError:
            reply = b""
        s.close()
        if b" 200 " in reply:
            fail(f"oversize: {reply!r}")
        status = status or (reply[9:12] if reply else None)
    if status not in (b"413", None):
        fail(f"oversize: {status!r}")


def slow(host, port, patience):
    """Bytes now and then hold a place no longer than silence."""
    began = time.time()
    silent = socket.create_connection((host, port), timeout=10)
    drip = socket.create_connection((host, port), timeout=10)
    drip.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
    for s, sends in ((drip, True), (silent, False)):
        s.settimeout(0.3)
        while time.time() - began < patience + 6:
            try:
                if sends:
                    s.sendall(b"o")
                if s.recv(100) == b"":
                    break
            except socket.timeout:
                continue
            except OSError:
                break
        else:
            fail(f"a slow client is still connected after {time.time() - began:.1f} s")
    print(f"slow clients were gone after {time.time() - began:.1f} s")


def is_closed(s):
    try:
        return s.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def many(host, port):
    """One address gets so many connections and no more; others are not shut out by it."""
    held, closed = [], 0
    for _ in range(40):
        held.append(socket.create_connection((host, port), timeout=2))
    for s in held:
        s.setblocking(False)
    end = time.monotonic() + 1.5  # less than the server's patience with those who are silent
    while closed < 24 and time.monotonic() < end:
        time.sleep(0.1)
        closed = sum(is_closed(s) for s in held)
    if closed != 24:
        fail(f"of 40 connections {closed} were closed")
    for s in held:
        s.close()
    time.sleep(0.5)


def abuse(host, port, patience):
    port, patience = int(port), float(patience)
    oversize(host, port)
    slow(host, port, patience)
    for _ in range(2):  # the second time shows that no place was lost
        time.sleep(patience + 1)
        many(host, port)
    for junk in (b"\0" * 4000, b"GET " + b"A" * 100000 + b" HTTP/1.1\r\n\r\n", b"POST\r\n\r\n", b"\x16\x03\x01\x02\x00"):
        s = socket.create_connection((host, port), timeout=5)
        try:
            s.sendall(junk)
        except OSError:
            pass
        s.close()
    if not still_serves(host, port):
        fail("it does not serve any more")
    print("abuse is bounded")


def check_file(path, key_path, number, *vkeys):
    note = pathlib.Path(path).read_text()
    key = Key.load(key_path)
    body, signatures = split_note(note)
    own = key_id(key.name, 1, key.public)
    [signature] = [s for name, number_, s in signatures if name == key.name and number_ == own]
    key.private.public_key().verify(signature, body.encode())
    times = [cosigned(note, vkey) for vkey in vkeys]
    if len([t for t in times if t]) != int(number):
        fail(f"{path}: cosigned at {times}, expected {number}")


class Liar(http.server.BaseHTTPRequestHandler):
    """Answers every checkpoint with a cosignature that does not verify."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        name, hexid, _ = os.environ["VKEY"].split("+", 2)
        blob = bytes.fromhex(hexid) + int(time.time()).to_bytes(8, "big") + bytes(64)
        text = f"\u2014 {name} {base64.b64encode(blob).decode()}\n".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


def hang(port):
    with socket.create_server(("127.0.0.1", int(port))) as server:
        held = []
        while True:
            held.append(server.accept())


def main(command, *arguments):
    if command == "protocol":
        protocol(*arguments)
    elif command == "abuse":
        abuse(*arguments)
    elif command == "cosigned":
        check_file(*arguments)
    elif command == "liar":
        http.server.ThreadingHTTPServer(("127.0.0.1", int(arguments[0])), Liar).serve_forever()
    elif command == "hang":
        hang(arguments[0])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
