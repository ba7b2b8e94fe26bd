"""Makes the expected values of the CogVideoX cases from their configs, requests, pictures and the seeds of their weights.

Usage: PYTHONPATH=<diffusers>/src python core/src/test/python/cogvideox_golden.py [CASE...]   (from the project's root)
Made with diffusers 0.40.0.dev0 of 2026-08-23, transformers 5.18, torch 2.13.0 on the CPU, float32, one thread. Writes
<case>/expected.safetensors: ids, prompt_embeds, latents_step<i> after every step, and of the video's pixels every 11th
(T, H, W in one row; 11 divides no width, so that all rows and columns are met); where the case has inputs of its own for
one network, transformer.safetensors: timestep and output, and vae.safetensors: mean and logvar of the posterior.
"""

import json
import sys
from pathlib import Path

import seeded
import torch
from diffusers import (
    AutoencoderKLCogVideoX,
    CogVideoXDDIMScheduler,
    CogVideoXDPMScheduler,
    CogVideoXFunControlPipeline,
    CogVideoXImageToVideoPipeline,
    CogVideoXPipeline,
    CogVideoXTransformer3DModel,
    CogVideoXVideoToVideoPipeline,
)
from diffusers.models.embeddings import get_3d_rotary_pos_embed
from diffusers.pipelines.cogvideo.pipeline_cogvideox import get_resize_crop_region_for_grid
from PIL import Image
from safetensors.torch import load_file, save_file
from transformers import T5Config, T5EncoderModel, T5Tokenizer

GOLDEN = Path("core/src/test/resources/golden")
PIPELINES = {
    "t2v": CogVideoXPipeline,
    "i2v": CogVideoXImageToVideoPipeline,
    "v2v": CogVideoXVideoToVideoPipeline,
    "fun": CogVideoXFunControlPipeline,
}
SCHEDULERS = {"ddim": CogVideoXDDIMScheduler, "dpm": CogVideoXDPMScheduler}
WEIGHTS = "diffusion_pytorch_model.safetensors"
STEP = 11


def config(folder, part, name="config.json"):
    values = json.loads((folder / "model" / part / name).read_text())
    return {k: v for k, v in values.items() if not k.startswith("_")}


def transformer(folder):
    model = CogVideoXTransformer3DModel(**config(folder, "transformer"))
    return seeded.load(model, folder, f"model/transformer/{WEIGHTS}")


def autoencoder(folder):
    return seeded.load(AutoencoderKLCogVideoX(**config(folder, "vae")), folder, f"model/vae/{WEIGHTS}")


def pipeline(folder, request):
    tokenizer = T5Tokenizer.from_pretrained(GOLDEN / "cogvideox" / "tokenizer")
    text_encoder = T5EncoderModel(T5Config.from_dict(config(folder, "text_encoder")))
    scheduler = SCHEDULERS[request["scheduler"]]
    pipe = PIPELINES[request["mode"]](
        tokenizer=tokenizer,
        text_encoder=seeded.load(text_encoder, folder, "model/text_encoder/model.safetensors"),
        vae=autoencoder(folder),
        transformer=transformer(folder),
        scheduler=scheduler(**config(folder, "scheduler", "scheduler_config.json")),
    )
    pipe.set_progress_bar_config(disable=True)
    return pipe


def add_lora(network, file, scale):
    tensors = load_file(file)
    weights = dict(network.named_parameters())
    for key, a in tensors.items():
        if key.endswith(".lora_A.weight"):
            name = key.removesuffix(".lora_A.weight")
            b = tensors[name + ".lora_B.weight"]
            weights[name.removeprefix("transformer.") + ".weight"].add_(scale * (b @ a))


def pictures(folder):
    return [Image.open(file).convert("RGB") for file in sorted(folder.glob("*.png"))]


def arguments(folder, request):
    args = {
        "prompt": request["prompt"],
        "negative_prompt": request.get("negative"),
        "num_inference_steps": request["steps"],
        "guidance_scale": request["guidance"],
        "height": request["height"],
        "width": request["width"],
        "generator": torch.Generator().manual_seed(request["seed"]),
    }
    if request.get("dynamic"):
        args["use_dynamic_cfg"] = True
    if request["mode"] == "v2v":
        return args | {"video": pictures(folder / "frames"), "strength": request["strength"]}
    if request["mode"] == "fun":
        return args | {"control_video": pictures(folder / "frames")}
    if request["mode"] == "i2v":
        args["image"] = Image.open(folder / request["image"]).convert("RGB")
    return args | {"num_frames": request["num_frames"]}


