"""mtlbook.data.fetch: a small server on this machine, which is slow, cuts off or lies."""

import hashlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pooch
import pytest

from mtlbook.data import fetch as module
from mtlbook.data.fetch import Source, cache_folder, fetch, read_registry

FILES = {f"text{i:02}.conllu": f"words of text {i}\n".encode() * 1000 for i in range(20)}


class Server(ThreadingHTTPServer):
    """Serves FILES; remembers what is asked for, cuts off, lies, or waits before it serves."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.cut: set[str] = set()
        self.wrong: set[str] = set()
        self.pause = threading.Event()
        self.pause.set()


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        name = self.path.rpartition("/")[2]
        self.server.asked.append(name)
        body = FILES.get(name)
        if name not in self.server.cut:
            self.server.pause.wait(20)
        if body is None:
            self.send_error(404)
        else:
            if name in self.server.wrong:
                body = body[::-1]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if name in self.server.cut else body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.setenv("MTLBOOK_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(module, "RETRIES", 0)
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


def source(server: Server) -> Source:
    hashes = {name: hashlib.sha256(body).hexdigest() for name, body in FILES.items()}
    hashes["absent.conllu"] = hashlib.sha256(b"never").hexdigest()
    return Source("small", f"http://127.0.0.1:{server.server_port}/texts", hashes)


def in_cache() -> dict[str, bytes]:
    folder = cache_folder() / "small"
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def test_files_are_downloaded_once(server: Server, capfd: pytest.CaptureFixture[str]) -> None:
    paths = fetch(source(server), list(FILES))
    assert [path.name for path in paths] == list(FILES)
    assert [path.read_bytes() for path in paths] == list(FILES.values())
    assert in_cache() == FILES
    assert sorted(server.asked) == list(FILES)
    assert "20/20" in capfd.readouterr().err
    fetch(source(server), list(FILES))
    assert len(server.asked) == 20
    assert capfd.readouterr().err == ""


def test_eight_files_are_fetched_at_a_time(server: Server) -> None:
    server.pause.clear()
    job = threading.Thread(target=fetch, args=(source(server), list(FILES)))
    job.start()
    deadline = time.monotonic() + 5
    while len(server.asked) < 8 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.2)  # a ninth would come now
    assert len(server.asked) == 8
    server.pause.set()
    job.join()
    assert in_cache() == FILES


def test_the_first_failure_stops_the_rest(server: Server) -> None:
    server.cut = {"text00.conllu"}
    server.pause.clear()
    threading.Timer(0.5, server.pause.set).start()  # the other seven then finish
    with pytest.raises(OSError, match=r"text00\.conllu is not there"):
        fetch(source(server), list(FILES))
    assert len(server.asked) <= 9  # one more took the place of the first
    assert set(in_cache()) == set(server.asked) - server.cut


def test_a_connection_that_is_cut_leaves_nothing_half_written(server: Server) -> None:
    server.cut = {"text03.conllu"}
    with pytest.raises(OSError, match=r"text03\.conllu is not there, and fetching it failed"):
        fetch(source(server), ["text03.conllu"])
    assert in_cache() == {}


def test_a_download_that_was_stopped_goes_on_where_it_was(server: Server) -> None:
    server.cut = {"text12.conllu"}
    with pytest.raises(OSError, match=r"text12\.conllu is not there"):
        fetch(source(server), list(FILES))
    done = in_cache()
    assert "text12.conllu" not in done
    assert all(FILES[name] == body for name, body in done.items())
    server.cut, server.asked = set(), []
    fetch(source(server), list(FILES))
    assert in_cache() == FILES
    assert sorted(server.asked) == sorted(set(FILES) - set(done))


def test_a_cut_connection_is_tried_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRIES", 1)
    monkeypatch.setattr("time.sleep", lambda seconds: server.cut.clear())
    server.cut = {"text03.conllu"}
    fetch(source(server), ["text03.conllu"])
    assert server.asked == ["text03.conllu"] * 2


def test_a_corrupt_file_is_replaced(server: Server) -> None:
    path, *_ = fetch(source(server), list(FILES))
    path.write_bytes(FILES[path.name][:-1])
    fetch(source(server), list(FILES))
    assert in_cache() == FILES
    assert len(server.asked) == 21


def test_a_corrupt_file_that_cannot_be_replaced_is_reported(server: Server) -> None:
    path, *_ = fetch(source(server), list(FILES))
    path.write_bytes(b"corrupt")
    server.cut = {path.name}
    with pytest.raises(OSError, match=r"text00\.conllu is not the file that was published"):
        fetch(source(server), list(FILES))


def test_another_file_under_the_right_address_is_refused(server: Server) -> None:
    server.wrong = {"text03.conllu"}
    with pytest.raises(OSError, match="SHA256 hash") as error:
        fetch(source(server), ["text03.conllu"])
    assert in_cache() == {}
    assert error.value.__suppress_context__


def test_the_error_says_how_to_place_a_file_by_hand(server: Server) -> None:
    where = source(server)
    with pytest.raises(OSError, match="To place it by hand") as error:
        fetch(where, ["absent.conllu"])
    for told in (
        str(cache_folder() / "small" / "absent.conllu"),
        f"{where.base_url}/absent.conllu",
        where.sha256["absent.conllu"],
        "404",
        f"Files to be fetched into {cache_folder() / 'small'}: 1 (absent.conllu).",
        "MTLBOOK_DATA",
    ):
        assert told in str(error.value)
    (cache_folder() / "small").mkdir(exist_ok=True)
    (cache_folder() / "small" / "absent.conllu").write_bytes(b"never")
    assert fetch(where, ["absent.conllu"])[0].read_bytes() == b"never"


def test_offline_the_error_comes_from_here(server: Server) -> None:
    where = source(server)
    closed = Source("small", "http://127.0.0.1:9/texts", where.sha256)
    with pytest.raises(
        OSError, match=r"ConnectionError.*To place it by hand, save http://127"
    ) as e:
        fetch(closed, list(FILES))
    named = ", ".join(list(FILES)[:5])
    assert f"Files to be fetched into {cache_folder() / 'small'}: 20 ({named}, …)." in str(e.value)
    assert in_cache() == {}


def test_a_cache_that_is_no_folder_is_reported(server: Server) -> None:
    cache_folder().write_text("a file")
    with pytest.raises(OSError, match=r"small.text03\.conllu is not there.*To place it by hand"):
        fetch(source(server), ["text03.conllu"])


def test_a_file_that_the_source_does_not_have_is_refused(server: Server) -> None:
    with pytest.raises(KeyError, match="text99"):
        fetch(source(server), ["text00.conllu", "text99.conllu"])
    assert server.asked == []


def test_the_environment_chooses_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MTLBOOK_DATA", "~/corpora")
    assert cache_folder() == Path("~/corpora").expanduser()
    for unset in ("", None):
        if unset is None:
            monkeypatch.delenv("MTLBOOK_DATA")
        else:
            monkeypatch.setenv("MTLBOOK_DATA", unset)
        assert cache_folder() == Path(pooch.os_cache("mtlbook"))


def test_the_registry_is_read_from_the_package() -> None:
    registry = read_registry("gum-registry.txt")
    assert registry["GUM_academic_art.conllu"].startswith("0cfeeb8d")
