"""Makes core/src/test/resources/golden/show1: a small Show-1 whose weights a seed makes, and what its authors' own
pipelines make of it (diffusers 0.19.3, transformers 4.57.6, on the CPU in float32).

Usage: PYTHONPATH=<diffusers 0.19.3>/src:<Show-1> python show1_golden.py ../resources/golden
Writes into show1/: the configs and tokenizers of the five checkpoints in the published layout; weights.json, the rule of
seeded.py for their weights; request.json; expected.safetensors, the cascade step by step; windows.safetensors, the windows of
upscaling after the first; dropout.safetensors, key frames with the network in training's mode, where the script leaves it;
components.safetensors, each network by itself, with sizes that the cascade does not have.
"""
import collections
import json
import math
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer, T5Config, T5EncoderModel, T5Tokenizer

import seeded
from diffusers import (
    AutoencoderKL, DDPMScheduler, DPMSolverMultistepScheduler, IFSuperResolutionPipeline, UNet2DConditionModel,
    VideoToVideoSDPipeline)
from diffusers.utils.torch_utils import randn_tensor
from showone.models import UNet3DConditionModel
from showone.pipelines import TextToVideoIFInterpPipeline, TextToVideoIFPipeline
from showone.pipelines.pipeline_t2v_base_pixel import tensor2vid
from showone.pipelines.pipeline_t2v_sr_pixel_cond import TextToVideoIFSuperResolutionPipeline_Cond

torch.set_grad_enabled(False)
torch.set_num_threads(1)

PROMPT, NEGATIVE = "Two boats at sea: one's sinking!", "low resolution, blur"
ROWS, COLUMNS, FRAMES = 8, 12, 8
FINAL = (48, 64)  # width, height
SEED = 2345
STEPS = dict(base=16, interp=3, if2=3, sr1=3, sr2=5)
GUIDANCE = dict(base=9.0, interp=4.0, if2=4.0, sr1=7.0, sr2=15.0)
LEVEL = dict(if2=150, sr1=250)
STATES = 64  # width of T5's states
# Networks of random weights amplify rounding from step to step: with predictions of full size the reference in float32 is
# 3e-3 from itself in float64 at the end of the first stage. So they predict little.
CALM = 0.15
TEXTS = ("ids", "prompt_embeds", "negative_embeds", "clip_ids", "clip_states")

PIXELS = dict(
    act_fn="gelu", addition_embed_type="text", addition_embed_type_num_heads=16, attention_head_dim=32,
    block_out_channels=(32, 64), cross_attention_dim=96, cross_attention_norm="group_norm", encoder_hid_dim=STATES,
    encoder_hid_dim_type="text_proj", layers_per_block=1, norm_eps=1e-5, norm_num_groups=32,
    resnet_time_scale_shift="scale_shift", out_channels=6, mid_block_type="UNetMidBlock3DSimpleCrossAttn",
    down_block_types=("ResnetDownsampleBlock3D", "SimpleCrossAttnDownBlock3D"),
    up_block_types=("SimpleCrossAttnUpBlock3D", "ResnetUpsampleBlock3D"))
LARGER = dict(
    **{**PIXELS, "in_channels": 6, "class_embed_type": "timestep", "resnet_skip_time_act": True,
       "time_embedding_act_fn": "gelu", "time_embedding_dim": 96, "resnet_out_scale_factor": 1.4142271248762552,
       "mid_block_scale_factor": 1.4142271248762552, "block_out_channels": (32, 64, 64), "layers_per_block": (1, 2, 1),
       "down_block_types": ("ResnetDownsampleBlock3D", "SimpleCrossAttnDownBlock3D", "SimpleCrossAttnDownBlock3D"),
       "up_block_types": ("SimpleCrossAttnUpBlock3D", "SimpleCrossAttnUpBlock3D", "ResnetUpsampleBlock3D")})
EXPERT = dict(
    in_channels=4, out_channels=4, act_fn="silu", attention_head_dim=(2, 4), block_out_channels=(32, 64),
    cross_attention_dim=64, layers_per_block=1, mid_block_type="UNetMidBlock3DCrossAttn", norm_num_groups=32,
    down_block_types=("CrossAttnDownBlock3D", "DownBlock3D"), up_block_types=("UpBlock3D", "CrossAttnUpBlock3D"),
    use_linear_projection=True, transfromer_in_opt=True)
