#!/usr/bin/env python3
"""Writes a tiny model whose answers are known, as a GGUF file that llama.cpp serves.

    tiny_model.py FILE

It is a real model of the llama architecture (half a megabyte, standard library only): a tokenizer
that knows every byte, two transformer blocks with small random weights, and a chat template. The
answers are written into two of its matrices. Each token has a row of random signs as embedding, and
the output row of a token is the sum of the embeddings of the tokens that it follows; so the logit of
the right successor beats every other by far, at any temperature. The same file comes out every time.

    the last message               the answer
    anything                       one sentence, with letters of more than one byte
    contains "forever"             an endless loop, until max_tokens or the context ends it
    contains "think"               a thought, then the sentence (where thinking is enabled)
    any, and there are tools       a call of get_weather({"city": "Paris"})
"""

import random
import struct
import sys

WIDTH = 64  # of an embedding
INNER = 128  # of a feed-forward layer
BLOCKS = 2
CONTEXT = 131072
MARGIN = 18  # by which the right token's logit must lead, for the scripts to hold at any temperature

SENTENCE = (
    "Hello| from| a| tiny| but| real| model|.| It| knows| one| sentence| and| says| so| every| time"
    "|—|café|!"
).split("|")
LOOP = "tick |tock |round |we |go ".split("|")
CALL = (
    '<tool_call>|\n{"|name|":| "|get|_weather|",| "arguments|": {"|city|": "|Paris|"}|}\n|</tool_call>'
).split("|")
THOUGHT = "<think>|\nLet| me| think| about| that|.\n|</think>|\n\n".split("|")

TEMPLATE = """
{%- for message in messages -%}
  {{- '<|im_start|>' + message.role + '\\n' -}}
  {%- if message.reasoning_content -%}
    {{- '<think>\\n' + message.reasoning_content + '\\n</think>\\n\\n' -}}
  {%- endif -%}
  {%- if message.content is string -%}
    {{- message.content -}}
  {%- elif message.content -%}
    {%- for part in message.content -%}
      {%- if part.type == 'text' -%}{{- part.text -}}{%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {%- for call in message.tool_calls or [] -%}
    {{- '<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' -}}
    {{- (call.function.arguments | tojson) + '}\\n</tool_call>' -}}
  {%- endfor -%}
  {{- '<|im_end|>\\n' -}}
{%- endfor -%}
{%- if tools -%}{{- '<|im_start|>tools\\n' + (tools | tojson) + '<|im_end|>\\n' -}}{%- endif -%}
{%- if add_generation_prompt -%}
  {%- set last = messages[-1] -%}
  {%- set said = last.content if last.content is string else '' -%}
  {{- '<|im_start|>assistant\\n' -}}
  {%- if tools and last.role == 'user' -%}{{- '<|call|>' -}}
  {%- elif 'forever' in said -%}{{- '<|loop|>' -}}
  {%- elif enable_thinking and 'think' in said -%}{{- '<|think|>' -}}
  {%- else -%}{{- '<|say|>' -}}
  {%- endif -%}
{%- endif -%}
"""


class Vocabulary:
    """The tokens, each with the kind that GGUF knows it by."""

    NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6

    def __init__(self):
        self.texts, self.kinds, self.scores, self.ids = [], [], [], {}

    def add(self, text, kind):
        """Adds a token and returns its number. Words score low: text from outside is read by bytes."""
        text = text.replace(" ", "\u2581") if kind in (self.NORMAL, self.USER_DEFINED) else text
        if text in self.ids:
            raise ValueError(f"twice in the vocabulary: {text!r}")
        self.ids[text] = len(self.texts)
        self.texts.append(text)
        self.kinds.append(kind)
        self.scores.append(-1000.0 if kind == self.NORMAL else 0.0)
        return self.ids[text]

    def add_words(self, words):
        special = [word in ("<tool_call>", "</tool_call>", "<think>", "</think>") for word in words]
        return [
            self.add(word, self.USER_DEFINED if marks else self.NORMAL)
            for word, marks in zip(words, special)
        ]


class Script:
    """Which token follows which, and the tokens that behave like the start of the sentence."""

    def __init__(self):
        words = Vocabulary()
        unknown = words.add("<unk>", words.UNKNOWN)
        self.begin = words.add("<s>", words.CONTROL)
        end = words.add("</s>", words.CONTROL)
        octets = [words.add(f"<0x{octet:02X}>", words.BYTE) for octet in range(256)]
        turn, self.end, self.say, loop, call, think = (
            words.add(f"<|{name}|>", words.CONTROL)
            for name in ("im_start", "im_end", "say", "loop", "call", "think")
        )
        sentence, rounds, calling, thought = map(words.add_words, (SENTENCE, LOOP, CALL, THOUGHT))

        self.words = words
        self.successor = {}
        self.follow([self.say, *sentence, self.end])
        self.follow([loop, *rounds, rounds[0]])
        self.follow([call, *calling, self.end])
        self.follow([think, *thought])
        self.like_say = [unknown, self.begin, end, turn, self.end, thought[-1], *octets]

    def follow(self, chain):
        self.successor.update(zip(chain, chain[1:]))


