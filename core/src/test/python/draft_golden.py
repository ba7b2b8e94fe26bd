"""Makes the expected pictures of a small draft decoder, as of TAEHV at 1f14a56.

Usage: PYTHONPATH=<taehv> python draft_golden.py ../resources/golden/cogvideox/draft
Reads the widths from shapes.json and weights and latents as weights.json says. The decoder is put together from the
reference's own layers, since its class knows the published widths alone, and decodes as that class does for taecvx.
Writes "odd" (9, 3, 16, 24), "even" (8, 3, 16, 16) and "one" (1, 3, 16, 16) in [0, 1], and published.json, the names and shapes
of the published decoder.
"""
import sys
from pathlib import Path

import torch
from safetensors.torch import save_file
from taehv import TAEHV, Clamp, MemBlock, TGrow, conv

import seeded


def decoder(channels, widths):
    layers = [Clamp(), conv(channels, widths[0]), torch.nn.ReLU(inplace=True)]
    for level, times in enumerate([1, 2, 2]):
        width = widths[level]
        layers += [MemBlock(width, width) for _ in range(3)]
        layers += [torch.nn.Upsample(scale_factor=2), TGrow(width, times), conv(width, widths[level + 1], bias=False)]
    return torch.nn.Sequential(*layers, torch.nn.ReLU(inplace=True), conv(widths[3], 3))


def main(fixture):
    network = TAEHV(checkpoint_path=None)
    published = {key: value for key, value in network.state_dict().items() if key.startswith("decoder.")}
    seeded.write_shapes(fixture / "published.json", published)
    weights = seeded.file(fixture, "taecvx.safetensors")
    weights = {key.removeprefix("decoder."): value for key, value in weights.items() if key.startswith("decoder.")}
    widths = [weights[f"{layer}.weight"].shape[0] for layer in (1, 8, 14, 20)]
    network.decoder = decoder(weights["1.weight"].shape[1], widths).eval()
    network.decoder.load_state_dict(weights)
    network.is_cogvideox = True
    expected = {}
    for name, latents in seeded.file(fixture, "latents.safetensors").items():
        whole = network.decode_video(latents, parallel=True, show_progress_bar=False)
        by_frame = network.decode_video(latents, parallel=False, show_progress_bar=False)
        print(name, tuple(whole.shape), float((whole - by_frame).abs().max()), float(whole.std()))
        expected[name] = whole[0].contiguous()
    save_file(expected, fixture / "expected.safetensors")


if __name__ == "__main__":
    with torch.no_grad():
        main(Path(sys.argv[1]))
