"""Rebuilds the authors' form of some golden models: the files of their training code (SAT), made by turning the published
names back into theirs.

Needs torch and safetensors (made with torch 2.13.0 CPU). Run from the project's root:
    python core/src/test/python/sat_golden.py
"""

from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import load_file

GOLDEN = Path("core/src/test/resources/golden/cogvideox")
PREFIX = "model.diffusion_model."
LAYER = {
    "attn1.to_out.0": "attention.dense",
    "ff.net.0.proj": "mlp.dense_h_to_4h",
    "ff.net.2": "mlp.dense_4h_to_h",
    "norm1.norm": "input_layernorm",
    "norm2.norm": "post_attention_layernorm",
}
OTHERS = {
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "ofs_embedding.linear_1": "ofs_embed.0",
    "ofs_embedding.linear_2": "ofs_embed.2",
    "norm_out.norm": "mixins.final_layer.norm_final",
    "norm_out.linear": "mixins.final_layer.adaLN_modulation.1",
    "proj_out": "mixins.final_layer.linear",
    "norm_final": "transformer.final_layernorm",
    "patch_embed.proj": "mixins.patch_embed.proj",
    "patch_embed.text_proj": "mixins.patch_embed.text_proj",
}


def published(folder):
    tensors = {}
    for file in sorted(folder.glob("*.safetensors")):
        tensors |= load_file(file)
    return tensors


def transformer(w):
    sat = OrderedDict()
    layers = 1 + max(int(k.split(".")[1]) for k in w if k.startswith("transformer_blocks."))
    for i in range(layers):
        block = f"transformer_blocks.{i}."
        for kind in "weight", "bias":
            sat[f"transformer.layers.{i}.attention.query_key_value.{kind}"] = torch.cat(
                [w[f"{block}attn1.to_{c}.{kind}"] for c in "qkv"]
            )
            n1 = w[f"{block}norm1.linear.{kind}"].chunk(6)
            n2 = w[f"{block}norm2.linear.{kind}"].chunk(6)
            sat[f"mixins.adaln_layer.adaLN_modulations.{i}.1.{kind}"] = torch.cat([*n1[:3], *n2[:3], *n1[3:], *n2[3:]])
            sat[f"mixins.adaln_layer.query_layernorm_list.{i}.{kind}"] = w[f"{block}attn1.norm_q.{kind}"]
            sat[f"mixins.adaln_layer.key_layernorm_list.{i}.{kind}"] = w[f"{block}attn1.norm_k.{kind}"]
            for ours, theirs in LAYER.items():
                sat[f"transformer.layers.{i}.{theirs}.{kind}"] = w[f"{block}{ours}.{kind}"]
    for ours, theirs in OTHERS.items():
        for kind in "weight", "bias":
            if f"{ours}.{kind}" in w:
                sat[f"{theirs}.{kind}"] = w[f"{ours}.{kind}"]
    if "patch_embed.pos_embedding" in w:
        sat["mixins.pos_embed.pos_embedding"] = w["patch_embed.pos_embedding"]
    return OrderedDict((PREFIX + k, v) for k, v in sat.items())


def vae(w):
    sat = OrderedDict()
    for key, tensor in w.items():
        parts = key.split(".")
        if parts[1] == "up_blocks":
            parts[1:3] = ["up", str(3 - int(parts[2]))]
        key = ".".join(parts)
        for ours, theirs in [
            ("mid_block.resnets.0.", "mid.block_1."),
            ("mid_block.resnets.1.", "mid.block_2."),
            ("down_blocks.", "down."),
            ("resnets.", "block."),
            ("downsamplers.0.", "downsample."),
            ("upsamplers.0.", "upsample."),
            ("conv_shortcut.", "nin_shortcut."),
        ]:
            key = key.replace(ours, theirs)
        sat[key] = tensor
    sat["loss.logvar"] = torch.zeros(())
    return sat


def lora(w, rank):
    """The authors train with alpha 1, so B is rank times what makes the same change with alpha = rank."""
    sat = OrderedDict()
    for key, tensor in w.items():
        _, _, layer, _, name = key.removesuffix(".weight").split(".", 4)
        target, factor = name.rsplit(".lora_", 1)
        place = {"to_out.0": "dense.matrix_{}.0"}.get(target) or "query_key_value.matrix_{}." + str("qkv".index(target[3]))
        value = tensor if factor == "A" else tensor * rank
        sat[f"{PREFIX}transformer.layers.{layer}.attention.{place.format(factor)}"] = value
    return sat


def save(value, file):
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save(value, file)


two = GOLDEN / "sat-2b"
weights = transformer(published(GOLDEN / "t2v-2b" / "model" / "transformer"))
# The authors' 2b keeps the table of its fixed positions; it is computed anew and not read.
weights[PREFIX + "mixins.pos_embed.pos_embedding"] = torch.zeros(1, 226 + 3 * 4 * 6, 48)
save({"iteration": 1000, "module": weights, "random_rng_state": (3, (1, 2), None)},
     two / "transformer" / "1000" / "mp_rank_00_model_states.pt")
(two / "transformer" / "latest").write_text("1000")
save({"state_dict": vae(published(GOLDEN / "t2v-2b" / "model" / "vae")), "epoch": 0}, two / "vae" / "3d-vae.pt")

# A model with everything the others have not, its numbers in bfloat16.
image = transformer(published(GOLDEN / "i2v-1.5" / "model" / "transformer"))
save({"module": OrderedDict((k, v.bfloat16()) for k, v in image.items())},
     GOLDEN / "sat-i2v-1.5" / "transformer" / "1" / "mp_rank_00_model_states.pt")

# Every type and layout of storage that a file may have.
numbers = torch.arange(12.0)
save(OrderedDict(
    float=numbers.view(3, 4), half=numbers.half().view(3, 4), bfloat=numbers.bfloat16().view(3, 4),
    double=numbers.double().view(3, 4), long=numbers.long().view(3, 4), int=numbers.int().view(3, 4),
    short=numbers.short().view(3, 4), char=numbers.char().view(3, 4), byte=numbers.byte().view(3, 4),
    transposed=numbers.view(4, 3).t(), slice=torch.arange(24.0).view(4, 6)[1:, 2:], scalar=torch.tensor(7.0),
    none=torch.zeros(0, 4), broadcast=torch.tensor([[3.0]]).expand(3, 4), parameter=torch.nn.Parameter(numbers.view(3, 4)),
), Path("core/src/test/resources/kinema/weights/types.pt"))

save({"module": lora(load_file(GOLDEN / "lora-5b" / "pytorch_lora_weights.safetensors"), 4)},
     GOLDEN / "lora-5b" / "sat_lora.pt")