VAE = dict(
    block_out_channels=(8, 8, 16, 16), down_block_types=("DownEncoderBlock2D",) * 4,
    up_block_types=("UpDecoderBlock2D",) * 4, latent_channels=4, layers_per_block=1, norm_num_groups=4)
DPM = dict(
    algorithm_type="dpmsolver++", solver_order=2, solver_type="midpoint", lower_order_final=True,
    beta_schedule="squaredcos_cap_v2", thresholding=True, dynamic_thresholding_ratio=0.95, sample_max_value=1.5,
    lambda_min_clipped=-5.1)
COSINE = dict(beta_schedule="squaredcos_cap_v2", beta_start=1e-4, beta_end=0.02)
ONE = ["showone.models.unet_3d_condition", "UNet3DConditionModel"]


def flat(config):
    """Settings for two dimensions instead of three."""
    return json.loads(json.dumps(config).replace("3D", "2D"))


def calm(file):
    """Has a UNet's last convolution drawn from a smaller range."""
    shapes = json.loads(file.read_text())
    for key in ("conv_out.weight", "conv_out.bias"):
        shape = shapes[key]
        spread = CALM * (1.3 / math.sqrt(math.prod(shape[1:])) if len(shape) > 1 else 0.35)
        shapes[key] = {"shape": shape, "low": -spread, "high": spread}
    file.write_text("{\n" + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in shapes.items()) + "\n}\n")


class Fixture:
    """The folder being made: networks get the weights of its rules."""

    def __init__(self, folder):
        self.folder, self.rules, self.seed = folder, {}, 70
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "shapes").mkdir(parents=True)

    def config(self, part, config):
        (self.folder / part).mkdir(parents=True, exist_ok=True)
        name = "scheduler_config.json" if part.endswith("scheduler") else "config.json"
        values = {k: v for k, v in dict(config).items() if k != "_use_default_values"}
        (self.folder / part / name).write_text(json.dumps(values, indent=1, default=str) + "\n")

    def network(self, part, module, weights, **rule):
        config = module.config.to_diff_dict() if hasattr(module.config, "to_diff_dict") else module.config
        self.config(part, config)
        shapes = part.replace("/", "-")
        tensors = {k: v for k, v in module.state_dict().items() if k != "encoder.embed_tokens.weight"}
        file = self.folder / "shapes" / f"{shapes}.json"
        seeded.write_shapes(file, tensors)
        if "conv_in.weight" in tensors:
            calm(file)
        self.seed += 1
        self.rules[f"{part}/{weights}"] = {"tensors": f"shapes/{shapes}.json", "seed": self.seed, **rule}
        self.write_rules()
        return seeded.load(module, self.folder, f"{part}/{weights}")

    def write_rules(self):
        rules = {"files": self.rules, "copies": {"show-1-base/tokenizer": "../cogvideox/tokenizer"}}
        (self.folder / "weights.json").write_text(json.dumps(rules, indent=1) + "\n")

    def index(self, stage, name, **parts):
        index = {"_class_name": name, "_diffusers_version": "0.19.3", **parts}
        (self.folder / stage / "model_index.json").write_text(json.dumps(index, indent=1) + "\n")


def vocabulary(folder):
    """CLIP's two files with few tokens: byte pairs of a few words."""
    from transformers.models.clip.tokenization_clip import bytes_to_unicode
    letters = list(bytes_to_unicode().values())
    words = collections.Counter(
        "two boats at sea one is sinking a cat sits low resolution blur the and of in on rocket fish red".split())
    split = {w: [*w[:-1], w[-1] + "</w>"] for w in words}
    merges = []
    while len(merges) < 40:
        pairs = collections.Counter(p for w in words for p in zip(split[w], split[w][1:]))
        best = max(sorted(pairs), key=pairs.get)
        merges.append(best)
        for w, parts in split.items():
            joined, i = [], 0
            while i < len(parts):
                pair = tuple(parts[i:i + 2]) == best
                joined.append("".join(parts[i:i + 2]) if pair else parts[i])
                i += 2 if pair else 1
            split[w] = joined
    tokens = letters + [x + "</w>" for x in letters] + ["".join(m) for m in merges] + ["<|startoftext|>", "<|endoftext|>"]
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps({t: i for i, t in enumerate(tokens)}, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(" ".join(m) for m in merges) + "\n")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "CLIPTokenizer", "pad_token": "!"}) + "\n")
    return len(tokens)