def matrices(script, chance):
    """Returns the embeddings and the output head that hold the script."""
    size = len(script.words.texts)
    embeddings = [[chance.choice((-1.0, 1.0)) for _ in range(WIDTH)] for _ in range(size)]
    for token in script.like_say:
        embeddings[token] = [x + chance.uniform(-0.35, 0.35) for x in embeddings[script.say]]
    head = [[0.0] * WIDTH for _ in range(size)]
    for token, successor in script.successor.items():
        head[successor] = [a + b for a, b in zip(head[successor], embeddings[token])]
    for token in [*script.successor, *script.like_say]:
        wanted = script.successor.get(token, script.successor[script.say])
        if lead(embeddings[token], head, wanted) < MARGIN:
            raise ValueError(f"too close: {script.words.texts[token]!r}; take another seed")
    return embeddings, head


def lead(embedding, head, wanted):
    """Returns by how much the logit of `wanted` leads after a token with this embedding."""
    norm = (sum(x * x for x in embedding) / WIDTH) ** 0.5
    logits = [sum(a * b for a, b in zip(embedding, row)) / norm for row in head]
    return logits[wanted] - max(x for token, x in enumerate(logits) if token != wanted)


def tensors(script, chance):
    """Yields each tensor's name and its rows; a vector is one row."""

    def noise(rows, columns, spread):
        return [[chance.gauss(0, spread) for _ in range(columns)] for _ in range(rows)]

    ones = [1.0] * WIDTH
    embeddings, head = matrices(script, chance)
    yield "token_embd.weight", embeddings
    yield "output_norm.weight", ones
    yield "output.weight", head
    for block in range(BLOCKS):
        name = f"blk.{block}."
        yield name + "attn_norm.weight", ones
        yield name + "ffn_norm.weight", ones
        for part in ("attn_q", "attn_k", "attn_v"):
            yield f"{name}{part}.weight", noise(WIDTH, WIDTH, 0.1)
        yield name + "attn_output.weight", noise(WIDTH, WIDTH, 0.02)
        yield name + "ffn_gate.weight", noise(INNER, WIDTH, 0.1)
        yield name + "ffn_up.weight", noise(INNER, WIDTH, 0.1)
        yield name + "ffn_down.weight", noise(WIDTH, INNER, 0.01)


def metadata(script):
    words = script.words
    return {
        "general.architecture": "llama",
        "general.name": "tiny",
        "general.alignment": 32,
        "llama.block_count": BLOCKS,
        "llama.context_length": CONTEXT,
        "llama.embedding_length": WIDTH,
        "llama.feed_forward_length": INNER,
        "llama.attention.head_count": 1,
        "llama.attention.head_count_kv": 1,
        "llama.attention.layer_norm_rms_epsilon": 1e-5,
        "llama.rope.dimension_count": WIDTH,
        "llama.rope.freq_base": 10000.0,
        "llama.vocab_size": len(words.texts),
        "tokenizer.ggml.model": "llama",
        "tokenizer.ggml.pre": "default",
        "tokenizer.ggml.tokens": words.texts,
        "tokenizer.ggml.scores": words.scores,
        "tokenizer.ggml.token_type": words.kinds,
        "tokenizer.ggml.bos_token_id": script.begin,
        "tokenizer.ggml.eos_token_id": script.end,
        "tokenizer.ggml.unknown_token_id": 0,
        "tokenizer.ggml.add_bos_token": True,
        "tokenizer.ggml.add_eos_token": False,
        "tokenizer.ggml.add_space_prefix": False,
        "tokenizer.chat_template": TEMPLATE.strip(),
    }


# GGUF, version 3, little endian: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md


def string(text):
    octets = text.encode()
    return struct.pack("<Q", len(octets)) + octets


def value(given):
    """Returns the number of a value's type, and its bytes."""
    if isinstance(given, bool):
        return 7, struct.pack("<?", given)
    if isinstance(given, int):
        return 4, struct.pack("<I", given)
    if isinstance(given, float):
        return 6, struct.pack("<f", given)
    if isinstance(given, str):
        return 8, string(given)
    signed = {int: lambda x: (5, struct.pack("<i", x))}
    items = [signed.get(type(item), value)(item) for item in given]
    head = struct.pack("<IQ", items[0][0], len(items))
    return 9, head + b"".join(octets for _, octets in items)


def padded(octets):
    return octets + bytes(-len(octets) % 32)


def gguf(entries, contents):
    head = struct.pack("<4sIQQ", b"GGUF", 3, len(contents), len(entries))
    for key, given in entries.items():
        kind, octets = value(given)
        head += string(key) + struct.pack("<I", kind) + octets
    body = b""
    for name, rows in contents:
        matrix = isinstance(rows[0], list)
        sizes = [len(rows[0]), len(rows)] if matrix else [len(rows)]  # the fastest dimension first
        head += string(name) + struct.pack(f"<I{len(sizes)}Q", len(sizes), *sizes)
        head += struct.pack("<IQ", 0, len(body))
        numbers = [x for row in rows for x in row] if matrix else rows
        body += padded(struct.pack(f"<{len(numbers)}f", *numbers))
    return padded(head) + body


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    script = Script()
    contents = list(tensors(script, random.Random(7)))
    with open(sys.argv[1], "wb") as file:
        file.write(gguf(metadata(script), contents))


if __name__ == "__main__":
    main()
