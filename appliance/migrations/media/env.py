"""Alembic's entry for this file: the open connection is handed in, no address or key is ever written down."""

from appliance.kernel.migrate import run_environment

run_environment()
