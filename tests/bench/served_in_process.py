"""One served model called without Triton, in a child process of its own environment: the other side of the bench.

``python served_in_process.py MODEL_FOLDER SETTINGS`` imports the rendered ``model.py`` of MODEL_FOLDER (as Triton does)
and loads it with SETTINGS (JSON). Then for each line on stdin, a JSON object with ``pcm16`` (a file) or ``pictures``
(files) and ``options``, it answers one line: the seconds that the model itself took, input in memory.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any


def main(folder: Path, settings: dict[str, str]) -> None:
    sys.path.insert(0, str(folder / "1"))
    import numpy as np

    from inference.triton.served.pictures import decode

    served: Any = importlib.import_module("model").TritonPythonModel()
    served.load(settings)
    print("ready", flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if "pcm16" in asked:
            samples = (
                np.frombuffer(Path(asked["pcm16"]).read_bytes(), dtype="<i2").astype(np.float32) / 32768.0
            )
            began = time.perf_counter()
            answer = served.answer(samples, asked["options"])
        else:
            encoded = [Path(file).read_bytes() for file in asked["pictures"]]
            began = time.perf_counter()
            answer = served.answer([decode(picture) for picture in encoded])
        json.dumps(answer)
        print(time.perf_counter() - began, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]))
