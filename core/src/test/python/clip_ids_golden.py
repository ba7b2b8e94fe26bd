"""Makes core/src/test/resources/golden/text/clip-ids.json: what CLIP's tokenizer makes of some texts.

Usage: python clip_ids_golden.py ../resources/golden
Needs transformers below 5, whose CLIPTokenizer has its texts cleaned by ftfy, and ftfy. HTML entities and texts in a wrong
encoding, which ftfy also repairs, are left out.
"""
import json
import sys
from pathlib import Path

from transformers import CLIPTokenizer

from golden_text import TEXTS, random_texts

MORE = [
    "I'M here, they'LL go; it'S o'clock", "don\u2019t", "\u2018a\u2019 \u201eb\u201c \u00abc\u00bb", "x\u2032 12.5m",
    "\uff21\uff22 \ufb01ne", "A burning lamborghini driving on rainbow.", "<|endoftext|> a <|startoftext|>",
    "sch\u00f6n \u00c4rger", "\u01c5 \u0133sland \u0149 \u01f1", "\u039f\u0394\u039f\u03a3 \u03a3 \u0391\u03a3\u201cq\u201d a\u03a312.5m a\u03a3\u0301b",
    "two boats at sea, one is sinking!"]


def main(golden):
    folder = golden / "show1/show-1-sr2/tokenizer"
    tokenizer = CLIPTokenizer(folder / "vocab.json", folder / "merges.txt", model_max_length=10**6, pad_token="!")
    assert tokenizer.fix_text is not None, "ftfy is missing"
    cases = [{"text": text, "ids": tokenizer(text)["input_ids"]} for text in TEXTS + random_texts(80) + MORE]
    (golden / "text/clip-ids.json").write_text(json.dumps({"cases": cases}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
