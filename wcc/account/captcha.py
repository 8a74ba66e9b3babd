"""The captcha of the sign-in page: a code in Redis that is asked for once, shown as a picture and spoken (R1.1).

A challenge is named by a random key and bound to a random word in the browser's own session cookie: nobody else can look at
it or answer it. Redis keeps `captcha:<browser>:<key>` = code for ten minutes; an answer takes it away, right or wrong.
"""

import io
import secrets
import wave
from functools import cache
from pathlib import Path

from captcha.audio import DATA_DIR
from captcha.image import ImageCaptcha
from PIL import Image, ImageChops
from redis.exceptions import RedisError

from wcc import bus
from wcc.db import in_thread
from wcc.errors import NotFound, Unavailable

# None looks like another (no 0 O, 1 I L, 2 Z, 5 S, 8 B, 6 G), nor sounds like another in the recording (no M and N, no D and T).
LETTERS = "CFHJKMRTXY3469"
LENGTH = 6
LIVES_S = 600
WIDTH, HEIGHT = 260, 72
RATE_HZ = 8000
SILENCE = 128  # the middle of an 8-bit wave


def token() -> str:
    """A random word for a browser or a challenge."""
    return secrets.token_urlsafe(16)


def _place(browser: str, key: str) -> str:
    return f"captcha:{browser}:{key}"


def create(browser: str) -> str:
    """A new challenge for this browser; gives its key. Raises Unavailable without Redis."""
    key = token()
    code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    try:
        bus.shared().set(_place(browser, key), code, ex=LIVES_S)
    except RedisError as error:
        raise Unavailable("captcha") from error
    return key


def check(browser: str, key: str, answer: str) -> bool:
    """Whether the answer is right, in whatever case; the challenge is over either way. Raises Unavailable without Redis."""
    try:
        code = bus.shared().getdel(_place(browser, key[:40]))
    except RedisError as error:
        raise Unavailable("captcha") from error
    said = "".join(answer.split()).upper().encode(errors="replace")
    return isinstance(code, bytes) and secrets.compare_digest(code, said)


def _code(browser: str, key: str) -> str:
    """Raises NotFound for a challenge that is over or another browser's, Unavailable without Redis."""
    try:
        code = bus.shared().get(_place(browser, key[:40]))
    except RedisError as error:
        raise Unavailable("captcha") from error
    if not isinstance(code, bytes):
        raise NotFound("there is no such captcha")
    return code.decode()


def picture(browser: str, key: str) -> bytes:
    """The challenge as PNG. Raises NotFound and Unavailable."""
    drawn: bytes = in_thread(draw, _code(browser, key))
    return drawn


def recording(browser: str, key: str) -> bytes:
    """The challenge spoken (in English), as WAV. Raises NotFound and Unavailable."""
    spoken: bytes = in_thread(speak, _code(browser, key))
    return spoken


class Picture(ImageCaptcha):
    """With characters as dark as their colour; the library's own table would let a dark one fade away."""

    lookup_table = [min(value * 5, 255) for value in range(256)]


def draw(code: str) -> bytes:
    """The characters, bent, on a light ground (the picture is framed, so that it is one in the dark too)."""
    image = Picture(WIDTH, HEIGHT).generate(code, bg_color=(241, 244, 248), fg_color=(36, 64, 95, 255))
    return image.getvalue()


@cache
def _voices() -> dict[str, tuple[bytes, ...]]:
    """8-bit waves for each letter."""
    found = {}
    for letter in LETTERS:
        waves = []
        for path in sorted(Path(DATA_DIR, letter).glob("*.wav")):
            with wave.open(str(path)) as file:
                waves.append(file.readframes(file.getnframes()))
        found[letter] = tuple(waves)
    return found


def _strip(samples: bytes) -> Image.Image:
    return Image.frombytes("L", (len(samples), 1), samples)


def _said(letter: str, speed: float, loudness: float, backwards: bool = False) -> Image.Image:
    samples = secrets.choice(_voices()[letter])
    strip = _strip(samples[::-1] if backwards else samples)
    # Pillow stretches, scales and adds samples as it does pixels: outside Python, so that the chargers do not wait for it.
    stretched = strip.resize((int(strip.width / speed), 1))
    return stretched.point([int(SILENCE + (value - SILENCE) * loudness) for value in range(256)])


def _mix(ground: Image.Image, strip: Image.Image, at: int) -> None:
    box = (at, 0, min(at + strip.width, ground.width), 1)
    fitting = strip.crop((0, 0, box[2] - box[0], 1))
    ground.paste(ImageChops.add(ground.crop(box), fitting, offset=-SILENCE), box)


def _between(low: float, high: float) -> float:
    return low + (high - low) * secrets.randbelow(1000) / 1000


def speak(code: str) -> bytes:
    """The characters spoken at uneven pace before a murmur of reversed speech: WAV, 8 kHz, 8 bit, mono."""
    words = [_said(letter, _between(0.9, 1.1), _between(0.9, 1.2)) for letter in code]
    gaps = [int(RATE_HZ * _between(0.6, 1.1)) for _ in words]
    length = sum(gaps) + sum(word.width for word in words) + RATE_HZ // 2
    ground = _strip(secrets.token_bytes(length)).point([SILENCE + (value - SILENCE) // 32 for value in range(256)])
    at = 0
    while at < length:
        murmur = _said(secrets.choice(LETTERS), _between(0.8, 1.4), _between(0.1, 0.25), backwards=True)
        _mix(ground, murmur, at)
        at += murmur.width + secrets.randbelow(RATE_HZ // 10)
    at = 0
    for gap, word in zip(gaps, words, strict=True):
        at += gap
        _mix(ground, word, at)
        at += word.width
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE_HZ)
        file.writeframes(ground.tobytes())
    return out.getvalue()
