"""What a form's fields may be sent: plausible, at the edge, and nothing a browser would send."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

from tests.fuzz.world import Attackable
from tests.web.test_access import FIELDS

_EDGES = (
    b"", b" ", b"\x00", b"a\x00b", b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\xaf", b"\xe2\x80\xae abc",
    b"0", b"-1", b"1e400", b"NaN", b"Infinity", b"-0", b"1.5", b"9" * 30, b"9" * 5000, b"0x10",
    b"1_000", "１２".encode(), "²".encode(), "٣".encode(), b"2147483648", b"9223372036854775808",
    b"0001-01-01", b"9999-12-31", b"2026-02-30", b"2026-13-01", b"10000-01-01", b"26-1-1",
    b"2026-11-02T09:00", b"25:00", b"23:59:60", b"00:00", b"9:5",
    b"yes", b"on", b"true", b"none", b"null", b"[]", b"{}", b"[" * 3000, b'"\\ud800"',
    b'{"id": "\\ud800", "rawId": "\\ud800"}', b'{"id": "\xc3\xa4", "rawId": 1, "response": []}',
    b'{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA",'
    b' "authenticatorData": "AA", "signature": "AA", "attestationObject": "AA"}}',
    b"=1+1", b"+1", b"@SUM(A1)", b"\t=1", b"\r=1", b"<script>alert(1)</script>", b'"><svg onload=x',
    b"{{7*7}}", b"${7*7}", b"%s%n", b"' OR 1=1 --", b"../../etc/passwd", b"//evil.example",
    b"javascript:alert(1)", b"a\r\nBcc: x@example.org", b"\r\n\r\n", b"\n" * 500,
    b"a@b", b"a@example.org", b"A <a@example.org>", b"a@example.org, b@example.org",
    "ä@bücher.example".encode(), b"a@" + b"b" * 300 + b".org", b"self", b"manager", b"leadership",
    b"x" * 5_000, b"x" * 100_000, "🧑‍🤝‍🧑".encode() * 50, "e\u0301".encode() * 200,
    "\u202e\u2066\u200b\ufeff".encode(), "\u2028\x85".encode(), str(uuid.UUID(int=0)).encode(),
    b"peers", b"Name;E-mail;Group\nA;a@example.org;peers", b"\ufffd",
)  # fmt: skip

_TEXTS = st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass"))
_FILE_NAMES = st.sampled_from(
    ["a.csv", "a.xlsx", "a.yaml", "", "../a.csv", "a\x00.csv", "ä.CSV", "x" * 300 + ".csv", "a"]
)
_FILES = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [
            b"Name,E-mail,Group\nA,a@example.org,peers\n",
            b"PK\x03\x04",
            b"PK\x05\x06" + bytes(18),
            b"\xd0\xcf\x11\xe0",
            b"\xff\xfe=\x00",
            b"format: 1\nid: a\n",
            b"a: &a [*a]\n",
            b"[" * 1000,
        ]
    ),
)


@dataclass(frozen=True)
class Submission:
    """What is sent: pairs of bytes, and perhaps files."""

    pairs: tuple[tuple[str, bytes], ...]
    files: tuple[tuple[str, str, bytes], ...] = ()

    def request(self, csrf: str) -> dict[str, object]:
        """As arguments for Werkzeug's client."""
        if self.files:
            data: dict[str, object] = {"csrf_token": csrf}
            for name, value in self.pairs:
                data[name] = value.decode("utf-8", "replace")
            for name, file_name, content in self.files:
                data[name] = (io.BytesIO(content), file_name)
            return {"data": data, "content_type": "multipart/form-data"}
        pairs = [("csrf_token", csrf.encode()), *self.pairs]
        body = "&".join(f"{quote_from_bytes(n.encode())}={quote_from_bytes(v)}" for n, v in pairs)
        return {"data": body, "content_type": "application/x-www-form-urlencoded"}


def submissions(form: Attackable) -> st.SearchStrategy[Submission]:
    """Anything that could be sent to this form: most of it nearly right, so that it gets far."""

    @st.composite
    def draw_one(draw: st.DrawFn) -> Submission:
        names = sorted({*form.fields, "sure"} - {"csrf_token"})
        odd = set(draw(st.lists(st.sampled_from(names), max_size=4)))
        pairs: list[tuple[str, bytes]] = []
        for name in names:
            usual = [value.encode() for value in form.fields.get(name, ())]
            usual += [FIELDS[name].encode()] if name in FIELDS else []
            if name not in odd:
                if usual or draw(st.booleans()):
                    pairs.append((name, draw(st.sampled_from(usual or [b"Words"]))))
                continue
            how = draw(st.sampled_from(("edge", "edge", "text", "missing", "twice")))
            if how == "twice":
                pairs += [(name, draw(st.sampled_from(_EDGES))) for _ in range(2)]
            elif how != "missing":
                pairs.append((name, draw(st.sampled_from(_EDGES) if how == "edge" else _TEXTS)))
        if draw(st.integers(0, 9)) == 9:
            pairs.append((draw(st.text(max_size=10)), b"unknown"))
        files = [(name, draw(_FILE_NAMES), draw(_FILES)) for name in sorted(form.files)]
        pairs = [(name.encode("utf-8", "replace").decode(), value) for name, value in pairs]
        return Submission(tuple(pairs), tuple(files))

    return draw_one()
