"""Reads the body of an RPC request within a limit; the standard library's server leaves that to us."""

from __future__ import annotations

import io
from email.message import Message
from io import BufferedIOBase

from multipart import MultipartError, MultipartParser, parse_options_header  # type: ignore[import-untyped]

from deltaml.errors import InvalidMessage

_MAX_LINE_BYTES = 256


def read_body(stream: BufferedIOBase, headers: Message, max_bytes: int) -> bytes:
    """The body, sent with a Content-Length or in HTTP chunks (RFC 9112 §7.1).

    Raises InvalidMessage when it is longer than max_bytes, ends early, or its framing is unclear; the connection
    can't be used again then.
    """
    encoding, declared = headers.get("Transfer-Encoding"), headers.get("Content-Length")
    if encoding is not None:
        if declared is not None or encoding.lower() != "chunked":
            raise InvalidMessage(f"unsupported Transfer-Encoding {encoding[:40]!r}")
        return _read_chunks(stream, max_bytes)
    if declared is None:
        return b""
    if not (declared.isascii() and declared.isdigit() and len(declared) < 20):
        raise InvalidMessage("Content-Length is not a number")
    return _read_exactly(stream, int(declared), max_bytes)


def _read_chunks(stream: BufferedIOBase, max_bytes: int) -> bytes:
    body = bytearray()
    while True:
        size_text = _read_line(stream).split(b";")[0].strip()
        if not 1 <= len(size_text) <= 8 or not all(byte in b"0123456789abcdefABCDEF" for byte in size_text):
            raise InvalidMessage("malformed chunk size")
        size = int(size_text, 16)
        if size == 0:
            break
        body += _read_exactly(stream, size, max_bytes - len(body))
        if _read_line(stream):
            raise InvalidMessage("a chunk is longer than it says")
    if _read_line(stream):
        raise InvalidMessage("trailers are not supported")
    return bytes(body)


def _read_exactly(stream: BufferedIOBase, size: int, max_bytes: int) -> bytes:
    if size > max_bytes:
        raise InvalidMessage("the request is longer than a block of 1 MiB with its headers")
    data = stream.read(size)
    if len(data) != size:
        raise InvalidMessage("the request ends too early")
    return data


def _read_line(stream: BufferedIOBase) -> bytes:
    line = stream.readline(_MAX_LINE_BYTES)
    if not line.endswith(b"\r\n"):
        raise InvalidMessage("the request ends too early")
    return line[:-2]


def only_file(content_type: str, body: bytes) -> bytes:
    """Content of the single file in a multipart/form-data body (RFC 7578). Raises InvalidMessage for anything else."""
    kind, options = parse_options_header(content_type)
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise InvalidMessage("file argument 'data' is required, as multipart/form-data")
    try:
        parser = MultipartParser(
            io.BytesIO(body),
            options["boundary"],
            content_length=len(body),
            part_limit=1,
            partsize_limit=len(body),
            spool_limit=len(body),
            memory_limit=len(body),
        )
        parts = list(parser)
        if len(parts) != 1:
            raise InvalidMessage(f"expected one file, got {len(parts)}")
        content: bytes = parts[0].raw
    except MultipartError as error:
        raise InvalidMessage(f"malformed multipart/form-data: {error}") from error
    return content
