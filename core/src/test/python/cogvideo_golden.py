"""What the authors' own classes make of CogVideo in miniature, on the processor in float32. Weights come from seeds (seeded.py).

usage: cogvideo_golden.py OUT PART ...   with the parts train, generate, sampler, autoencoder, upscale, refine
PYTHONPATH holds this folder and the authors' sources: SwissArmyTransformer 0.2.9 (570b88b), icetk (9f4cd2a), and CogVideo
(branch CogVideo, 5f914b7) or, for refine, CogView2 (d92dbad), which has a package of the same name.
"""

import argparse
import importlib.abc
import importlib.machinery
import json
import os
import sys
import tempfile
import types
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

import seeded

OUT = Path(sys.argv[1]).resolve()
PARTS = sys.argv[2:]
SIZES = dict(num_layers=3, hidden_size=32, num_attention_heads=4, vocab_size=20610)
PIECES = SIZES["vocab_size"] - 20000 - 10  # of text; the token that starts an image is the first after them
START = 20000 + PIECES
MODEL = dict(
    SIZES,
    max_sequence_length=1024,
    layernorm_order="sandwich",
    inner_hidden_size=None,
    hidden_size_per_attention_head=None,
    hidden_dropout=0.1,
    attention_dropout=0.1,
    layout=[64, 464, 2064],
    window_size=10,
    additional_seqlen=2000,
)
VOCABULARY = dict(image_tokens=20000, pad=20003, newline=20004, start_of_image=START)


# Stand-ins for what is not there: graphics card, DeepSpeed, torchvision, the operator for local attention.
class Anything:
    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        return self

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything()


