"""Whom we believe that somebody else is asking: headers that proxies send, and headers that clients make up."""

from typing import Any

import pytest

from app.proxies import TrustedProxies, client_of, networks_of

PROXY, INNER, CLIENT, FORGED = "10.0.0.1", "10.0.0.2", "203.0.113.9", "198.51.100.66"


def seen(peer: str, trusted: str = "10.0.0.0/8, fd00::/8", **headers: str) -> tuple[str, str, str]:
    """Client address, scheme and host, as the application sees them."""
    told: list[dict[str, Any]] = []
    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", "HTTP_HOST": "internal:5000"}
    environ |= {f"HTTP_X_FORWARDED_{name.upper()}": value for name, value in headers.items()}
    TrustedProxies(lambda environ, _: told.append(environ) or [], networks_of(trusted))(environ, None)
    return told[0]["REMOTE_ADDR"], told[0]["wsgi.url_scheme"], told[0]["HTTP_HOST"]


def address(peer: str, forwarded: str) -> str:
    return seen(peer, **{"for": forwarded})[0]


def test_a_trusted_proxy_is_believed():
    told = {"for": CLIENT, "proto": "https", "host": "events.example"}
    assert seen(PROXY, **told) == (CLIENT, "https", "events.example")
    assert seen(f"::ffff:{PROXY}", **told) == (CLIENT, "https", "events.example"), "as a socket of both families says"


@pytest.mark.parametrize("peer", [CLIENT, "", "unix", "11.0.0.1"])
def test_nobody_else_is(peer: str):
    told = {"for": FORGED, "proto": "https", "host": "evil.example"}
    assert seen(peer, **told) == (peer, "http", "internal:5000")


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (f"{FORGED}, {CLIENT}", CLIENT),
        (f"{FORGED}, {PROXY}, {CLIENT}", CLIENT),
        (f"{FORGED}, {CLIENT}, {INNER}", CLIENT),
        (f"{FORGED},{CLIENT},,{INNER} , {PROXY}", CLIENT),
        (f"{CLIENT}:4711", CLIENT),
        ("[2001:db8::1]:4711, 10.0.0.2:80", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        (f"::ffff:{CLIENT}", CLIENT),
        (INNER, INNER),
        (f"{FORGED}, garbage", PROXY),
        (f"{FORGED}, unknown, {INNER}", INNER),
        (f"{FORGED}, <script>", PROXY),
        ("", PROXY),
        (" , ,", PROXY),
        ("1" * 5000, PROXY),
        ("999.1.1.1", PROXY),
    ],
)
def test_the_chain_is_walked_from_its_end(forwarded: str, client: str):
    """What a client has sent stands left of what our proxies have added."""
    assert address(PROXY, forwarded) == client


@pytest.mark.parametrize(
    ("proto", "scheme"),
    [("https", "https"), ("http, https", "https"), ("HTTPS", "https"), ("ftp", "http"), ("", "http")],
)
def test_schemes(proto: str, scheme: str):
    assert seen(PROXY, **{"for": CLIENT, "proto": proto})[1] == scheme


def test_behind_two_proxies_the_outer_one_says_how_it_was_called():
    two = {"for": f"{CLIENT}, {INNER}", "proto": "https, http", "host": "events.example, inner.example"}
    assert seen(PROXY, **two) == (CLIENT, "https", "events.example")
    assert seen(PROXY, **two | {"proto": "ftp, https, http"})[1] == "https"
    assert seen(PROXY, **two | {"proto": "https"})[1] == "https", "the nearest one may have replaced it"


@pytest.mark.parametrize(
    "host", ["a b", "evil.example/path", "x@y", "host:port", "é.example", "", "\r\nX: y", "a:123456"]
)
def test_a_host_that_is_none_is_not_taken(host: str):
    assert seen(PROXY, **{"for": CLIENT, "host": host})[2] == "internal:5000"


@pytest.mark.parametrize("host", ["events.example:8443", "[::1]:80", "localhost"])
def test_hosts(host: str):
    assert seen(PROXY, host=host)[2] == host


def test_one_client():
    assert client_of(CLIENT) == CLIENT
    assert client_of("2001:db8:1:2:aaaa::1") == client_of("2001:db8:1:2:bbbb::2") == "2001:db8:1:2::/64"
    assert client_of("2001:db8:1:3::1") != client_of("2001:db8:1:2::1")
    assert client_of(None) == client_of("garbage") == "unknown"