def networks(fixture):
    half = dict(dtype="F16")
    unet = "diffusion_pytorch_model.bin"
    n = dict(
        t5=fixture.network("show-1-base/text_encoder", T5EncoderModel(T5Config(
            vocab_size=1200, d_model=STATES, d_kv=16, d_ff=96, num_layers=2, num_heads=4,
            feed_forward_proj="gated-gelu", dropout_rate=0.0)), "pytorch_model.bin", shard=400_000),
        base=fixture.network("show-1-base/unet", UNet3DConditionModel(in_channels=3, **PIXELS), unet, **half),
        interp=fixture.network("show-1-interpolation/unet", UNet3DConditionModel(in_channels=7, **PIXELS), unet, **half),
        sr1=fixture.network("show-1-sr1/unet", UNet3DConditionModel(**LARGER), unet, **half),
        if2=fixture.network("IF-II-L-v1.0/unet", UNet2DConditionModel(**flat(LARGER)),
                            "diffusion_pytorch_model.safetensors", **half),
        sr2=fixture.network("show-1-sr2/unet", UNet3DConditionModel(**EXPERT), unet, **half),
        vae=fixture.network("show-1-sr2/vae", AutoencoderKL(**VAE), unet, **half))
    words = vocabulary(fixture.folder / "show-1-sr2/tokenizer")
    n["clip"] = fixture.network("show-1-sr2/text_encoder", CLIPTextModel(CLIPTextConfig(
        vocab_size=words, hidden_size=64, intermediate_size=128, num_hidden_layers=3, num_attention_heads=4,
        hidden_act="gelu", eos_token_id=words - 1, bos_token_id=words - 2)), "pytorch_model.bin", **half)
    return n


def schedulers(fixture):
    s = dict(
        base=DPMSolverMultistepScheduler(**DPM),
        interp=DPMSolverMultistepScheduler(**DPM),
        noising=DDPMScheduler(**COSINE),
        sr1=DPMSolverMultistepScheduler(**{**DPM, "lambda_min_clipped": -float("inf"), "sample_max_value": 1.0}),
        if2=DDPMScheduler(**COSINE, variance_type="learned_range", thresholding=True, dynamic_thresholding_ratio=0.95),
        sr2=DPMSolverMultistepScheduler(**{
            **DPM, "beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012, "thresholding": False,
            "lambda_min_clipped": -float("inf"), "steps_offset": 1, "sample_max_value": 1.0}))
    places = {"base": "show-1-base", "interp": "show-1-interpolation", "sr1": "show-1-sr1", "if2": "IF-II-L-v1.0",
              "sr2": "show-1-sr2"}
    for name, stage in places.items():
        fixture.config(f"{stage}/scheduler", {"_class_name": type(s[name]).__name__, **s[name].config})
    for stage in ("show-1-sr1", "IF-II-L-v1.0"):
        fixture.config(f"{stage}/image_noising_scheduler", {"_class_name": "DDPMScheduler", **s["noising"].config})
    return s


def indexes(fixture):
    dpm, ddpm = ["diffusers", "DPMSolverMultistepScheduler"], ["diffusers", "DDPMScheduler"]
    t5 = dict(tokenizer=["transformers", "T5Tokenizer"], text_encoder=["transformers", "T5EncoderModel"])
    fixture.index("show-1-base", "TextToVideoIFPipeline", **t5, unet=ONE, scheduler=dpm)
    fixture.index("show-1-interpolation", "TextToVideoIFInterpPipeline", **t5, unet=ONE, scheduler=dpm)
    fixture.index("show-1-sr1", "TextToVideoIFSuperResolutionPipeline_Cond", **t5, unet=ONE, scheduler=dpm,
                  image_noising_scheduler=ddpm)
    fixture.index("IF-II-L-v1.0", "IFSuperResolutionPipeline", unet=["diffusers", "UNet2DConditionModel"],
                  scheduler=ddpm, image_noising_scheduler=ddpm)
    fixture.index("show-1-sr2", "VideoToVideoSDPipeline", tokenizer=["transformers", "CLIPTokenizer"],
                  text_encoder=["transformers", "CLIPTextModel"], unet=ONE, vae=["diffusers", "AutoencoderKL"],
                  scheduler=dpm)


