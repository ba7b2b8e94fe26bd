"""Rebuilds core/src/test/resources/golden/text/sentencepiece.json: what SentencePiece itself makes of texts.

Four small vocabularies, trained here, that have what T5's does not: merges, pieces of bytes, symbols of users, unused
pieces, spaces kept or behind the words. Needs sentencepiece (made with 0.2.2) and protobuf. Run from the project's root:
    python core/src/test/python/sentencepiece_golden.py
"""

import base64
import json
import random
import tempfile
from pathlib import Path

import sentencepiece as spm
from sentencepiece import sentencepiece_model_pb2 as pb

OUT = Path("core/src/test/resources/golden/text/sentencepiece.json")
WORDS = """a the red rocket rises in night sky cat dog sits on roof rot rock dock pity city kitty tiny river the slow boat
café naïve über straße 你好 世界""".split()
RULES = "41\t61\n42\t62\n43\t63\nFB01\t66 69\nA0\t20\n3000\t20\n65 301\tE9\nAD\t\n"  # A to C small, ligature, spaces, é
SYMBOLS = ["rocket", "<cat>", "the night", "ro"]

SETTINGS = {
    "unigram": dict(model_type="unigram", vocab_size=70),
    "unigram-bytes": dict(model_type="unigram", vocab_size=330, user_defined_symbols=SYMBOLS, byte_fallback=True),
    "unigram-suffix": dict(model_type="unigram", vocab_size=70, treat_whitespace_as_suffix=True,
                           remove_extra_whitespaces=False),
    "bpe": dict(model_type="bpe", vocab_size=80, add_dummy_prefix=False, remove_extra_whitespaces=False),
    "bpe-bytes": dict(model_type="bpe", vocab_size=350, user_defined_symbols=SYMBOLS, byte_fallback=True),
}


def text(rng):
    parts = []
    for _ in range(rng.randint(0, 12)):
        kind = rng.randint(0, 9)
        if kind < 6:
            parts.append(rng.choice(WORDS))
        elif kind < 7:
            parts.append(rng.choice(WORDS).upper())
        elif kind < 8:
            parts.append(rng.choice(SYMBOLS + ["<unk>", "</s>", "\ufb01ne", "e\u0301", "\u2581", "\U0001f680", "\u00ad", "\t"]))
        else:
            parts.append(chr(rng.randint(0x20, 0x2fff)))
        parts.append(rng.choice(["", " ", " ", "  ", "\u00a0", "\u3000"]))
    return "".join(parts)


def train(folder, name, settings):
    corpus = folder / "corpus.txt"
    rng = random.Random(3)
    corpus.write_text("\n".join(" ".join(rng.choices(WORDS, k=8)) for _ in range(400)))
    rules = folder / "rules.tsv"
    rules.write_text(RULES)
    spm.SentencePieceTrainer.train(input=str(corpus), model_prefix=str(folder / name), normalization_rule_tsv=str(rules),
                                   character_coverage=0.995, minloglevel=2, num_threads=1, hard_vocab_limit=False, **settings)
    model = pb.ModelProto.FromString((folder / f"{name}.model").read_bytes())
    for kind in (pb.ModelProto.SentencePiece.NORMAL,):  # some of the long pieces are no longer in use
        for i, piece in enumerate(p for p in model.pieces if p.type == kind and len(p.piece) > 2):
            if i % 5 == 2:
                piece.type = pb.ModelProto.SentencePiece.UNUSED
    model.ClearField("trainer_spec")
    trained = pb.ModelProto.FromString((folder / f"{name}.model").read_bytes()).trainer_spec
    for key in ("model_type", "treat_whitespace_as_suffix", "byte_fallback", "unk_surface", "unk_id", "bos_id", "eos_id", "pad_id"):
        setattr(model.trainer_spec, key, getattr(trained, key))
    model.ClearField("self_test_data")
    model.normalizer_spec.ClearField("normalization_rule_tsv")
    return model.SerializeToString()


def main():
    models = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, settings in SETTINGS.items():
            model = train(Path(folder), name, settings)
            processor = spm.SentencePieceProcessor(model_proto=model)
            rng = random.Random(name)
            cases = []
            for t in ["", " ", "  a  ", "rocketrocket"] + [text(rng) for _ in range(120)]:
                ids = processor.encode(t)
                cases.append({"text": t, "ids": ids, "decoded": processor.decode(ids)})
            models[name] = {"model": base64.b64encode(model).decode(), "cases": cases}
    OUT.write_text(json.dumps(models, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main()
