"""Weights that a seed makes again: the rule of SeededFolder in the tests, for the scripts that make expected values."""

import json
import math
from pathlib import Path

import torch
from safetensors.torch import load_file

RULES = "weights.json"
DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def draw(shapes, seed, dtype="F32"):
    """Tensors by name, in the order of the list of shapes."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for key, entry in shapes.items():
        entry = entry if isinstance(entry, dict) else {"shape": entry}
        shape = entry["shape"]
        if "low" in entry:
            low, high = entry["low"], entry["high"]
        else:
            matrix = len(shape) > 1
            middle = 1 if not matrix and key.endswith("weight") else 0
            spread = 1.3 / math.sqrt(math.prod(shape[1:])) if matrix else 0.35
            low, high = middle - spread, middle + spread
        numbers = torch.rand(shape, generator=generator)
        tensors[key] = numbers.mul_(high - low).add_(low).to(DTYPES[entry.get("dtype", dtype)])
    return tensors


def file(fixture, name):
    """The tensors of a file that the fixture's rules make, or of one that is there."""
    path = Path(fixture) / name
    if path.exists():
        return load_file(path)
    rule = json.loads((Path(fixture) / RULES).read_text())["files"][name]
    shapes = rule["tensors"]
    if isinstance(shapes, str):
        shapes = json.loads((Path(fixture) / shapes).read_text())
    return draw(shapes, rule["seed"], rule.get("dtype", "F32"))


def load(module, fixture, name):
    """Gives a network the weights of a file; names and shapes must be the network's own."""
    tensors = file(fixture, name)
    missing, unexpected = module.load_state_dict(tensors, strict=False)
    # A tied weight has two names in the network and one in the file.
    assert not unexpected and set(missing) <= {"encoder.embed_tokens.weight"}, (missing, unexpected)
    return module.eval()


def write_shapes(path, tensors):
    """Writes the list of a network's tensors, in the order of their names."""
    lines = [f"  {json.dumps(key)}: {list(tensor.shape)}" for key, tensor in sorted(tensors.items())]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
