"""Rebuilds vae.safetensors of some golden cases: the moments the reference VAE encodes the case's expected video to.

Needs torch, safetensors and diffusers (made with 0.40.0.dev0 of 2026-08-23, torch 2.13.0 CPU, float32). Run from the
project's root:
    python core/src/test/python/vae_golden.py
"""

from pathlib import Path

import torch
from diffusers import AutoencoderKLCogVideoX
from safetensors.torch import load_file, save_file

GOLDEN = Path("core/src/test/resources/golden/cogvideox")
CASES = ["t2v-2b", "t2v-2b-size", "t2v-5b-nocfg"]  # 9, 17 and 1 frames

for case in CASES:
    vae = AutoencoderKLCogVideoX.from_pretrained(GOLDEN / case / "model" / "vae")
    video = load_file(GOLDEN / case / "expected.safetensors")["video"]  # (T, H, W, 3) in [0, 1]
    with torch.no_grad():
        posterior = vae.encode(video.permute(3, 0, 1, 2)[None] * 2 - 1).latent_dist
    save_file(
        {"mean": posterior.mean.contiguous(), "logvar": posterior.logvar.contiguous()},
        GOLDEN / case / "vae.safetensors",
        metadata={"source": "diffusers 0.40.0.dev0, torch 2.13.0 CPU float32", "tolerance": "1e-4"},
    )
