"""Makes the expected timesteps and samples of both schedulers with every spacing of timesteps.

Usage: PYTHONPATH=<diffusers>/src python scheduler_golden.py ../resources/golden/schedulers.safetensors
Writes, for every spacing, int64 "timesteps/<spacing>/<offset>/<steps>", and for both schedulers
"<ddim|dpm>/<spacing>/<offset>/<steps>" (visited, 1, 32) float32: the sample after each step where a network predicts
v = x / 2 + t / 1000. Noise is drawn from a CPU generator with the seed below, the first sample before all else.
"""
import sys
import diffusers, torch
from diffusers import CogVideoXDDIMScheduler, CogVideoXDPMScheduler
from safetensors.torch import save_file

SEED = 5
CONFIG = dict(
    beta_schedule="scaled_linear", prediction_type="v_prediction", rescale_betas_zero_snr=True, snr_shift_scale=1.0)
LISTED = [1, 2, 3, 6, 7, 30, 50, 61, 103, 333]  # 61 and 103: trailing visits one timestep too many
STEPPED = [1, 2, 7, 25, 30, 61]
SPACINGS = [("trailing", 0), ("linspace", 0), ("leading", 0), ("leading", 1), ("leading", 20)]


def scheduler(cls, spacing, offset, steps):
    s = cls(**CONFIG, timestep_spacing=spacing, steps_offset=offset)
    s.set_timesteps(steps)
    return s


def run(cls, spacing, offset, steps):
    s = scheduler(cls, spacing, offset, steps)
    generator = torch.Generator().manual_seed(SEED)
    x = torch.randn(1, 32, generator=generator)
    old, samples = None, []
    for i, t in enumerate(s.timesteps):
        v = x / 2 + float(t) / 1000
        if cls is CogVideoXDDIMScheduler:
            x = s.step(v, t, x, return_dict=False)[0]
        else:
            x, old = s.step(v, old, t, s.timesteps[i - 1] if i > 0 else None, x, generator=generator)
        samples.append(x)
    return torch.stack(samples)


def main(path):
    out = {}
    for spacing, offset in SPACINGS:
        for steps in LISTED:
            timesteps = scheduler(CogVideoXDDIMScheduler, spacing, offset, steps).timesteps
            if timesteps[0] < 1000:  # an offset may lead beyond the schedule
                out[f"timesteps/{spacing}/{offset}/{steps}"] = timesteps
        for steps in STEPPED:
            out[f"ddim/{spacing}/{offset}/{steps}"] = run(CogVideoXDDIMScheduler, spacing, offset, steps)
            out[f"dpm/{spacing}/{offset}/{steps}"] = run(CogVideoXDPMScheduler, spacing, offset, steps)
    extra = [n for n in range(1, 1001)
             if len(scheduler(CogVideoXDDIMScheduler, "trailing", 0, n).timesteps) != n]
    out["extra"] = torch.tensor(extra)
    for key, value in out.items():
        if not torch.isfinite(value.double()).all():
            print("not finite:", key)
    print(len(extra), "numbers of steps visit one more:", extra[:8])
    save_file(out, path, metadata={
        "source": f"diffusers {diffusers.__version__} CogVideoX schedulers, torch {torch.__version__}",
        "seed": str(SEED), "tolerance": "1e-5", "script": "core/src/test/python/scheduler_golden.py"})


if __name__ == "__main__":
    main(sys.argv[1])
