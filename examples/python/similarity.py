#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which sentence is closest to a question, by an encoder of MiniLM's kind (BERT without its head).

    coracle convert model.onnx -o encoder.coracle
    similarity.py encoder.coracle --tokenizer tokenizer.json

tokenizer.json is what comes with the encoder. Without one, a small WordPiece vocabulary is made of the sentences here, which shows how it is
done with an encoder of random weights; what is close to what only a trained one with its own vocabulary tells.
"""
import argparse

import coracle
import numpy
import tokenizers
from tokenizers import models, normalizers, pre_tokenizers, processors, trainers

QUESTION = "How do I get the boat across the river?"
SENTENCES = ["The boat gets across the river by paddling.", "Paddling moves a boat.", "Bread is baked in an oven.", "The oven is hot before the bread is baked."]


def main():
    parser = argparse.ArgumentParser(description="Compares sentences")
    parser.add_argument("encoder")
    parser.add_argument("--tokenizer", help="tokenizer.json; without it a vocabulary is made of the sentences")
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    tokenizer = tokenizers.Tokenizer.from_file(options.tokenizer) if options.tokenizer else small_tokenizer([QUESTION, *SENTENCES])
    with coracle.Model(options.encoder) as model, model.session(threads=options.threads) as session:
        question, *sentences = (embedding(session, tokenizer, text) for text in (QUESTION, *SENTENCES))
    print(QUESTION)
    # The vectors have length 1: their products are the cosines of their angles.
    for closeness, text in sorted(zip(numpy.stack(sentences) @ question, SENTENCES), reverse=True):
        print(f"{closeness:.3f}  {text}")


def embedding(session, tokenizer, text):
    """One vector of length 1: the mean of the encoder's vectors for the tokens of `text`."""
    first = session.model.inputs[0]
    # Where the length is fixed, what a sentence does not need is padding.
    if first.shape[1] > 0:
        tokenizer.enable_truncation(first.shape[1])
        tokenizer.enable_padding(length=first.shape[1])
    encoded = tokenizer.encode(text)
    mask = numpy.array([encoded.attention_mask])
    outputs = session.run({tensor.name: numpy.array([fitting(tensor.name, encoded)], tensor.dtype) for tensor in session.model.inputs})
    tokens = outputs[session.model.outputs[0].name][0]
    vector = mask[0] @ tokens / mask.sum()
    return vector / numpy.linalg.norm(vector)


def fitting(name, encoded):
    """What the input called `name` takes: BERT exports call theirs input_ids, attention_mask and token_type_ids."""
    if "mask" in name:
        return encoded.attention_mask
    return encoded.type_ids if "type" in name else encoded.ids


def small_tokenizer(texts):
    """BERT's way of splitting texts, with a vocabulary of these alone."""
    tokenizer = tokenizers.Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.train_from_iterator(texts, trainers.WordPieceTrainer(vocab_size=400, show_progress=False, special_tokens=["[PAD]", "[UNK]", "[CLS]", "[SEP]"]))
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", tokenizer.token_to_id("[SEP]")), ("[CLS]", tokenizer.token_to_id("[CLS]")))
    return tokenizer


if __name__ == "__main__":
    main()
