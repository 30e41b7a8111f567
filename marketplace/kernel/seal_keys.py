"""The key that signs sealed blocks (Ed25519), and the public keys that check them."""

import hashlib
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from marketplace.kernel.errors import N_, DomainError

SigningKey = Ed25519PrivateKey


def signing_key(path: Path | None, *, may_make: bool) -> SigningKey:
    """The key in a file.

    Args:
        may_make: make one where there is none: development and tests. In production a person makes it and keeps it.

    Raises: DomainError: no file, or not an Ed25519 key.
    """
    if path is None or not (path.exists() or may_make):
        raise DomainError(N_("没有找到封存密钥。请用设置 SEAL_KEY_FILE 指明 Ed25519 私钥文件（PEM）。"), code="seal_key_missing")
    if not path.exists():
        _make(path)
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise DomainError(N_("封存密钥文件 %(path)s 不是未加密的 Ed25519 私钥（PEM）。"), code="seal_key_wrong", path=str(path))
    return key


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def key_id(key: SigningKey) -> str:
    """A short name of a key: the beginning of the hash of its public half."""
    return _name(key.public_key())


def _name(key: Ed25519PublicKey) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def publish_key(key: SigningKey, folder: Path) -> None:
    """Lay the public half beside the heads, so anybody can check them."""
    path = folder / "keys" / f"{key_id(key)}.pem"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def public_keys(folder: Path) -> dict[str, Ed25519PublicKey]:
    """The published keys by name; a file whose content is not the key of its name is left out."""
    found = {}
    for path in sorted((folder / "keys").glob("*.pem")):
        try:
            key = load_pem_public_key(path.read_bytes())
        except (ValueError, UnsupportedAlgorithm):
            continue
        if isinstance(key, Ed25519PublicKey) and _name(key) == path.stem:
            found[path.stem] = key
    return found


def is_signed(key: Ed25519PublicKey, head: bytes, signature: str) -> bool:
    try:
        key.verify(bytes.fromhex(signature), head)
    except (InvalidSignature, ValueError):
        return False
    return True
