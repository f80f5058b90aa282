"""Blocks as files: what the embedded node keeps. Nothing but the directory is state, so kill -9 loses nothing."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from deltaml.errors import Refused, Unavailable
from deltaml.storage.blocks import MAX_BLOCK_BYTES, cid_from_digest, digest_from_cid, digest_of, links_of
from deltaml.storage.store import check_content, check_size


class BlockDirectory:
    """A `Store` over `directory`: blocks/xx/<cid> and one empty file per pin in pins/. One process at a time.

    Pins are recursive: they protect what a block links to. `put` raises Refused when the blocks would take more than
    `capacity_bytes`; `collect_garbage` makes room.
    """

    def __init__(self, directory: Path, capacity_bytes: int) -> None:
        self.directory = directory
        self.capacity_bytes = capacity_bytes
        self._lock = threading.Lock()
        self._size_bytes = 0

    def open(self) -> None:
        """Make the folders, drop what a killed process left half written and measure the rest."""
        for name in ("blocks", "pins", "incoming"):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        for leftover in (self.directory / "incoming").iterdir():
            leftover.unlink()
        self._size_bytes = sum(path.stat().st_size for path in self._block_paths())

    def put(self, data: bytes, pin: bool = True) -> bytes:
        check_size(data)
        digest = digest_of(data)
        path = self._block_path(digest)
        with self._lock:
            if not path.exists():
                if self._size_bytes + len(data) > self.capacity_bytes:
                    taken = f"{self._size_bytes} of {self.capacity_bytes} bytes are taken"
                    raise Refused(f"{taken}; unpin blocks and call repo/gc, or raise the capacity")
                self._write(path, data)
                self._size_bytes += len(data)
            if pin:
                self._pin_path(digest).touch()
        return digest

    def get(self, digest: bytes, max_bytes: int = MAX_BLOCK_BYTES) -> bytes:
        try:
            data = self._block_path(digest).read_bytes()
        except FileNotFoundError:
            raise Unavailable(f"ipld: could not find {cid_from_digest(digest)}") from None
        return check_content(data, digest, max_bytes)

    def pin(self, digest: bytes) -> None:
        with self._lock:
            missing = [block for block in self._reachable(digest) if not self._block_path(block).exists()]
            if missing:
                raise Unavailable(f"ipld: could not find {cid_from_digest(missing[0])}")
            self._pin_path(digest).touch()

    def unpin(self, digest: bytes) -> None:
        self._pin_path(digest).unlink(missing_ok=True)

    def pins(self) -> Iterator[bytes]:
        """Digests of what was pinned itself, in no order."""
        for path in (self.directory / "pins").iterdir():
            yield digest_from_cid(path.name)

    def is_pinned(self, digest: bytes) -> bool:
        """Whether it was pinned itself."""
        return self._pin_path(digest).exists()

    def collect_garbage(self) -> list[bytes]:
        """Drop the blocks that no pin reaches; returns their digests."""
        with self._lock:
            kept = {digest for pin in self.pins() for digest in self._reachable(pin)}
            dropped = [path for path in self._block_paths() if digest_from_cid(path.name) not in kept]
            for path in dropped:
                self._size_bytes -= path.stat().st_size
                path.unlink()
        return [digest_from_cid(path.name) for path in dropped]

    def measure(self) -> tuple[int, int]:
        """(bytes taken by blocks, number of blocks)."""
        return self._size_bytes, sum(1 for _ in self._block_paths())

    def _reachable(self, root: bytes) -> Iterator[bytes]:
        """root and what it links to, each once, blocks that are missing included."""
        seen = {root}
        waiting = [root]
        while waiting:
            digest = waiting.pop()
            yield digest
            if not self._block_path(digest).exists():
                continue
            for child in links_of(self.get(digest)):
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=self.directory / "incoming")
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)

    def _block_path(self, digest: bytes) -> Path:
        cid = cid_from_digest(digest)
        return self.directory / "blocks" / cid[-2:] / cid

    def _pin_path(self, digest: bytes) -> Path:
        return self.directory / "pins" / cid_from_digest(digest)

    def _block_paths(self) -> Iterator[Path]:
        return (self.directory / "blocks").glob("*/*")
