"""Writes narrow AlexNet and VGG16 backbones with random weights, weights of their features, and distances by PyTorch: lpips_golden.py FOLDER."""

import collections
import json
import sys

import torch
import torch.nn.functional as F

# number of a convolution in torchvision's names, kernel, stride, padding, pool before it, whether its features are compared
ALEX = [(0, 11, 4, 2, None, 1), (3, 5, 1, 2, 3, 1), (6, 3, 1, 1, 3, 1), (8, 3, 1, 1, None, 1), (10, 3, 1, 1, None, 1)]
VGG = [(n, 3, 1, 1, 2 if n in (5, 10, 17, 24) else None, n in (2, 7, 14, 21, 28)) for n in (0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28)]


def backbone(layers, widths):
    state, before = collections.OrderedDict(), 3
    for (number, kernel, *_), width in zip(layers, widths):
        scale = (2 / (before * kernel * kernel)) ** 0.5
        state[f"features.{number}.weight"] = torch.empty(width, before, kernel, kernel).uniform_(-1, 1) * scale
        state[f"features.{number}.bias"] = torch.empty(width).uniform_(-0.1, 0.1)
        before = width
    return state


def features(layers, state, x):
    tapped = []
    for number, _, stride, padding, pool, tap in layers:
        if pool:
            x = F.max_pool2d(x, pool, 2)
        key = f"features.{number}."
        x = F.relu(F.conv2d(x, state[key + "weight"], state[key + "bias"], stride=stride, padding=padding))
        if tap:
            tapped.append(x)
    return tapped


def distance(layers, state, linear, a, b):
    shift = torch.tensor([-0.030, -0.088, -0.188]).view(1, 3, 1, 1)
    scale = torch.tensor([0.458, 0.448, 0.450]).view(1, 3, 1, 1)
    total = 0
    pairs = zip(features(layers, state, (a - shift) / scale), features(layers, state, (b - shift) / scale))
    for k, (x, y) in enumerate(pairs):
        x, y = (v / (v.pow(2).sum(1, keepdim=True).sqrt() + 1e-10) for v in (x, y))
        total = total + F.conv2d((x - y) ** 2, linear[f"lin{k}.model.1.weight"]).mean((2, 3))
    return total.flatten()


def pictures(phase):
    i = torch.arange(2 * 3 * 64 * 48, dtype=torch.float64)
    return (torch.sin(i * 0.37 + phase) * torch.cos(i * 0.011)).reshape(2, 3, 64, 48).float()


def main(folder):
    torch.manual_seed(3)
    expected = {}
    for name, layers, widths in (("vgg", VGG, [4, 4, 6, 6] + [8] * 9), ("alex", ALEX, [6, 8, 10, 8, 8])):
        state = backbone(layers, widths)
        tapped = [width for width, layer in zip(widths, layers) if layer[5]]
        linear = {f"lin{k}.model.1.weight": torch.rand(1, width, 1, 1) for k, width in enumerate(tapped)}
        torch.save(state, f"{folder}/{name}.pth", _use_new_zipfile_serialization=False)
        torch.save(linear, f"{folder}/{name}-linear.pth", _use_new_zipfile_serialization=False)
        made = pictures(0.5).requires_grad_(True)
        each = distance(layers, state, linear, pictures(0), made)
        each.mean().backward()
        expected[name] = {"each": each.tolist(), "gradient_norm": made.grad.norm().item()}
    with open(f"{folder}/expected.json", "w") as file:
        json.dump(expected, file, indent=1)


main(sys.argv[1])
