"""The house of identity's tests: the ledger's pages need somebody to sign in."""

from tests.identity.conftest import clock, empty_site, house

__all__ = ["clock", "empty_site", "house"]
