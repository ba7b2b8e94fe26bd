"""Makes the expected samples of both schedulers where a request names the timesteps to visit.

Usage: PYTHONPATH=<diffusers>/src python timesteps_golden.py ../resources/golden/timesteps.safetensors
Writes, for each list of LISTS, "<ddim|dpm>/<timesteps, commas between them>" (visited, 1, 32) float32: the sample after each step where a
network predicts v = x / 2 + t / 1000, by CogVideoX's schedulers, whose steps are told where they lead; and "solver/<timesteps>", the same by
DPMSolverMultistepScheduler of first order without noise, which takes explicit timesteps by itself and whose samples are DDIM's (where no timestep
is pure noise, which it does not know). Noise is drawn from a CPU generator with the seed below, the first sample before all else.
"""
import sys
import diffusers, torch
from diffusers import CogVideoXDDIMScheduler, CogVideoXDPMScheduler, DPMSolverMultistepScheduler
from safetensors.torch import save_file

SEED = 5
CONFIG = dict(
    beta_schedule="scaled_linear", prediction_type="v_prediction", rescale_betas_zero_snr=True, snr_shift_scale=1.0)
LISTS = [[999, 856, 665, 399], [999, 874, 749, 624, 499, 374, 249, 124], [856, 665, 399, 12], [999], [640, 0]]


class Leads:
    """In place of a number of steps: the training timesteps divided by it are how far the step leads."""

    def __init__(self, far):
        self.far = far

    def __rfloordiv__(self, total):
        return self.far


def run(cls, visited):
    s = cls(**CONFIG, timestep_spacing="trailing")
    generator = torch.Generator().manual_seed(SEED)
    x = torch.randn(1, 32, generator=generator)
    old, samples = None, []
    for i, t in enumerate(visited):
        s.num_inference_steps = Leads(t - (visited[i + 1] if i + 1 < len(visited) else -1))
        v = x / 2 + t / 1000
        if cls is CogVideoXDDIMScheduler:
            x = s.step(v, t, x, return_dict=False)[0]
        else:
            x, old = s.step(v, old, t, visited[i - 1] if i > 0 else None, x, generator=generator)
        samples.append(x)
    return torch.stack(samples)


def solver(visited):
    own = CogVideoXDDIMScheduler(**CONFIG)
    s = DPMSolverMultistepScheduler(
        beta_schedule="scaled_linear", prediction_type="v_prediction", solver_order=1, final_sigmas_type="zero")
    s.alphas_cumprod = own.alphas_cumprod
    s.set_timesteps(timesteps=visited)
    x = torch.randn(1, 32, generator=torch.Generator().manual_seed(SEED))
    samples = []
    for t in s.timesteps:
        x = s.step(x / 2 + float(t) / 1000, t, x, return_dict=False)[0]
        samples.append(x)
    return torch.stack(samples)


def main(path):
    out = {}
    for visited in LISTS:
        name = ",".join(map(str, visited))
        out["ddim/" + name] = run(CogVideoXDDIMScheduler, visited)
        out["dpm/" + name] = run(CogVideoXDPMScheduler, visited)
        if visited[0] < 999:
            out["solver/" + name] = solver(visited)
            print(name, "ddim and the solver differ by", (out["solver/" + name] - out["ddim/" + name]).abs().max().item())
    for key, value in out.items():
        assert torch.isfinite(value).all(), key
    save_file(out, path, metadata={
        "source": f"diffusers {diffusers.__version__} schedulers, torch {torch.__version__}",
        "seed": str(SEED), "tolerance": "1e-5", "script": "core/src/test/python/timesteps_golden.py"})


if __name__ == "__main__":
    main(sys.argv[1])
