"""Makes the project's own golden numbers of CogVideoX training: weights and data from seeds, expected values kept small.

Usage: PYTHONPATH=<diffusers>/src:core/src/test/python python train/src/test/python/training_golden.py   (from the project's root)
Made with diffusers 0.40.0.dev0 of 2026-08-23, torch 2.13.0 on the CPU, float32, one thread. Networks and noise schedules are
diffusers', the loss is the authors' (squared error of x0 over 1 - alpha), the optimiser torch's AdamW, LoRA as PEFT has it.

Of a gradient, a parameter or a reconstruction two numbers are kept ("prints"): the sum of its values times cos(0), cos(1), ...,
and its norm.
"""

import json
import math
from pathlib import Path

import seeded
import torch
from diffusers import AutoencoderKLCogVideoX, CogVideoXDDIMScheduler, CogVideoXTransformer3DModel
from diffusers.models.embeddings import get_3d_rotary_pos_embed
from diffusers.pipelines.cogvideo.pipeline_cogvideox import get_resize_crop_region_for_grid
from safetensors.torch import save_file

ROOT = Path("train/src/test/resources/golden/cogvideox-train")
WEIGHTS = "diffusion_pytorch_model.safetensors"


def printed(tensor):
    flat = tensor.detach().double().flatten()
    return torch.stack([(flat * torch.arange(flat.numel(), dtype=torch.float64).cos()).sum(), flat.norm()])


def prints(named):
    return torch.stack([printed(t) for _, t in sorted(named.items())])


class Case:
    def __init__(self, name):
        self.folder = ROOT / name
        self.request = json.loads((self.folder / "request.json").read_text())
        self.data = seeded.file(self.folder, "data.safetensors")
        self.expected = {}

    def ints(self, key):
        return torch.tensor(self.request["integers"][key])

    def config(self, part, name="config.json"):
        values = json.loads((self.folder / "model" / part / name).read_text())
        return {k: v for k, v in values.items() if not k.startswith("_")}

    def transformer(self):
        model = CogVideoXTransformer3DModel(**self.config("transformer"))
        seeded.load(model, self.folder, f"model/transformer/{WEIGHTS}").requires_grad_(True)
        if model.config.use_learned_positional_embeddings:  # a buffer in diffusers; its gradient is compared too
            model.patch_embed.pos_embedding.requires_grad_(True)
        return model

    def vae(self):
        model = AutoencoderKLCogVideoX(**self.config("vae"))
        return seeded.load(model, self.folder, f"model/vae/{WEIGHTS}").requires_grad_(True)

    def alphas(self):
        return CogVideoXDDIMScheduler(**self.config("scheduler", "scheduler_config.json")).alphas_cumprod

    def save(self):
        save_file({k: v.detach().contiguous() for k, v in self.expected.items()}, self.folder / "expected.safetensors")
        print(self.folder.name, (self.folder / "expected.safetensors").stat().st_size)


def rotary(c, f, h, w, slice_):
    if not c.use_rotary_positional_embeddings:
        return None
    grid = h // c.patch_size, w // c.patch_size
    base = c.sample_height // c.patch_size, c.sample_width // c.patch_size
    if c.patch_size_t is not None or slice_:
        frames = f if c.patch_size_t is None else f // c.patch_size_t
        most = max(base[0], grid[0]), max(base[1], grid[1])
        return get_3d_rotary_pos_embed(c.attention_head_dim, None, grid, frames, grid_type="slice", max_size=most)
    return get_3d_rotary_pos_embed(c.attention_head_dim, get_resize_crop_region_for_grid(grid, base[1], base[0]), grid, f)


