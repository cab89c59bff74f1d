"""Writes the model as GGUF v3 with q8_0 weights, without any library but numpy.

    python3 gguf.py CHECKPOINT.pt OUT.gguf      # a trained checkpoint
    python3 gguf.py --untrained OUT.gguf        # random weights, real tokenizer
"""
import struct
import sys

import numpy as np

ALIGN = 32
U32, F32, BOOL, STR, ARR, I32 = 4, 6, 7, 8, 9, 5
TYPE_F32, TYPE_Q8_0 = 0, 8
TEMPLATE = ("{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
            "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}")


def text(s):
    b = s.encode()
    return struct.pack("<Q", len(b)) + b


def field(key, kind, value):
    head = text(key) + struct.pack("<I", kind)
    if kind == STR:
        return head + text(value)
    if kind == ARR:
        of, items = value
        body = b"".join(text(i) for i in items) if of == STR else np.asarray(items, {I32: "<i4", F32: "<f4"}[of]).tobytes()
        return head + struct.pack("<IQ", of, len(items)) + body
    return head + struct.pack({U32: "<I", F32: "<f", BOOL: "<?", I32: "<i"}[kind], value)


def q8_0(w):
    """Blocks of 32 values: one half-precision scale and 32 signed bytes."""
    x = np.asarray(w, np.float32).reshape(-1, 32)
    scale = np.abs(x).max(1, keepdims=True) / 127.0
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale != 0)
    q = np.trunc(x * inverse + np.copysign(0.5, x)).clip(-127, 127).astype(np.int8)
    out = np.zeros(len(x), np.dtype([("d", "<f2"), ("q", "i1", 32)]))
    out["d"], out["q"] = scale[:, 0].astype(np.float16), q
    return out.tobytes()


def tensors(model):
    """Names, shapes (GGUF order: fastest first), kinds and bytes."""
    def put(name, p):
        a = p.detach().float().numpy()
        small = a.ndim == 1
        return name, tuple(reversed(a.shape)), TYPE_F32 if small else TYPE_Q8_0, a.astype("<f4").tobytes() if small else q8_0(a)
    yield put("token_embd.weight", model.embed)
    for i, b in enumerate(model.blocks):
        q, k, v = b.qkv.weight.chunk(3, 0)
        gate, up = b.gate_up.weight.chunk(2, 0)
        for name, p in (("attn_norm", b.attn_norm), ("attn_q", q), ("attn_k", k), ("attn_v", v), ("attn_output", b.out.weight), ("ffn_norm", b.ffn_norm), ("ffn_gate", gate), ("ffn_up", up), ("ffn_down", b.down.weight)):
            yield put(f"blk.{i}.{name}.weight", p)
    yield put("output_norm.weight", model.norm)


def write(path, model, tok):
    s = model.s
    kinds = [1] * (len(tok.tokens) - 3) + [3] * 3                       # NORMAL, and CONTROL for the special ones
    meta = [
        field("general.architecture", STR, "llama"), field("general.type", STR, "model"), field("general.name", STR, "Zakenak guide"), field("general.basename", STR, "guide"),
        field("general.version", STR, "v1"), field("general.author", STR, "The Zakenak project"), field("general.license", STR, "MIT"),
        field("general.description", STR, "Answers short questions about using Zakenak, in English. Trained from scratch on text written by models/guide/training."),
        field("general.sampling.temp", F32, 0.0),                      # whoever asks for no temperature gets the likeliest answer
        field("general.languages", ARR, (STR, ["en"])), field("general.file_type", U32, 7), field("general.quantization_version", U32, 2), field("general.alignment", U32, ALIGN),
        field("llama.context_length", U32, s.context), field("llama.embedding_length", U32, s.width), field("llama.block_count", U32, s.layers), field("llama.feed_forward_length", U32, s.ff),
        field("llama.attention.head_count", U32, s.heads), field("llama.attention.head_count_kv", U32, s.heads), field("llama.attention.layer_norm_rms_epsilon", F32, s.eps),
        field("llama.rope.dimension_count", U32, s.width // s.heads), field("llama.rope.freq_base", F32, s.theta), field("llama.vocab_size", U32, s.vocab),
        field("tokenizer.ggml.model", STR, "gpt2"), field("tokenizer.ggml.pre", STR, "gpt-2"), field("tokenizer.ggml.tokens", ARR, (STR, tok.tokens)), field("tokenizer.ggml.token_type", ARR, (I32, kinds)),
        field("tokenizer.ggml.merges", ARR, (STR, [f"{a} {b}" for a, b in tok.merges])), field("tokenizer.ggml.bos_token_id", U32, tok.ids["<|endoftext|>"]), field("tokenizer.ggml.eos_token_id", U32, tok.end),
        field("tokenizer.ggml.eot_token_id", U32, tok.end), field("tokenizer.ggml.padding_token_id", U32, tok.ids["<|endoftext|>"]), field("tokenizer.ggml.add_bos_token", BOOL, False),
        field("tokenizer.ggml.add_space_prefix", BOOL, False), field("tokenizer.chat_template", STR, TEMPLATE)]
    infos, blobs, offset = [], [], 0
    for name, shape, kind, data in tensors(model):
        infos.append(text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", d) for d in shape) + struct.pack("<IQ", kind, offset))
        data += b"\0" * (-len(data) % ALIGN)
        blobs.append(data)
        offset += len(data)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(infos), len(meta)) + b"".join(meta) + b"".join(infos)
    with open(path, "wb") as f:
        f.write(head + b"\0" * (-len(head) % ALIGN) + b"".join(blobs))


def main():
    import torch

    from model import Guide, Shape
    from tokenizer import Tokenizer
    tok = Tokenizer.load()
    torch.manual_seed(1)
    if sys.argv[1] == "--untrained":
        model = Guide(Shape(vocab=len(tok.tokens)))
    else:
        saved = torch.load(sys.argv[1], map_location="cpu")
        model = Guide(Shape(**saved["shape"]))
        model.load_state_dict(saved["model"])
    write(sys.argv[2], model, tok)


if __name__ == "__main__":
    main()
