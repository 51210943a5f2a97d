"""Ports to the models and the servers behind them. Imports nothing of ``appliance``."""