def step(case, model, latents, text, noise, timesteps, image=None, slice_=False):
    """Loss of each clip, and what led there."""
    c = model.config
    if c.patch_size_t is not None and latents.shape[1] % c.patch_size_t:
        missing = c.patch_size_t - latents.shape[1] % c.patch_size_t
        latents = torch.cat([latents[:, :1].expand(-1, missing, -1, -1, -1), latents], 1)
    a = case.alphas()[timesteps].float().view(-1, 1, 1, 1, 1)
    noisy = a.sqrt() * latents + (1 - a).sqrt() * noise
    velocity = a.sqrt() * noise - (1 - a).sqrt() * latents
    predicted = model(
        hidden_states=noisy if image is None else torch.cat([noisy, image], 2),
        encoder_hidden_states=text,
        timestep=timesteps,
        ofs=None if c.ofs_embed_dim is None else torch.full((1,), 2.0),
        image_rotary_emb=rotary(c, latents.shape[1], latents.shape[3], latents.shape[4], slice_),
        return_dict=False,
    )[0]
    clean = a.sqrt() * noisy - (1 - a).sqrt() * predicted
    weight = 1 / (1 - case.alphas()[timesteps].double())
    per_clip = weight * (clean - latents).square().double().mean((1, 2, 3, 4))
    return per_clip, noisy, velocity, predicted


def gradients(model):
    named = dict(model.named_parameters())
    if model.config.get("use_learned_positional_embeddings"):
        named["patch_embed.pos_embedding"] = model.patch_embed.pos_embedding
    return {k: p.grad if p.grad is not None else torch.zeros_like(p) for k, p in named.items()}


def norm(grads):
    squares = [g.double().square().sum() for k, g in grads.items() if k != "patch_embed.pos_embedding"]
    return torch.stack(squares).sum().sqrt()


def keep_gradients(case, prefix, model):
    grads = gradients(model)
    case.expected[prefix + "grad_prints"] = prints(grads)
    case.expected[prefix + "grad_norm"] = norm(grads)


def image_latents(case, vae, frames):
    noisy = case.data["images"] + case.data["image_log_sigma"].exp() * case.data["image_noise"]
    moments = vae.encode(noisy.unsqueeze(2)).latent_dist
    first = (moments.mean + moments.std * case.data["image_posterior_noise"]) * vae.config.scaling_factor
    first = first.permute(0, 2, 1, 3, 4)
    return torch.cat([first, torch.zeros(first.shape[0], frames - 1, *first.shape[2:])], 1).detach()


def loss_case(name):
    case = Case(name)
    model, d, image = case.transformer(), case.data, None
    if model.config.in_channels > model.config.out_channels:
        image = image_latents(case, case.vae(), d["noise"].shape[1])
        case.expected["image_latents"] = image
    timesteps = case.ints("timesteps")
    per_clip, noisy, velocity, predicted = step(case, model, d["latents"], d["text"], d["noise"], timesteps, image)
    per_clip.mean().backward()
    case.expected |= {"loss": per_clip.mean(), "loss_per_clip": per_clip, "predicted": predicted}
    case.expected |= {"noisy_print": printed(noisy), "velocity_print": printed(velocity)}
    keep_gradients(case, "", model)
    if "other_latents" in d:
        for prefix, slice_ in (("other_slice_", True), ("other_crop_", False)):
            model.zero_grad()
            given = [d["other_" + part] for part in ("latents", "text", "noise")]
            per_clip, _, _, predicted = step(case, model, *given, case.ints("other_timesteps"), None, slice_)
            per_clip.mean().backward()
            case.expected |= {prefix + "loss": per_clip.mean(), prefix + "predicted": predicted}
            case.expected[prefix + "grad_norm"] = norm(gradients(model))
    case.save()


class Lora(torch.nn.Module):
    def __init__(self, base, down, up, scale):
        super().__init__()
        self.base, self.scale = base, scale
        self.down, self.up = torch.nn.Parameter(down), torch.nn.Parameter(up)

    def forward(self, x):
        return self.base(x) + self.scale * (x @ self.down.T @ self.up.T)


def add_lora(model, initial, scale):
    trained = {}
    model.requires_grad_(False)
    for key in sorted(k for k in initial if k.endswith(".lora_A.weight")):
        layer = key.removeprefix("transformer.").removesuffix(".lora_A.weight")
        parent, _, last = layer.rpartition(".")
        change = Lora(model.get_submodule(layer), initial[key], initial[key.replace("lora_A", "lora_B")], scale)
        setattr(model.get_submodule(parent), last, change)
        trained |= {f"{layer}.lora_A.weight": change.down, f"{layer}.lora_B.weight": change.up}
    return trained


