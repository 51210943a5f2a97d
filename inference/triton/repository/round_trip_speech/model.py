"""Triton model ``round_trip_speech``: the known answer for the speech environment's tensors."""

from inference.triton.served.models import RoundTripModel


class TritonPythonModel(RoundTripModel):
    pass
