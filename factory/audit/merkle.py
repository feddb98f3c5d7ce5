"""Merkle tree hashes after RFC 6962 section 2.1, grown one leaf at a time.

A tree of n leaves is kept as its peaks: the roots of the full subtrees whose sizes are the binary
digits of n, largest first. Appending a leaf and folding the peaks to a root both cost O(log n).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf: SHA-256 over 0x00 and the entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256 over 0x01 and both children."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def grow(peaks: Sequence[bytes], size: int, leaf: bytes) -> list[bytes]:
    """Peaks of the tree of `size` + 1 leaves, from those of the tree of `size` leaves and a leaf hash."""
    grown = [*peaks, leaf]
    while size & 1:
        right = grown.pop()
        grown.append(node_hash(grown.pop(), right))
        size >>= 1
    return grown


def root_of(peaks: Sequence[bytes]) -> bytes:
    """Root of a tree from its peaks."""
    if not peaks:
        return EMPTY_ROOT
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_hash(peak, root)
    return root


def root(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes: MTH of RFC 6962 section 2.1."""
    peaks: list[bytes] = []
    for size, leaf in enumerate(leaves):
        peaks = grow(peaks, size, leaf)
    return root_of(peaks)


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Audit path of leaf `index`, nearest sibling first: PATH of RFC 6962 section 2.1.1."""
    return inclusion_proofs(leaves, [index])[0]


def inclusion_proofs(leaves: Sequence[bytes], indices: Sequence[int]) -> list[list[bytes]]:
    """Audit paths of several leaves: one pass over the tree, and O(log n) for each path."""
    paths: list[list[bytes]] = [[] for _ in indices]
    level, places = list(leaves), list(indices)
    while len(level) > 1:
        for path, place in zip(paths, places, strict=True):
            if (place ^ 1) < len(level):
                path.append(level[place ^ 1])
        above = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = [*above, level[-1]] if len(level) & 1 else above
        places = [place >> 1 for place in places]
    return paths


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """What shows the tree of the first `size` leaves to be the beginning of this one: RFC 6962 section 2.1.2."""
    return _subproof(leaves, size, True) if 0 < size < len(leaves) else []


def _subproof(leaves: Sequence[bytes], size: int, whole: bool) -> list[bytes]:
    if size == len(leaves):
        return [] if whole else [root(leaves)]
    middle = _split(len(leaves))
    if size <= middle:
        return [*_subproof(leaves[:middle], size, whole), root(leaves[middle:])]
    return [*_subproof(leaves[middle:], size - middle, False), root(leaves[:middle])]


def consistent(size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """True when `proof` shows the tree of `size` leaves to begin that of `new_size` (RFC 9162 section 2.1.4.2)."""
    if size == new_size:
        return not proof and old_root == new_root
    if not 0 < size < new_size:
        return size == 0 and not proof and old_root == EMPTY_ROOT
    steps = list(proof) if size & (size - 1) else [old_root, *proof]
    if not steps:
        return False
    here, last = size - 1, new_size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if here & 1 or here == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            new = node_hash(new, step)
        here, last = here >> 1, last >> 1
    return last == 0 and (old, new) == (old_root, new_root)


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], tree_root: bytes) -> bool:
    """True when `path` shows leaf hash `leaf` to be number `index` of the tree (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, here, last = leaf, index, size - 1
    for sibling in path:
        if last == 0:
            return False
        if here & 1 or here == last:
            node = node_hash(sibling, node)
            while here and not here & 1:
                here, last = here >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        here, last = here >> 1, last >> 1
    return last == 0 and node == tree_root


def _split(size: int) -> int:
    """Largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
