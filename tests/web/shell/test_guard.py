"""The way to addresses that people type: what is refused, and that a connection goes to what was judged."""

import datetime
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_django import Settings

from tragt.web.shell.guard import Address, AddressRefused, Bounds, Request, Unreachable, ask, judged

PUBLIC = "93.184.215.14"


def never(host: str, port: int) -> Sequence[str]:
    raise AssertionError((host, port))


def named(*numbers: str) -> Callable[[str, int], Sequence[str]]:
    return lambda _host, _port: numbers


@pytest.fixture
def own_network(settings: Settings) -> None:
    settings.ALLOW_PRIVATE_ADDRESSES = True


class Site(BaseHTTPRequestHandler):
    """Answers as its path says."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.asked.append((self.headers["Host"], self.rfile.read(int(self.headers["Content-Length"]))))  # type: ignore[attr-defined]
        match self.path:
            case "/drip":
                self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                for _ in range(100):
                    try:
                        self.wfile.write(b"X-Drip: 1\r\n")
                        self.wfile.flush()
                    except OSError:
                        break
                    threading.Event().wait(0.05)
            case "/long":
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"x" * 1_000_000)
            case "/elsewhere":
                self.send_response(302)
                self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
                self.send_header("Content-Length", "0")
                self.end_headers()
            case "/noise":
                self.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")
            case _:
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")
        self.close_connection = True

    def log_message(self, *_said: object) -> None:
        """Nothing is said."""


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.asked = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def to(site: ThreadingHTTPServer, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> Request:
    return Request(Address.of(f"{scheme}://{host}:{site.server_port}{path}"), "POST", body=b"hello")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "www.example.org",
        "ftp://www.example.org/",
        "file:///etc/passwd",
        "gopher://www.example.org/",
        "https://",
        "https://user@www.example.org/",
        "https://user:password@www.example.org/",
        "https://www.example.org@127.0.0.1/",
        "https://www.example.org\\@127.0.0.1/",
        "https://www.exam ple.org/",
        "https://www.example.org/\r\nX-Evil: 1",
        "https://www.example.org/\tx",
        "https://www.example.org/ø",
        "https://127%2e0.0.1/",
        "https://[fe80::1%25eth0]/",
        "https://[::1/",
        "https://a..b/",
        "https://www.example.org:0/",
        "https://www.example.org:22/",
        "https://www.example.org:25/",
        "https://www.example.org:80/",
        "https://www.example.org:6667/",
        "https://www.example.org:99999/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.1/",
        "https://017700000001/",
        "https://0177.0.0.1/",
        "https://127.1/",
        "https://1.2.3.4.5/",
        "https://" + "a" * 300 + ".org/",
        "https://www.example.org/" + "a" * 3000,
    ],
)
def test_address_that_is_none_is_refused(typed: str) -> None:
    with pytest.raises(AddressRefused):
        Address.of(typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://WWW.Example.ORG", "https://www.example.org/"),
        ("https://www.example.org.:443/a?b=1#c", "https://www.example.org/a?b=1"),
        ("https://smørrebrød.dk:8443/x", "https://xn--smrrebrd-64af.dk:8443/x"),
        ("https://①②⑦.⓪.⓪.①/", "https://127.0.0.1/"),
        ("https://127。0。0。1/", "https://127.0.0.1/"),
        ("https://[2001:DB8:0:0::1]:8443/", "https://[2001:db8::1]:8443/"),
    ],
)
def test_address_has_one_spelling(typed: str, meant: str) -> None:
    assert str(Address.of(typed)) == meant


@pytest.mark.parametrize(
    "number",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "168.63.129.16",
        "192.0.0.192",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "255.255.255.255",
        "240.0.0.1",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:93.184.215.14",
        "::ffff:0:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::5db8:d70e",
        "64:ff9b:1::7f00:1",
        "2002:7f00:1::",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "nonsense",
    ],
)
def test_number_within_the_own_network_or_hiding_another_is_refused(number: str) -> None:
    with pytest.raises(AddressRefused):
        judged(Address.of("https://hooks.example.org/"), named(PUBLIC, number))


@pytest.mark.parametrize(
    "number", ["169.254.169.254", "168.63.129.16", "fd00:ec2::254", "fe80::1", "0.0.0.0", "224.0.0.1"]
)
@pytest.mark.usefixtures("own_network")
def test_number_of_a_cloud_or_of_nobody_is_refused_even_where_the_own_network_is_allowed(number: str) -> None:
    with pytest.raises(AddressRefused):
        judged(Address.of("https://hooks.example.org/"), named(number))


@pytest.mark.usefixtures("own_network")
def test_own_network_is_reached_where_allowed_and_without_encryption_on_this_machine_alone() -> None:
    for number in ("10.1.2.3", "192.168.1.1", "100.64.0.1", "fd12::1", "127.0.0.1", "::1"):
        assert judged(Address.of("https://hooks.example.org/"), named(number)) == [number]
    assert judged(Address.of("http://localhost:9000/"), named("127.0.0.1", "::1")) == ["127.0.0.1", "::1"]
    for number in ("10.1.2.3", PUBLIC):
        with pytest.raises(AddressRefused, match="not encrypted"):
            judged(Address.of("http://hooks.example.org/"), named(number))


def test_public_number_may_be_connected_to_and_its_name_must_lead_somewhere() -> None:
    address = Address.of("https://hooks.example.org/")
    assert judged(address, named(PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c")) == [
        PUBLIC,
        "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
    ]
    with pytest.raises(Unreachable):
        judged(address, named())


def test_name_service_that_is_slow_is_left_behind() -> None:
    done = threading.Event()

    def slow(_host: str, _port: int) -> Sequence[str]:
        done.wait(20)
        return [PUBLIC]

    with pytest.raises(Unreachable) as refusal:
        judged(Address.of("https://hooks.example.org/"), slow, seconds=0.05)
    done.set()
    assert refusal.value.fields["cause"] == "time"


def test_loopback_by_whatever_name_is_never_connected_to(site: ThreadingHTTPServer) -> None:
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "[::1]"):
        with pytest.raises((AddressRefused, Unreachable)):
            ask(to(site, host=host))
        with pytest.raises((AddressRefused, Unreachable)):
            ask(to(site, host=host, scheme="https"))
    assert site.asked == []  # type: ignore[attr-defined]


def test_name_that_changes_its_answer_is_connected_to_as_it_was_judged(
    site: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    gone: list[object] = []

    def nowhere(where: object, timeout: float = 0) -> socket.socket:  # noqa: ARG001
        gone.append(where)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr("tragt.web.shell.wire.socket.create_connection", nowhere)
    with pytest.raises(Unreachable):
        ask(to(site, host="rebind.example.org", scheme="https"), lookup=lambda _host, _port: next(answers))
    assert gone == [(PUBLIC, site.server_port)]


@pytest.mark.usefixtures("own_network")
def test_asking_gives_the_answer_and_tells_the_name_not_the_number(site: ThreadingHTTPServer) -> None:
    answer = ask(to(site, "/", "receiver.example.org"), lookup=named("127.0.0.1"))
    assert (answer.status, answer.body) == (200, b"ok")
    assert site.asked == [(f"receiver.example.org:{site.server_port}", b"hello")]  # type: ignore[attr-defined]


@pytest.mark.usefixtures("own_network")
def test_redirect_is_an_answer_and_where_it_leads_is_judged_anew(site: ThreadingHTTPServer) -> None:
    answer = ask(to(site, "/elsewhere"))
    assert answer.status == 302
    with pytest.raises(AddressRefused):
        ask(Request(Address.of(answer.headers["location"])))
    assert len(site.asked) == 1  # type: ignore[attr-defined]


@pytest.mark.usefixtures("own_network")
def test_answer_is_read_as_far_as_its_bound(site: ThreadingHTTPServer) -> None:
    assert len(ask(to(site, "/long"), Bounds(most=1000)).body) == 1000


@pytest.mark.usefixtures("own_network")
def test_answer_that_drips_ends_in_time(site: ThreadingHTTPServer) -> None:
    begun = monotonic()
    with pytest.raises(Unreachable) as late:
        ask(to(site, "/drip"), Bounds(seconds=0.4))
    assert late.value.fields["cause"] == "time"
    assert monotonic() - begun < 4


@pytest.mark.usefixtures("own_network")
def test_what_is_no_http_is_unreachable(site: ThreadingHTTPServer) -> None:
    with pytest.raises(Unreachable) as noise:
        ask(to(site, "/noise"))
    assert noise.value.fields["cause"] == "answer"


@pytest.mark.usefixtures("own_network")
def test_certificate_must_be_of_the_name_though_the_connection_goes_to_a_number(
    site: ThreadingHTTPServer, tmp_path: Path
) -> None:
    served, trust = _certified(tmp_path, "hooks.example.org")
    names: list[str | None] = []
    served.sni_callback = lambda _wire, name, _context: names.append(name)
    site.socket = served.wrap_socket(site.socket, server_side=True)
    answer = ask(to(site, host="hooks.example.org", scheme="https"), lookup=named("127.0.0.1"), trust=trust)
    assert (answer.status, names) == (200, ["hooks.example.org"])
    for host, believed in (("other.example.org", trust), ("hooks.example.org", None)):
        with pytest.raises(Unreachable) as unproven:
            ask(to(site, host=host, scheme="https"), lookup=named("127.0.0.1"), trust=believed)
        assert unproven.value.fields["cause"] == "certificate"
    assert len(site.asked) == 1  # type: ignore[attr-defined]


def _certified(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Of a server with a certificate for a name, and of one who believes that certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    (folder / "made.pem").write_bytes(
        made.public_bytes(form) + key.private_bytes(form, serialization.PrivateFormat.PKCS8, plain)
    )
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(folder / "made.pem")
    return served, ssl.create_default_context(cafile=str(folder / "made.pem"))
