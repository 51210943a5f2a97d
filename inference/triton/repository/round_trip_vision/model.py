"""Triton model ``round_trip_vision``: the known answer for the vision environment's tensors."""

from inference.triton.served.models import RoundTripModel


class TritonPythonModel(RoundTripModel):
    pass
