"""From an approved candidate to a sealed, licensed bundle, and back to proof that it is one."""

from factory.release.licence import Licence, load_licence
from factory.release.seal import seal
from factory.release.verify import Verified, verify

__all__ = ["Licence", "Verified", "load_licence", "seal", "verify"]
