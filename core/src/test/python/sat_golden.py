"""Rebuilds the authors' form of some golden models: the files of their training code (SAT), made by turning the published
names back into theirs. Their numbers are the published models' own, so only the pickles are kept, and lists of which
numbers each storage holds: shapes/<case>-<part>.pkl and .json, put together by the tests' SeededPickle.

Needs torch and safetensors (made with torch 2.13.0 CPU). Run from the project's root:
    python core/src/test/python/sat_golden.py
"""

import json
import math
import tempfile
import zipfile
from collections import OrderedDict
from pathlib import Path

import seeded
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


def numbered(case, file):
    """The published tensors with the place of each number, counted over all of them, in place of the number."""
    tensors, first, places = {}, 0, []
    for key, tensor in seeded.file(GOLDEN / case, file).items():
        tensors[key] = first + torch.arange(tensor.numel(), dtype=torch.int64).view(tensor.shape)
        places.append((first, key))
        first += tensor.numel()
    return tensors, places


def pieces(tensor, places):
    """A storage as runs of the published tensors' numbers, or as zeros."""
    flat = tensor.flatten().tolist()
    if flat[0] < 0:
        return len(flat)
    runs, i = [], 0
    while i < len(flat):
        first, key = max(place for place in places if place[0] <= flat[i])
        size = [p[0] for p in places if p[0] > first][:1] or [math.inf]
        end = i + 1
        while end < len(flat) and flat[end] == flat[end - 1] + 1 and flat[end] < size[0]:
            end += 1
        runs.append([key, flat[i] - first, end - i])
        i = end
    return runs


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
    sat["loss.logvar"] = torch.tensor(-1)
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


def save(name, tensors, places, wrap, dtype):
    """Keeps the pickle of wrap(tensors) and what its storages hold; PyTorch numbers storages as it meets them."""
    values = OrderedDict((key, torch.zeros(tensor.shape, dtype=dtype)) for key, tensor in tensors.items())
    with tempfile.NamedTemporaryFile(suffix=".pt") as file:
        torch.save(wrap(values), file.name)
        with zipfile.ZipFile(file.name) as archive:
            pickle = next(entry for entry in archive.namelist() if entry.endswith("/data.pkl"))
            (GOLDEN / "shapes" / f"{name}.pkl").write_bytes(archive.read(pickle))
    lines = ",\n".join(json.dumps(pieces(tensor, places)) for tensor in tensors.values())
    (GOLDEN / "shapes" / f"{name}.json").write_text(f"[\n{lines}\n]\n")


WEIGHTS = "diffusion_pytorch_model.safetensors"
two, places = numbered("t2v-2b", f"model/transformer/{WEIGHTS}")
weights = transformer(two)
# The authors' 2b keeps the table of its fixed positions; it is computed anew and not read.
weights[PREFIX + "mixins.pos_embed.pos_embedding"] = torch.full((1, 226 + 3 * 4 * 6, 48), -1)
save("sat-2b-transformer", weights, places,
     lambda w: {"iteration": 1000, "module": w, "random_rng_state": (3, (1, 2), None)}, torch.float32)
two, places = numbered("t2v-2b", f"model/vae/{WEIGHTS}")
save("sat-2b-vae", vae(two), places, lambda w: {"state_dict": w, "epoch": 0}, torch.float32)

# A model with everything the others have not, its numbers in bfloat16.
image, places = numbered("i2v-1.5", f"model/transformer/{WEIGHTS}")
save("sat-i2v-1.5-transformer", transformer(image), places, lambda w: {"module": w}, torch.bfloat16)

# Every type and layout of storage that a file may have.
numbers = torch.arange(12.0)
torch.save(OrderedDict(
    float=numbers.view(3, 4), half=numbers.half().view(3, 4), bfloat=numbers.bfloat16().view(3, 4),
    double=numbers.double().view(3, 4), long=numbers.long().view(3, 4), int=numbers.int().view(3, 4),
    short=numbers.short().view(3, 4), char=numbers.char().view(3, 4), byte=numbers.byte().view(3, 4),
    transposed=numbers.view(4, 3).t(), slice=torch.arange(24.0).view(4, 6)[1:, 2:], scalar=torch.tensor(7.0),
    none=torch.zeros(0, 4), broadcast=torch.tensor([[3.0]]).expand(3, 4), parameter=torch.nn.Parameter(numbers.view(3, 4)),
), Path("core/src/test/resources/kinema/weights/types.pt"))

torch.save({"module": lora(load_file(GOLDEN / "lora-5b" / "pytorch_lora_weights.safetensors"), 4)},
     GOLDEN / "lora-5b" / "sat_lora.pt")
