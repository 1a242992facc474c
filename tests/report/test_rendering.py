"""The process that draws: started when it is needed, and no harm when it ends."""

from __future__ import annotations

import datetime as dt
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from survey.report.rendering.client import Renderer, RenderingError

SQUARE = {
    "width": 20,
    "height": 20,
    "marks": [{"type": "text", "encode": {"enter": {"text": {"value": "a secret remark"}}}}],
}
# A regular expression that takes for ever.
ENDLESS = {
    "signals": [{"name": "s", "update": "test(/(a+)+$/, '" + "a" * 60 + "b')"}],
}


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.stop()


def process_of(renderer: Renderer) -> int:
    assert renderer._process is not None
    return renderer._process.pid


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def has_ended(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_one_process_draws_all_pictures_of_several_threads(renderer: Renderer) -> None:
    drawn: list[str] = []
    threads = [
        threading.Thread(target=lambda: drawn.append(renderer.picture(SQUARE))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(drawn) == 6
    assert len(set(drawn)) == 1
    assert "a secret remark" in drawn[0]
    before = process_of(renderer)
    renderer.picture(SQUARE)
    assert process_of(renderer) == before


def test_neither_text_nor_secret_is_on_its_command_line_or_in_its_surroundings(
    renderer: Renderer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MASTER_KEY", "the key to everything")
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:password@host/name")
    renderer.picture(SQUARE)
    process = Path(f"/proc/{process_of(renderer)}")
    assert b"survey.report.rendering.server" in (process / "cmdline").read_bytes()
    told = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    for secret in (b"a secret remark", b"the key to everything", b"password"):
        assert secret not in told


def test_a_process_that_was_killed_is_replaced(renderer: Renderer) -> None:
    renderer.picture(SQUARE)
    killed = process_of(renderer)
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: has_ended(killed))
    assert "a secret remark" in renderer.picture(SQUARE)
    assert process_of(renderer) != killed


def test_a_crash_over_an_order_is_told_and_the_next_order_is_served(renderer: Renderer) -> None:
    def crash() -> None:
        wait_until(lambda: renderer._process is not None)
        time.sleep(1)
        os.kill(process_of(renderer), signal.SIGSEGV)

    crashing = threading.Thread(target=crash)
    crashing.start()
    with pytest.raises(RenderingError, match="ended unexpectedly"):
        renderer.picture(ENDLESS)
    crashing.join()
    assert "a secret remark" in renderer.picture(SQUARE)


def test_what_takes_too_long_is_given_up() -> None:
    renderer = Renderer(seconds_at_most=3)
    try:
        with pytest.raises(RenderingError, match="longer than 3 seconds"):
            renderer.picture(ENDLESS)
        assert "a secret remark" in renderer.picture(SQUARE)
    finally:
        renderer.stop()


def test_an_idle_process_ends_and_gives_its_memory_back() -> None:
    renderer = Renderer(idle_seconds=1)
    try:
        renderer.picture(SQUARE)
        first = process_of(renderer)
        wait_until(lambda: has_ended(first))
        assert "a secret remark" in renderer.picture(SQUARE)
        assert process_of(renderer) != first
    finally:
        renderer.stop()


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    noted = tmp_path / "pid"
    child = os.fork()
    if child == 0:
        renderer = Renderer()
        renderer.picture(SQUARE)
        noted.write_text(str(process_of(renderer)))
        os._exit(0)
    os.waitpid(child, 0)
    orphan = int(noted.read_text())
    wait_until(lambda: has_ended(orphan))


def test_a_forked_process_gets_a_process_of_its_own(renderer: Renderer, tmp_path: Path) -> None:
    renderer.picture(SQUARE)
    before, noted = process_of(renderer), tmp_path / "pid"
    child = os.fork()
    if child == 0:
        renderer.picture(SQUARE)
        noted.write_text(str(process_of(renderer)))
        renderer.stop()
        os._exit(0)
    os.waitpid(child, 0)
    assert int(noted.read_text()) != before
    assert "a secret remark" in renderer.picture(SQUARE)
    assert process_of(renderer) == before


def test_an_error_is_told_without_what_was_to_be_drawn(renderer: Renderer) -> None:
    with pytest.raises(RenderingError) as told:
        renderer.picture({"marks": [{"type": "a secret remark", "encode": 7}]})
    assert "a secret remark" not in str(told.value)
    with pytest.raises(RenderingError) as told:
        renderer.pdf({"a secret remark": 1}, dt.date(2026, 11, 2), accessible=True)
    assert "TypstError" in str(told.value)
    assert "a secret remark" not in str(told.value)