def cascade(n, s, t5_tokens, clip_tokens):
    out = {}
    seed = lambda: torch.manual_seed(SEED)
    record = lambda name: lambda i, t, x: out.__setitem__(f"{name}_step{i}", x.clone())
    pipe = TextToVideoIFPipeline(t5_tokens, n["t5"], n["base"], s["base"], None)
    text, empty = pipe.encode_prompt(PROMPT)
    out["ids"] = t5_tokens(PROMPT.lower().strip(), padding="max_length", max_length=77, truncation=True,
                           return_tensors="pt").input_ids
    out["prompt_embeds"], out["negative_embeds"] = text, empty
    both = dict(prompt_embeds=text, negative_prompt_embeds=empty, output_type="pt")
    v = pipe(num_frames=FRAMES, height=ROWS, width=COLUMNS, num_inference_steps=STEPS["base"], guidance_scale=9.0,
             generator=seed(), callback=record("base"), **both).frames
    out["base"] = v
    in_training(n, s, t5_tokens, both, record)
    v = out["interp"] = interpolated(n, s, t5_tokens, v, both, seed, record)
    v = upscaled(n, s, t5_tokens, v, both, seed, record, out)
    out["sr1"] = v[:, :, ::4]
    pictures = tensor2vid(v.clone())
    out["sr1_frames"] = torch.from_numpy(np.stack(pictures))
    frames = [Image.fromarray(f).resize(FINAL) for f in pictures]
    out["sr2_input_frame0"] = torch.from_numpy(np.asarray(frames[0]).copy())
    out["clip_ids"] = clip_tokens(PROMPT, padding="max_length", max_length=77, truncation=True,
                                  return_tensors="pt").input_ids
    out["clip_states"] = n["clip"](out["clip_ids"])[0]
    pipe = VideoToVideoSDPipeline(n["vae"], n["clip"], clip_tokens, n["sr2"], s["sr2"])
    v = pipe(PROMPT, negative_prompt=NEGATIVE, video=frames, strength=0.8, num_inference_steps=STEPS["sr2"],
             generator=seed(), callback=record("sr2"), output_type="pt").frames
    out["video"] = (v * 0.5 + 0.5).clamp(0, 1)[0].permute(1, 2, 3, 0)[::4]
    return out


def interpolated(n, s, tokens, keys, both, seed, record):
    pipe = TextToVideoIFInterpPipeline(tokens, n["t5"], n["interp"], s["interp"], None)
    frames = torch.zeros(1, 3, 4 * (FRAMES - 1) + 1, ROWS, COLUMNS)
    noise = randn_tensor((1, 3, 5, ROWS, COLUMNS), dtype=keys.dtype, device=keys.device, generator=seed())
    for i in range(FRAMES - 1):
        ends = torch.zeros(1, 3, 5, ROWS, COLUMNS)
        ends[:, :, 0], ends[:, :, -1] = keys[:, :, i], keys[:, :, i + 1]
        frames[:, :, 4 * i:4 * i + 5] = pipe(
            pixel_values=ends, num_frames=5, height=ROWS, width=COLUMNS, num_inference_steps=STEPS["interp"],
            guidance_scale=4.0, generator=seed(), init_noise=noise, cond_interpolation=True,
            callback=record("interp_window0") if i == 0 else None, **both).frames
    return frames


def upscaled(n, s, tokens, small, both, seed, record, out):
    size = dict(height=4 * ROWS, width=4 * COLUMNS)
    picture = IFSuperResolutionPipeline(tokens, None, n["if2"], s["if2"], s["noising"], None, None, None,
                                        requires_safety_checker=False)
    pipe = TextToVideoIFSuperResolutionPipeline_Cond(tokens, None, n["sr1"], s["sr1"], s["noising"], None)
    frames = torch.zeros(1, 3, small.shape[2], 4 * ROWS, 4 * COLUMNS)
    first = picture(image=small[:, :, 0], **size, num_inference_steps=STEPS["if2"], guidance_scale=4.0, noise_level=150,
                    generator=seed(), callback=record("if2"), **both).images.unsqueeze(2)
    out["if2"] = first[:, :, 0]
    for i in range(0, small.shape[2] - 7, 7):
        frames[:, :, i:i + 8] = pipe(
            image=small[:, :, i:i + 8], first_frame_cond=first, **size, num_inference_steps=STEPS["sr1"],
            guidance_scale=7.0, noise_level=250, generator=seed(), callback=record(f"sr1_window{i // 7}"),
            **both).frames
        first = frames[:, :, i + 7:i + 8]
        out[f"sr1_window{i // 7 + 1}_first"] = first.clone()  # the next window writes over it
    return frames


