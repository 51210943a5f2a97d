"""Fixtures for all rooms: the real engines, started once a session where a test asks for them."""

pytest_plugins = ["tests.inference.engines"]
