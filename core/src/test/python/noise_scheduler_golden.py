"""Makes the expected timesteps and samples of the schedulers for networks that predict noise, as of diffusers 0.19.3.

Usage: PYTHONPATH=<diffusers 0.19.3>/src python noise_scheduler_golden.py ../resources/golden/noise-schedulers.safetensors
Writes int64 "timesteps/<case>/<steps>" and "<case>/<steps>" (visited, 1, 3, 2, 4, 5) float32: the sample of two frames after
each step where a network predicts the noise x / 2 + t / 1000 and, where it predicts a variance, sin(x). The first sample
is drawn before all else from a CPU generator with the seed below. DDPM is given its table of abar in float64: in float32
1 - abar at timestep 0 has three digits, and the samples of two steps from there on five.
"""
import math
import sys
import diffusers, torch
from diffusers import DDPMScheduler, DPMSolverMultistepScheduler
from safetensors.torch import save_file

SEED = 6
SHAPE = (1, 3, 2, 4, 5)
COSINE = dict(beta_schedule="squaredcos_cap_v2", beta_start=1e-4, beta_end=0.02)
DPM = dict(algorithm_type="dpmsolver++", solver_order=2, solver_type="midpoint", lower_order_final=True)
CASES = {
    "clipped": (DPMSolverMultistepScheduler, dict(**DPM, **COSINE, thresholding=True, dynamic_thresholding_ratio=0.95,
        sample_max_value=1.5, lambda_min_clipped=-5.1), [1, 2, 3, 14, 15, 50, 75, 1000], [1, 2, 14, 15, 40]),
    "whole": (DPMSolverMultistepScheduler, dict(**DPM, **COSINE, thresholding=True, dynamic_thresholding_ratio=0.95,
        sample_max_value=1.0), [1, 14, 50, 125, 1000], [1, 14, 16]),
    "latent": (DPMSolverMultistepScheduler, dict(**DPM, beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012,
        steps_offset=1), [1, 10, 14, 15, 50, 999], [1, 10, 20]),
    "ddpm": (DDPMScheduler, dict(**COSINE, variance_type="learned_range", thresholding=True,
        dynamic_thresholding_ratio=0.95, sample_max_value=1.0), [1, 2, 5, 50, 70, 333], [1, 2, 5, 33]),
}


def cosine_table(timesteps=1000):
    curve = [math.cos((t / timesteps + 0.008) / 1.008 * math.pi / 2) ** 2 for t in range(timesteps + 1)]
    left = [1 - min(1 - after / before, 0.999) for before, after in zip(curve, curve[1:])]
    return torch.cumprod(torch.tensor(left, dtype=torch.float64), 0)


def run(scheduler):
    generator = torch.Generator().manual_seed(SEED)
    x, samples = torch.randn(SHAPE, generator=generator), []
    if isinstance(scheduler, DDPMScheduler):
        scheduler.alphas_cumprod = cosine_table()
        scheduler.one = torch.tensor(1.0, dtype=torch.float64)
    for t in scheduler.timesteps:
        frames = x[0].transpose(0, 1)  # (F, C, H, W), as the pipelines call it
        noise = frames / 2 + float(t) / 1000
        if isinstance(scheduler, DDPMScheduler):
            # the noise of a step is drawn in the order of a single picture's pipeline, for both frames as one
            wide = torch.cat([x, torch.sin(x)], 1)
            wide[:, :3] = x / 2 + float(t) / 1000
            x = scheduler.step(wide.flatten(3), t, x.flatten(3), generator=generator).prev_sample.view(SHAPE)
        else:
            x = scheduler.step(noise, t, frames).prev_sample.transpose(0, 1)[None]
        samples.append(x.clone())
    return torch.stack(samples)


def main(path):
    out = {}
    for case, (cls, config, listed, stepped) in CASES.items():
        for steps in listed:
            scheduler = cls(**config)
            scheduler.set_timesteps(steps)
            out[f"timesteps/{case}/{steps}"] = scheduler.timesteps.long()
        for steps in stepped:
            scheduler = cls(**config)
            scheduler.set_timesteps(steps)
            out[f"{case}/{steps}"] = run(scheduler)
    save_file(out, path, metadata={
        "source": f"diffusers {diffusers.__version__} DPMSolverMultistepScheduler and DDPMScheduler, torch {torch.__version__}",
        "seed": str(SEED), "tolerance": "1e-5", "script": "core/src/test/python/noise_scheduler_golden.py"})


if __name__ == "__main__":
    main(sys.argv[1])
