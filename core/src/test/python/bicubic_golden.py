"""Makes core/src/test/resources/golden/pictures/bicubic.safetensors: a picture as Pillow resizes it, uint8 (H, W, 3).

Usage: python bicubic_golden.py ../resources/golden/pictures
"""
import sys
from pathlib import Path

import numpy as np
import PIL
import torch
from PIL import Image
from safetensors.torch import load_file, save_file

SIZES = [(96, 64), (43, 64), (20, 29), (16, 16), (7, 61), (1, 1), (86, 58)]


def main(folder):
    source = load_file(folder / "lanczos.safetensors")["source"]
    picture = Image.fromarray(source.numpy())
    out = {"source": source}
    for size in SIZES:
        out["%dx%d" % size] = torch.from_numpy(np.asarray(picture.resize(size, Image.BICUBIC)).copy())
    save_file(out, folder / "bicubic.safetensors", metadata={"source": f"Pillow {PIL.__version__}"})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