def generate(folder, request):
    pipe = pipeline(folder, request)
    if "tile" in request:
        height, width = request["tile"]
        pipe.vae.enable_tiling(tile_sample_min_height=height, tile_sample_min_width=width)
    if "lora" in request:
        add_lora(pipe.transformer, folder / request["lora"]["file"], request["lora"]["scale"])
    steps = {}

    def keep(pipe, i, t, tensors):
        steps[f"latents_step{i}"] = tensors["latents"].clone()
        return tensors

    guided = request["guidance"] > 1
    states = pipe.encode_prompt(request["prompt"], request.get("negative"), guided, 1, device="cpu")[0]
    made = pipe(**arguments(folder, request), output_type="pt", callback_on_step_end=keep).frames[0]
    video = made.permute(0, 2, 3, 1)  # (T, H, W, 3)
    ids = pipe.tokenizer(
        request["prompt"], padding="max_length", max_length=226, truncation=True, return_tensors="pt"
    ).input_ids
    shape = ",".join(map(str, video.shape))
    save(
        folder / "expected.safetensors",
        {"ids": ids, "prompt_embeds": states, **steps, "video": video.reshape(-1, 3)[::STEP]},
        {"video": shape, "every": str(STEP)},
    )
    return f"video {shape}, mean {video.mean():.3f}, std {video.std():.3f}, in its first frame {video[0].std():.3f}"


def rotary(c, f, h, w):
    if not c.use_rotary_positional_embeddings:
        return None
    rows, columns = h // c.patch_size, w // c.patch_size
    base = c.sample_height // 2, c.sample_width // 2
    if c.patch_size_t is None:
        crops = get_resize_crop_region_for_grid((rows, columns), base[1], base[0])
        return get_3d_rotary_pos_embed(c.attention_head_dim, crops, (rows, columns), f)
    frames = f // c.patch_size_t
    return get_3d_rotary_pos_embed(
        c.attention_head_dim, None, (rows, columns), frames, grid_type="slice", max_size=base
    )


def forward(folder, inputs):
    model = transformer(folder)
    c = model.config
    latents, text = inputs["latents"], inputs["text"]
    timestep = torch.tensor([999, 19])
    _, f, _, h, w = latents.shape
    ofs = torch.full((1,), 2.0) if c.ofs_embed_dim else None
    output = model(latents, text, timestep, ofs=ofs, image_rotary_emb=rotary(c, f, h, w)).sample
    save(folder / "transformer.safetensors", {"timestep": timestep, "output": output})


def encode(folder, video, tile):
    vae = autoencoder(folder)
    if tile:
        vae.enable_tiling(tile_sample_min_height=tile[0], tile_sample_min_width=tile[1])
    posterior = vae.encode(video.permute(3, 0, 1, 2)[None] * 2 - 1).latent_dist
    save(folder / "vae.safetensors", {"mean": posterior.mean, "logvar": posterior.logvar})


def save(file, tensors, metadata=None):
    save_file({k: v.contiguous() for k, v in tensors.items()}, file, metadata=metadata)


def make(folder):
    said = ""
    file = folder / "request.json"
    request = json.loads(file.read_text()) if file.exists() else {}
    if request:
        said = generate(folder, request)
    rules = json.loads((folder / seeded.RULES).read_text())
    inputs = seeded.file(folder, "inputs.safetensors") if "inputs.safetensors" in rules["files"] else {}
    if "latents" in inputs:
        forward(folder, inputs)
    if "video" in inputs:
        encode(folder, inputs["video"], request.get("tile"))
    print(folder.name, said, sorted(inputs), flush=True)


if __name__ == "__main__":
    torch.set_grad_enabled(False)
    torch.set_num_threads(1)
    for rules in sorted(GOLDEN.glob("*/*/" + seeded.RULES)):
        if not sys.argv[1:] or rules.parent.name in sys.argv[1:]:
            if rules.parts[-3] in ("cogvideox", "sizes"):
                make(rules.parent)