def share(h, k):
    if k < h["lr_warmup_steps"]:
        return k / h["lr_warmup_steps"]
    if h["lr_scheduler"] != "cosine":
        return 1.0
    return 0.5 * (1 + math.cos(math.pi * (k - h["lr_warmup_steps"]) / (h["steps"] - h["lr_warmup_steps"])))


def steps_case(name):
    case = Case(name)
    model, d, h = case.transformer(), case.data, case.request["hyper"]
    trained = dict(model.named_parameters())
    if "rank" in h:
        initial = seeded.file(case.folder, "initial/pytorch_lora_weights.safetensors")
        trained = add_lora(model, initial, h["lora_alpha"] / h["rank"])
    betas = h["beta1"], h["beta2"]
    adam = torch.optim.AdamW(trained.values(), h["learning_rate"], betas, h["epsilon"], h["weight_decay"])
    schedule = torch.optim.lr_scheduler.LambdaLR(adam, lambda k: share(h, k))

    def validation():
        with torch.no_grad():
            return step(case, model, d["latents"], d["text"], d["val_noise"], case.ints("val_timesteps"))[0].mean()

    case.expected["val_loss_before"] = validation()
    losses, norms, rates = [], [], []
    for k in range(h["steps"]):
        clips = case.ints("clips")[k]
        given = d["latents"][clips], d["text"][clips], d["noise"][k]
        loss = step(case, model, *given, case.ints("timesteps")[k])[0].mean()
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(trained.values(), h["max_grad_norm"]).detach())
        losses.append(loss.detach())
        rates.append(schedule.get_last_lr()[0])
        adam.step()
        schedule.step()
        adam.zero_grad()
    case.expected |= {"loss": torch.stack(losses), "grad_norm": torch.stack(norms), "val_loss_after": validation()}
    case.expected["learning_rate"] = torch.tensor(rates, dtype=torch.float64)
    case.expected["final_prints"] = prints(trained)
    case.save()


def pack_case(name):
    case = Case(name)
    model, count, total = case.transformer(), len(case.request["clips"]), 0
    for i in range(count):
        given = [case.data[f"clip{i}_{part}"] for part in ("latents", "text", "noise")]
        per_clip, _, _, predicted = step(case, model, *given, case.ints(f"clip{i}_timesteps"), None, True)
        case.expected |= {f"clip{i}_loss": per_clip.mean(), f"clip{i}_predicted": predicted}
        total = total + per_clip.mean() / count
    total.backward()
    case.expected["loss"] = total
    keep_gradients(case, "", model)
    case.save()


def vae_case(name):
    case = Case(name)
    w = case.request["weights"]
    for prefix, data in (("clip", "clip"), ("image", "image"), ("long", "long"), ("whole", "long")):
        vae = case.vae()
        if prefix == "whole":
            vae.num_sample_frames_batch_size = vae.num_latent_frames_batch_size = 1000
        video = case.data[data + "_video"]
        posterior = vae.encode(video).latent_dist
        y = vae.decode(posterior.mean + posterior.std * case.data[data + "_noise"]).sample
        l1, l2 = (y - video).abs().mean(), (y - video).square().mean()
        kl = 0.5 * (posterior.mean.square() + posterior.var - 1 - posterior.logvar).sum() / video.shape[0]
        loss = w["l1"] * l1 + w["l2"] * l2 + w["kl"] * kl
        loss.backward()
        case.expected |= {prefix + "_" + k: v for k, v in {"l1": l1, "l2": l2, "kl": kl, "loss": loss}.items()}
        case.expected[prefix + "_mean_print"] = printed(posterior.mean)
        case.expected[prefix + "_logvar_print"] = printed(posterior.logvar)
        case.expected[prefix + "_reconstruction_print"] = printed(y)
        keep_gradients(case, prefix + "_", vae)
    case.save()


if __name__ == "__main__":
    torch.set_num_threads(1)
    for name in ("loss-t2v-2b", "loss-t2v-5b", "loss-i2v-5b", "loss-t2v-1.5", "loss-i2v-1.5"):
        loss_case(name)
    for name in ("sft-20", "lora-20", "lora-20-alpha8"):
        steps_case(name)
    pack_case("frame-pack")
    vae_case("vae-loss")