def in_training(n, s, tokens, both, record):
    """Key frames as the script makes them: moving the model to the card puts its network into training's mode."""
    pipe = TextToVideoIFPipeline(tokens, n["t5"], n["base"].train(), s["base"], None)
    pipe(num_frames=FRAMES, height=ROWS, width=COLUMNS, num_inference_steps=STEPS["base"], guidance_scale=9.0,
         generator=torch.manual_seed(SEED), callback=record("dropout"), **both)
    n["base"].eval()


def components(n, cascade):
    g = torch.Generator().manual_seed(4)
    text = torch.cat([cascade["negative_embeds"], cascade["prompt_embeds"]])
    clip = torch.cat([cascade["clip_states"], cascade["clip_states"].flip(1)])
    out = {}
    for name, channels, size, states, level in (
            ("base", 3, (3, 6, 10), text, None), ("interp", 7, (2, 4, 8), text, None), ("sr1", 6, (2, 8, 12), text, 250),
            ("sr2", 4, (3, 7, 9), clip, None)):
        x = torch.randn(2, channels, *size, generator=g)
        told = {} if level is None else dict(class_labels=torch.tensor([level, level]))
        out[f"{name}_in"], out[f"{name}_out"] = x, n[name](x, torch.tensor(301), encoder_hidden_states=states, **told).sample
    x = torch.randn(2, 6, 8, 12, generator=g)
    out["if2_in"] = x.unsqueeze(2)
    out["if2_out"] = n["if2"](x, torch.tensor(301), encoder_hidden_states=text,
                              class_labels=torch.tensor([150, 150])).sample.unsqueeze(2)
    x = 2 * torch.rand(2, 3, 24, 16, generator=g) - 1
    posterior = n["vae"].encode(x).latent_dist
    out.update(vae_in=x, vae_mean=posterior.mean, vae_std=posterior.std)
    out["vae_latents"] = torch.randn(2, 4, 3, 2, generator=g)
    out["vae_out"] = n["vae"].decode(out["vae_latents"]).sample
    out.update({name: cascade[name] for name in TEXTS})
    return out


def main(golden):
    fixture = Fixture(Path(golden) / "show1")
    n, s = networks(fixture), schedulers(fixture)
    indexes(fixture)
    t5 = T5Tokenizer(f"{golden}/cogvideox/tokenizer/spiece.model", extra_ids=100, legacy=True)
    clip = CLIPTokenizer.from_pretrained(fixture.folder / "show-1-sr2/tokenizer", model_max_length=77)
    out = cascade(n, s, t5, clip)
    parts = components(n, out)
    source = {"source": "showlab/Show-1 35a71b6, diffusers 0.19.3, torch " + torch.__version__, "seed": str(SEED),
              "tolerance": "1e-4 of the largest value a step, 1e-3 at the end of a stage",
              "script": "core/src/test/python/show1_golden.py"}
    tidy = lambda tensors: {k: t.clone().contiguous() for k, t in tensors.items()}
    windows = {k: t for k, t in out.items() if k.startswith("sr1_window") and k[10] in "123"}
    dropout = {k: t for k, t in out.items() if k.startswith("dropout")}
    whole = {k: t for k, t in out.items() if k not in dropout and not k.startswith("sr1_window") or k.startswith("sr1_window0")}
    save_file(tidy(whole), fixture.folder / "expected.safetensors", metadata=source)
    save_file(tidy(windows), fixture.folder / "windows.safetensors", metadata=source)
    save_file(tidy(dropout), fixture.folder / "dropout.safetensors", metadata=source)
    save_file(tidy(parts), fixture.folder / "components.safetensors", metadata=source)
    request = dict(
        prompt=PROMPT, negative_sr2=NEGATIVE, seed=SEED, steps=STEPS, guidance=GUIDANCE, noise_level=LEVEL, strength=0.8,
        base_size=[ROWS, COLUMNS], frames=FRAMES, final_size=[FINAL[1], FINAL[0]],
        note="sr1 and video hold every 4th frame; sr1_frames all, in 8 bits")
    (fixture.folder / "request.json").write_text(json.dumps(request, indent=1) + "\n")
    for k, t in {**out, **parts}.items():
        print(k, tuple(t.shape), f"std {t.float().std():.3f} max {t.float().abs().max():.2f}")


if __name__ == "__main__":
    main(sys.argv[1])
