"""Talks to the mirror of a ledger: ledger_http.py PORT PUBLIC TEST..."""

import os
import socket
import sys
import time

port, public = int(sys.argv[1]), sys.argv[2]


def connect(host="127.0.0.1"):
    return socket.create_connection((host, port), timeout=30)


def read_reply(stream, head_only=False):
    """(status, fields, body) of the next reply."""
    status = stream.readline().decode().split(" ", 2)
    assert status[0] == "HTTP/1.1", status
    fields = {}
    while (line := stream.readline().rstrip(b"\r\n")) != b"":
        name, value = line.decode().split(": ", 1)
        fields[name.lower()] = value
    length = int(fields["content-length"])
    body = b"" if head_only else stream.read(length)
    assert head_only or len(body) == length, (len(body), length)
    return int(status[1]), fields, body


def ask(path, method="GET", more="", host="127.0.0.1", version="1.1"):
    with connect(host) as s:
        s.sendall(f"{method} {path} HTTP/{version}\r\nHost: x\r\n{more}Connection: close\r\n\r\n".encode())
        with s.makefile("rb") as stream:
            reply = read_reply(stream, method == "HEAD")
            assert stream.read() == b"", "more than one reply"
            return reply


def files():
    for folder, _, names in os.walk(public):
        for name in names:
            if not name.endswith(".new"):
                yield os.path.relpath(os.path.join(folder, name), public)


def content(path):
    with open(os.path.join(public, path), "rb") as f:
        return f.read()


def names():
    """Every file there is, as it is; HEAD the same without it; ranges are passed over."""
    count = 0
    for path in list(files()):
        status, fields, body = ask("/" + path)
        if status == 404 and ".p/" in path:
            continue  # partial tiles go when there are wider ones
        assert status == 200, (path, status)
        tile = path.startswith("tile/")
        assert path == "checkpoint" or body == content(path), path
        assert fields["content-type"] == ("application/octet-stream" if tile else "text/plain; charset=utf-8")
        assert ("immutable" in fields["cache-control"]) == tile, fields
        assert path != "checkpoint" or fields["cache-control"] == "max-age=2"
        assert "date" not in fields
        count += 1
    assert count >= 4, "too few files"
    head = ask("/vkey", method="HEAD")
    assert head[0] == 200 and int(head[1]["content-length"]) == len(content("vkey")), head
    ranged = ask("/vkey", more="Range: bytes=1-2\r\n")
    assert ranged[0] == 200 and ranged[2] == content("vkey"), ranged
    assert ask(f"http://127.0.0.1:{port}/vkey")[2] == content("vkey")
    assert ask("/vkey", version="1.0")[0] == 200
    if socket.has_ipv6 and os.path.exists("/proc/net/if_inet6") and content_of_proc():
        assert ask("/vkey", host="::1")[2] == content("vkey")


def content_of_proc():
    with open("/proc/net/if_inet6") as f:
        return "00000000000000000000000000000001" in f.read()


def refusals():
    for path in ("/", "/journal", "/signed", "/lock", "/inbox/findings", "/findings-read", "/tile", "/tile/",
                 "/tile/entries", "/tile/0", "/checkpoint/", "//checkpoint", "/./checkpoint", "/checkpoint.new",
                 "/../signed", "/tile/../../signed", "/%2e%2e/signed", "/tile/%2e%2e/checkpoint", "/checkpoint?x",
                 "/checkpoint%00", "/cosigned", "/cosigned/", "/cosigned/0", "/cosigned/01", "/cosigned/new",
                 "/cosigned/../vkey", "/tile/0/000.p/256", "/tile/0/000.p/0", "/tile/00/000", "/tile/8/x001",
                 "/tile/0/x000/000", "/tile/0/999", "/cosigned/99999", "/" + "x" * 5000):
        status, fields, _ = ask(path)
        assert status == 404, (path, status)
        assert fields["cache-control"] == "no-store"
    for method in ("POST", "PUT", "DELETE", "OPTIONS", "get"):
        status, fields, _ = ask("/checkpoint", method=method)
        assert status == 405 and fields["allow"] == "GET, HEAD", (method, status)
    assert ask("*", method="OPTIONS")[0] == 405
    assert ask("checkpoint")[0] == 400
    assert ask("/checkpoint", more="Content-Length: 3\r\n")[0] == 400
    assert ask("/checkpoint", more="Transfer-Encoding: chunked\r\n")[0] == 400
    assert ask("/checkpoint", more="Content-Length: 0\r\n")[0] == 200
    assert ask("/checkpoint", more="Host: y\r\n")[0] == 400
    assert ask("/checkpoint", more=" folded\r\n")[0] == 400
    assert ask("/checkpoint", more="Bad name: 1\r\n")[0] == 400
    assert ask("/checkpoint", more="X: a\x01b\r\n")[0] == 400
    assert ask("/checkpoint", version="2.0")[0] == 505
    assert ask("/checkpoint", more="X: " + "y" * 9000 + "\r\n")[0] == 431


def framing():
    """Requests in one piece, in single bytes, one behind the other; a head that never was one."""
    get = b"GET /vkey HTTP/1.1\r\nHost: x\r\n\r\n"
    with connect() as s, s.makefile("rb") as stream:
        for byte in get:
            s.sendall(bytes([byte]))
        assert read_reply(stream)[2] == content("vkey")
        s.sendall(get * 50)
        for _ in range(50):
            assert read_reply(stream)[2] == content("vkey")
        s.sendall(get[:-2])
        time.sleep(0.1)
        s.sendall(b"\r\n\r\n" + get)
        for _ in range(2):
            assert read_reply(stream)[0] == 200
        s.sendall(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" + get)
        assert read_reply(stream)[0] == 404
        assert read_reply(stream)[0] == 200
    with connect() as s, s.makefile("rb") as stream:
        s.sendall(b"\x16\x03\x01\x02\x00\x01\r\n\r\n")
        assert read_reply(stream)[0] == 400
        assert stream.read() == b""


def slow():
    """All places taken by clients that send little: they are cut off, and others come through."""
    start = time.monotonic()
    held = [connect() for _ in range(40)]
    for s in held:
        s.sendall(b"GET /vkey HT")
    status, _, body = ask("/vkey")
    waited = time.monotonic() - start
    assert status == 200 and body == content("vkey")
    assert 5 < waited < 25, waited
    ended = 0
    for s in held:
        s.settimeout(15)
        try:
            ended += s.recv(1) == b""
        except ConnectionResetError:
            ended += 1
        s.close()
    assert ended == len(held), ended


for test in sys.argv[3:]:
    {"names": names, "refusals": refusals, "framing": framing, "slow": slow}[test]()