class Hollow(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything


class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = (torch.as_tensor(v).view(-1, 1, 1) for v in (mean, std))

    def __call__(self, x):
        return (x - self.mean) / self.std


def neighbours(height, width, h, w, rows, columns):
    """For each cell of the large grid the cells around its parent in the small one, and which of them exist."""
    y, x = torch.meshgrid(torch.arange(height) // (height // h), torch.arange(width) // (width // w), indexing="ij")
    dy, dx = torch.meshgrid(torch.arange(rows) - rows // 2, torch.arange(columns) - columns // 2, indexing="ij")
    y = y.reshape(-1, 1) + dy.reshape(1, -1)
    x = x.reshape(-1, 1) + dx.reshape(1, -1)
    inside = (y >= 0) & (y < h) & (x >= 0) & (x < w)
    return y.clamp(0, h - 1) * w + x.clamp(0, w - 1), inside


def similar(query, key, rows, columns, causal):
    n, c, height, width = query.shape
    index, inside = neighbours(height, width, key.shape[2], key.shape[3], rows, columns)
    near = key.flatten(2)[:, :, index.reshape(-1)].view(n, c, height * width, rows * columns)
    scores = torch.einsum("nci,ncij->nij", query.flatten(2), near).contiguous()
    return torch.where(inside[None], scores, torch.full_like(scores, -10000.0)).view(n, height, width, -1)


def weighting(value, weights, rows, columns, causal):
    n, c = value.shape[:2]
    height, width = weights.shape[1:3]
    index, inside = neighbours(height, width, value.shape[2], value.shape[3], rows, columns)
    near = value.flatten(2)[:, :, index.reshape(-1)].view(n, c, height * width, rows * columns)
    weights = weights.reshape(n, height * width, -1) * inside[None]
    return torch.einsum("nij,ncij->nci", weights, near).contiguous().view(n, c, height, width)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    NAMES = ("deepspeed", "torchvision", "tensorboardX", "nltk", "datasets", "tkinter", "cv2", "localAttention")
    FILES = ("icetk.sentencepiece_model_pb2", "sentencepiece")

    def find_spec(self, name, path=None, target=None):
        hollow = name in self.FILES or any(name == n or name.startswith(n + ".") for n in self.NAMES)
        return importlib.machinery.ModuleSpec(name, self, is_package=True) if hollow else None

    def create_module(self, spec):
        return Hollow(spec.name)

    def exec_module(self, module):
        if module.__name__ == "torchvision.transforms":
            module.Normalize = Normalize
        if module.__name__ == "localAttention":
            module.similar_forward, module.weighting_forward = similar, weighting


class Pieces:
    """A piece for each character, in place of the SentencePiece model."""

    special = {"<unk>": 0, "</s>": 2, "<pad>": 3, "<n>": 4}
    added = {}

    def add_special_tokens(self, tokens):
        self.added.update({token: PIECES + i for i, token in enumerate(tokens)})

    def encode(self, text):
        return [5] + [100 + (ord(c) * 7 + 13 * i) % (PIECES - 100) for i, c in enumerate(text)]

    def decode(self, ids):
        return ""

    def convert_token_to_id(self, token):
        return self.special.get(token, self.added.get(token, 0))


sys.meta_path.insert(0, Finder())
plain_tensor = torch.tensor
torch.tensor = lambda *args, device=None, **kwargs: plain_tensor(*args, **kwargs)
torch.cuda.LongTensor = lambda x, device=None: plain_tensor(x, dtype=torch.long)
torch.nn.Module.cuda = lambda self, *args: self
import icetk  # noqa: E402

icetk.icetk._text_tokenizer = Pieces()
icetk.icetk.decode = lambda text_ids=None, image_ids=None, **kw: "" if image_ids is None else torch.zeros(1, 3, 8, 8)
os.chdir(tempfile.mkdtemp())
torch.distributed.init_process_group("gloo", init_method=f"file://{os.getcwd()}/meeting", rank=0, world_size=1)
from SwissArmyTransformer import mpu  # noqa: E402

mpu.initialize_model_parallel(1)


def cluster_labels():
    random = np.random.RandomState(907)
    weights = random.gamma(4.0, size=500)
    labels = random.choice(500, size=20000, p=weights / weights.sum())
    labels[:500] = random.permutation(500)
    for name in ("cluster_label.npy", "cluster_label2.npy"):
        np.save(name, labels.astype(np.int64))
    return torch.from_numpy(labels.astype(np.int64))


LABELS = cluster_labels()
generator = torch.Generator().manual_seed(7)
IDS = torch.randperm(20000, generator=generator)[:64].sort().values
SLOTS = torch.tensor([0, 1, 19, 20, 21, 99, 105, 199, 210, 301, 398, 399])


def args_for(**changes):
    args = dict(
        MODEL, checkpoint_activations=False, checkpoint_num_layers=1, skip_init=False, use_gpu_initialization=False
    )
    args.update(cogvideo_stage=1, fp16=False, device=0, parallel_size=1, generate_frame_num=5, multi_gpu=False)
    args.update(stage_1=False, stage_2=False, both_stages=True, stage1_max_inference_batch_size=-1)
    args.update(changes)
    return argparse.Namespace(**args)


def write_rules(case, module, shapes, seed):
    """The list of a network's tensors, if it is not there yet, and the rule that makes them."""
    folder = OUT / case
    folder.mkdir(parents=True, exist_ok=True)
    (OUT / "shapes").mkdir(exist_ok=True)
    lines = []
    for key, tensor in sorted(module.state_dict().items()):
        shape = list(tensor.shape)
        table = "embeddings" in key  # larger than other matrices, or all tokens are much alike
        entry = {"shape": shape, "low": -0.5, "high": 0.5} if table else shape
        lines.append(f"  {json.dumps(key)}: {json.dumps(entry)}")
    (OUT / "shapes" / shapes).write_text("{\n" + ",\n".join(lines) + "\n}\n")
    rule = {"tensors": f"../shapes/{shapes}", "seed": seed, "dtype": "F16"}
    (folder / seeded.RULES).write_text(json.dumps({"files": {"model.safetensors": rule}}, indent=1) + "\n")


def load(module, case):
    with torch.no_grad():
        tensors = {k: v.float() for k, v in seeded.file(OUT / case, "model.safetensors").items()}
    missing, unexpected = module.load_state_dict(tensors, strict=False)
    assert not missing and not unexpected, (missing, unexpected)
    return module.eval()


def keep(case, tensors, request):
    folder = OUT / case
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {key: value.detach().clone().contiguous() for key, value in tensors.items()}
    save_file(tensors, folder / "data.safetensors")
    request = dict(request, torch=torch.__version__)
    (folder / "request.json").write_text(json.dumps(request, indent=1, ensure_ascii=False, default=str) + "\n")
    print(case, {key: tuple(value.shape) for key, value in tensors.items()}, flush=True)
    for key, value in tensors.items():
        if value.is_floating_point():
            print(f"   {key}: {value.min():.4g} .. {value.max():.4g}, deviation {value.std(unbiased=False):.4g}")


def stage(number):
    import cogvideo_pipeline as pipeline

    network = pipeline.InferenceModel_Sequential if number == 1 else pipeline.InferenceModel_Interpolate
    module = network(args_for(cogvideo_stage=number, window_size=10))
    write_rules(f"stage{number}", module, "stage.json", 10 + number)
    keep_request = dict(model=MODEL, vocab=VOCABULARY, cogvideo_stage=number)
    (OUT / f"stage{number}" / "request.json").write_text(json.dumps(keep_request, indent=1) + "\n")
    return load(module, f"stage{number}")


def part_train():
    """The authors' forward_step without dropout: states of some slots after each layer, logits, losses and gradients."""
    import pretrain_cogvideo as training
    from models.cogvideo_model import CogVideoModel

    training.mpu.broadcast_data = lambda keys, data, dtype: {k: data[k].to(dtype) for k in keys}
    for number in (1, 2):
        random = np.random.RandomState(7 + number)
        rows = []
        for length, lead in ((23, 1), (64, 0)):
            words = random.randint(20100, 20000 + PIECES, size=length - lead - 3)
            text = np.concatenate((np.full(lead, 20003), [20005, 20101 + number, 20004], words))
            rows.append(np.concatenate((text, np.full(64 - length, 20003), random.randint(0, 20000, size=2000))))
        np.stack(rows).astype(np.int32).tofile("rows.bin")
        args = args_for(cogvideo_stage=number, window_size=-1 if number == 1 else 10)
        module = CogVideoModel(args)
        module.load_state_dict(stage(number).state_dict())
        module.eval().disable_untrainable_params()
        data = training.create_dataset_function("rows.bin", args)
        batch = torch.utils.data.default_collate([data[i] for i in range(len(data))])
        slots = torch.cat([64 + 400 * frame + SLOTS for frame in range(5)])
        seen, states = {}, []
        module.register_forward_hook(lambda m, given, out: seen.update(logits=out[0]))
        kept = torch.cat((torch.arange(64), slots))
        for layer in module.transformer.layers:
            layer.register_forward_hook(lambda m, given, out: states.append(out.detach()[:, kept]))
        loss, losses = training.forward_step(iter([batch]), module, args, Anything())
        loss.backward()
        logits = seen["logits"].detach()
        image = logits[:, 64:, :20000]
        tensors = dict(text=batch["text"], attention_mask_totxt=batch["attention_mask_totxt"], logit_rows=slots)
        tensors.update(logit_ids=IDS, logits=logits[:, slots][:, :, IDS], logsumexp=image.logsumexp(-1))
        tensors.update(argmax=image.argmax(-1), **{f"hidden{i}": x for i, x in enumerate(states)})
        for name, parameter in module.named_parameters():
            if parameter.grad is not None:
                flat, count = parameter.grad.flatten(), parameter.numel()
                tensors["grad." + name] = flat[:: count // 64][:64] if count > 4096 else parameter.grad
        request = dict(model=MODEL, vocab=VOCABULARY, loss=float(loss.detach()))
        request["partial_losses"] = {key: float(value) for key, value in losses.items()}
        keep(f"train-stage{number}", tensors, request)


class Enough(Exception):
    """Ends a run whose further calls would show nothing new."""


def part_generate():
    """The authors' main() for both stages: every call of their filling loop up to the first round of interpolation."""
    import cogvideo_pipeline as pipeline
    import sr_pipeline
    from coglm_strategy import CoglmStrategy

    calls = []
    fill = pipeline.my_filling_sequence

    class Recorder(CoglmStrategy):
        def forward(self, logits, tokens, mems, **kwargs):
            call = calls[-1]
            step = tokens.shape[1] - call["text_len"] - 1  # number of the image token that comes next
            if len(call["steps"]) < 5 or step % 400 in (0, 1, 21, 100, 210, 399) or step % 97 == 0:
                call["steps"].append(step)
                call["logits"].append(logits.detach().float()[:, IDS].clone())
            call["samplers"].append([self.temperature, self.topk, self.temperature2])
            return super().forward(logits, tokens, mems, **kwargs)

    def recorded(module, args, sequence, **kwargs):
        if len(calls) == 3:
            raise Enough
        guide = kwargs.get("guider_seq")
        if module.stage == 2 and guide is not None:
            # The script writes the guide's frames at text_len instead of guider_text_len: put them where they belong.
            own, text = kwargs["guider_text_len"], kwargs["text_len"]
            guide[:, own + 1 :] = -1
            guide[:, own + 1 : own + 1201] = sequence[:, text + 1 : text + 1201]
        plain = {key: value for key, value in kwargs.items() if isinstance(value, (int, float, bool))}
        call = dict(text_len=kwargs["text_len"], steps=[], logits=[], samplers=[], sequence=sequence.clone())
        call.update(guide=None if guide is None else guide.clone(), seed=1008 + len(calls))
        call["request"] = dict(plain, stage=module.stage, torch_seed=call["seed"])
        calls.append(call)
        torch.manual_seed(call["seed"])
        out = fill(module, args, sequence, **kwargs)
        call["out"] = out[0].clone()
        return out

    pipeline.my_filling_sequence, pipeline.CoglmStrategy = recorded, Recorder
    pipeline.auto_create, pipeline.my_save_multiple_images = (lambda *a, **k: ""), (lambda *a, **k: None)
    pipeline.os.system = lambda *a: 0
    sr_pipeline.DirectSuperResolution = Anything
    stages = {1: stage(1), 2: stage(2)}
    pipeline.InferenceModel_Sequential.from_pretrained = classmethod(lambda cls, a, n: (stages[1], a))
    pipeline.InferenceModel_Interpolate.from_pretrained = classmethod(lambda cls, a, n: (stages[2], a))
    runs = {
        "guided": dict(batch_size=2, use_guidance_stage1=True, use_guidance_stage2=False, guidance_alpha=3.0),
        "plain": dict(batch_size=1, use_guidance_stage1=False, use_guidance_stage2=True, guidance_alpha=2.0),
    }
    samplers = {
        "guided": dict(temperature=1.05, top_k=12, coglm_temperature2=0.89),
        "plain": dict(temperature=0.9, top_k=40, coglm_temperature2=1.1),
    }
    for name, settings in runs.items():
        calls.clear()
        prompt = "小狗在雪地里奔跑" if name == "guided" else "海浪拍打礁石"
        Path("prompts.txt").write_text(prompt + "\n")
        more = dict(input_source="prompts.txt", output_path="out", max_inference_batch_size=8)
        with torch.no_grad():
            try:
                pipeline.main(args_for(**more, **settings, **samplers[name]))
            except Enough:
                pass
        tensors, requests = dict(logit_ids=IDS, cluster_labels=LABELS.to(torch.int16)), []
        for i, call in enumerate(calls):
            prefix = f"call{i}."
            tensors[prefix + "seq"], tensors[prefix + "out"] = call["sequence"].int(), call["out"].int()
            if call["guide"] is not None:
                tensors[prefix + "guider_seq"] = call["guide"].int()
            tensors[prefix + "steps"] = torch.tensor(call["steps"]).int()
            tensors[prefix + "logits"] = torch.stack(call["logits"])
            requests.append(dict(call["request"], sampler=[call["samplers"][0], call["samplers"][-1]]))
        keep(f"e2e-{name}", tensors, dict(vocab=VOCABULARY, prompt=prompt, calls=requests, **settings))


def part_sampler():
    """Both of the authors' cluster samplers, many times on the same logits."""
    from coglm_strategy import CoglmStrategy
    from sr_pipeline.dsr_sampling import IterativeEntfilterStrategy

    generator = torch.Generator().manual_seed(57)
    logits = (torch.randn(3, 20000, generator=generator) * 2.5).half().float()
    tensors, cases = dict(logits=logits.half(), cluster_labels=LABELS.to(torch.int16)), []
    sets = [(1.0, 16, 0.89), (1.05, 12, 0.89), (0.7, 1, 0.6), (1.3, 500, 1.0)]
    for i, (temperature, top, inner) in enumerate(sets):
        text = [slice(20000, None)]
        strategy = CoglmStrategy(text, temperature=temperature, top_k=top, temperature2=inner)
        torch.manual_seed(7 + i)
        start = torch.zeros(3, 1, dtype=torch.long)
        drawn = [strategy.forward(logits.clone(), start, None)[0][:, -1] for _ in range(64)]
        tensors[f"case{i}.ids"] = torch.stack(drawn)
        cases.append(dict(temperature=temperature, top_k=top, temperature2=inner, torch_seed=7 + i, calls=64))
    strategy = IterativeEntfilterStrategy([slice(20000, None)], temperature=1.0, topk=6)
    torch.manual_seed(84)
    twice = logits[None].repeat(2, 1, 1)
    tensors["dsr.ids"] = strategy.forward(twice, torch.full((2, 4), 9, dtype=torch.long), 1.0)
    dsr = dict(topk=6, temperature=1.0, temperature2=0.6, torch_seed=84)
    keep("sampler", tensors, dict(cases=cases, dsr=dsr))


def part_autoencoder():
    """icetk's image tokenizer with all three rates."""
    import icetk.image_tokenizer as tokenizer
    from icetk.vqvae.api import new_module

    def part(name, **params):
        return {"target": "..vqvae." + name, "params": params}

    def decoder(multipliers):
        return part("Decoder", channels_mult=multipliers, channels=32, z_channels=24)

    multipliers = [1, 2, 2]
    config = part("HVQVAE", levels=3, embedding_dim=24, codebook_scale=1)["params"]
    config["down_sampler_configs"] = [part("ResidualDownSample", in_channels=32)] * 2
    encoder = dict(num_res_blocks=2, channels_mult=multipliers, channels=32, z_channels=32)
    config["enc_config"] = part("Encoder", **encoder)
    quantizer = dict(hidden_dim=32, embedding_dim=24, n_embed=512, training_loc=False)
    config["quantize_config"] = part("VectorQuantizeEMA", **quantizer)
    config["dec_configs"] = [decoder([1, 1] + multipliers), decoder([1] + multipliers), decoder(multipliers)]
    module = new_module({"target": "..vqvae.HVQVAE", "params": config})
    write_rules("vqvae", module, "autoencoder.json", 61)
    load(module, "vqvae")
    tokenizer.load_default_HVQVAE = lambda: module
    tokenizer.load_ckpt = lambda module, path: module
    images = tokenizer.ImageTokenizer("", device="cpu", fp16=False)
    generator = torch.Generator().manual_seed(62)
    tensors = {}
    with torch.no_grad():
        for i, (height, width) in enumerate(((64, 64), (80, 48))):
            coarse = torch.rand(1, 3, height // 4, width // 4, generator=generator)
            image = F.interpolate(coarse, scale_factor=4, mode="bilinear")
            tensors[f"image{i}"] = image
            for level in range(3):
                tensors[f"image{i}.ids_l{level}"] = images.encode(image, l=level)
            states = module.enc(images.tr_normalize(image))
            projected = module.quantize.proj(module.down_samplers[0](states))
            points = projected.permute(0, 2, 3, 1).reshape(-1, 24)
            nearest = torch.cdist(points, module.quantize.embed.weight).topk(2, largest=False).values
            tensors[f"image{i}.enc"], tensors[f"image{i}.z_l1"] = states, projected
            tensors[f"image{i}.margin_l1"] = nearest[:, 1] - nearest[:, 0]
        codes = torch.randint(0, 512, (2, 36), generator=generator)
        tensors["codes"] = codes
        tensors["decoded"] = torch.cat([images.decode(c.tolist(), l=1) for c in codes])
        tensors["decoded_image0"] = images.decode(tensors["image0.ids_l1"], l=1)
        for level, side in ((0, 8), (2, 3)):
            tensors[f"decoded_l{level}"] = images.decode(codes[:1, : side * side].tolist()[0], l=level)
    keep("vqvae", tensors, dict(levels=3))


def part_upscale():
    """Direct super-resolution of two pictures, one at a time."""
    import sr_pipeline.direct_sr as direct

    args = args_for(num_attention_heads=2)
    made = {}

    def load_checkpoint(module, args):
        write_rules("dsr", module, "upscaler.json", 77)
        made["module"] = load(module, "dsr")

    direct.load_checkpoint = load_checkpoint
    upscaling = direct.DirectSuperResolution(args, "", max_bz=1, onCUDA=True)
    generator = torch.Generator().manual_seed(78)
    text = torch.randint(20100, 20000 + PIECES, (2, 9), generator=generator)
    small = torch.randint(0, 20000, (2, 400), generator=generator)
    cells = [496 + 60 * y + x for y in (0, 1, 2, 3, 29, 30, 58, 59) for x in (0, 1, 4, 31, 57, 59)]
    rows = torch.tensor([95, 96, 300, 495] + cells)
    forward, seen = upscaling.strategy.forward, []

    def spy(logits, tokens, *args, **kwargs):
        seen.append((logits[:, rows][:, :, IDS].clone(), logits.logsumexp(-1)))
        return forward(logits, tokens, *args, **kwargs)

    upscaling.strategy.forward = spy
    torch.manual_seed(79)
    with torch.no_grad():
        out = upscaling(text, small)
    tensors = dict(text=text, lr_tokens=small, logit_rows=rows, logit_ids=IDS, out=out.int())
    tensors.update(logits=torch.cat([x[0] for x in seen]), logsumexp=torch.cat([x[1] for x in seen]))
    tensors["cluster_labels"] = LABELS.to(torch.int16)
    query, key = (torch.randn(2, 8, 12, 12, generator=generator) for _ in range(2))
    tensors.update({"local.q": query, "local.k_same": key, "local.k_small": torch.zeros(2, 8, 4, 4)})
    tensors["local.weighting_9x5"] = weighting(key, similar(query, key, 9, 5, False).softmax(-1), 9, 5, False)
    request = dict(model=dict(MODEL, num_attention_heads=2, layout=[96, 496, 4096]), vocab=VOCABULARY)
    request.update(torch_seed=79, new_sequence_length=4624, kernel_size=5, kernel_size2=5, topk=6, temperature2=0.6)
    keep("dsr", tensors, request)


def part_refine():
    """All six rounds of iterative super-resolution of one picture."""
    import sr_pipeline.iterative_sr as iterative
    import sr_pipeline.itersr_sampling as sampling
    from sr_pipeline.itersr_model import ItersrModel

    sizes = dict(num_attention_heads=2, layout=[16, 3616], kernel_size=5, kernel_size2=5, new_sequence_length=4624)
    module = ItersrModel(args_for(**sizes))
    write_rules("itersr", module, "refiner.json", 87)
    load(module, "itersr")
    generator = torch.Generator().manual_seed(88)
    text = torch.randint(20100, 20000 + PIECES, (1, 9), generator=generator)
    tokens = torch.randint(0, 20000, (1, 3600), generator=generator)
    rows = torch.tensor([60 * y + x for y in (0, 1, 5, 30, 58, 59) for x in (0, 1, 4, 31, 57, 59)])
    refining = iterative.IterativeSuperResolution.__new__(iterative.IterativeSuperResolution)
    strategy = sampling.IterativeEntfilterStrategy([slice(20000, None)], temperature=1.0, topk=10)
    refining.model, refining.strategy, refining.max_bz = module, strategy, 1
    refining._restore_transformer_from_cpu = lambda: None
    sampling.tokenizer = iterative.tokenizer = {"<start_of_image>": START}
    forward, fill, seen, out = strategy.forward, iterative.filling_sequence_itersr, [], []

    def spy(logits, *args, **kwargs):
        seen.append((logits[:, 16:][:, rows][:, :, IDS].clone(), logits[:, 16:].logsumexp(-1)))
        return forward(logits.clone(), *args, **kwargs)

    def recorded(*args, **kwargs):
        out.append(fill(*args, **kwargs))
        return out[-1].clone()

    strategy.forward, iterative.filling_sequence_itersr = spy, recorded
    torch.manual_seed(89)
    with torch.no_grad():
        refining(text, tokens.clone())
    tensors = dict(text=text, tokens=tokens.int(), logit_rows=rows, logit_ids=IDS, out=torch.cat(out).int())
    tensors.update(logits=torch.cat([x[0] for x in seen]), logsumexp=torch.cat([x[1] for x in seen]))
    request = dict(model=dict(MODEL, num_attention_heads=2, layout=[16, 3616]), vocab=VOCABULARY, torch_seed=89)
    keep("itersr", tensors, request)


for part in PARTS:
    globals()["part_" + part]()
torch.distributed.destroy_process_group()
