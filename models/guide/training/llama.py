"""Just enough of llama.cpp's C API (v0.5.0) through ctypes, to check the exported file with the real thing.

LIB is the folder with libllama.v0.5.0.so, for instance node_modules/@node-llama-cpp/linux-x64/bins/linux-x64 after
`npm install --ignore-scripts @node-llama-cpp/linux-x64@3.22.1`.
"""
import ctypes as C
import glob
import os

import numpy as np


class Message(C.Structure):
    _fields_ = [("role", C.c_char_p), ("content", C.c_char_p)]


def opaque(size):
    return type(f"Opaque{size}", (C.Structure,), {"_fields_": [("words", C.c_uint64 * (size // 8))]})


ModelParams, ContextParams, Batch = opaque(80), opaque(160), opaque(56)


class Llama:
    def __init__(self, folder, path, threads=1):
        ggml = C.CDLL(glob.glob(os.path.join(folder, "libggml.v*.so"))[0], mode=C.RTLD_GLOBAL)
        self.l = lib = C.CDLL(glob.glob(os.path.join(folder, "libllama.v*.so"))[0])
        self._quiet = C.CFUNCTYPE(None, C.c_int, C.c_char_p, C.c_void_p)(lambda level, text, _: print(text.decode(), end="") if level >= 4 else None)
        lib.llama_log_set(self._quiet, None)
        ggml.ggml_backend_load_all_from_path(folder.encode())
        for name, kind in (("llama_model_default_params", ModelParams), ("llama_context_default_params", ContextParams), ("llama_batch_get_one", Batch), ("llama_model_load_from_file", C.c_void_p),
                           ("llama_init_from_model", C.c_void_p), ("llama_model_get_vocab", C.c_void_p), ("llama_get_memory", C.c_void_p), ("llama_get_logits_ith", C.POINTER(C.c_float)), ("llama_model_chat_template", C.c_char_p)):
            getattr(lib, name).restype = kind
        self.model = lib.llama_model_load_from_file(path.encode(), lib.llama_model_default_params())
        if not self.model:
            raise SystemExit(f"llama.cpp refuses {path}")
        params = lib.llama_context_default_params()
        words = C.cast(C.byref(params), C.POINTER(C.c_uint32))
        assert (words[0], words[1], words[2]) == (512, 2048, 512), "another llama.cpp than v0.5.0"
        words[7] = words[8] = threads
        self.context = lib.llama_init_from_model(C.c_void_p(self.model), params)
        self.vocab = lib.llama_model_get_vocab(C.c_void_p(self.model))
        self.size = lib.llama_vocab_n_tokens(C.c_void_p(self.vocab))
        self.eot = lib.llama_vocab_eot(C.c_void_p(self.vocab))

    def tokenize(self, text, special=False):
        b = text.encode()
        out = (C.c_int32 * (len(b) + 8))()
        n = self.l.llama_tokenize(C.c_void_p(self.vocab), b, len(b), out, len(out), C.c_bool(True), C.c_bool(special))
        return list(out[:n])

    def template(self, messages):
        chat = (Message * len(messages))(*[Message(r.encode(), t.encode()) for r, t in messages])
        buf = C.create_string_buffer(65536)
        n = self.l.llama_chat_apply_template(C.c_char_p(self.l.llama_model_chat_template(C.c_void_p(self.model), None)), chat, C.c_size_t(len(messages)), C.c_bool(True), buf, len(buf))
        assert n > 0, "llama.cpp does not know the chat template"
        return buf.raw[:n].decode()

    def feed(self, ids, fresh=True):
        """Logits after the last of ids."""
        if fresh:
            self.l.llama_memory_clear(C.c_void_p(self.l.llama_get_memory(C.c_void_p(self.context))), C.c_bool(True))
        array = (C.c_int32 * len(ids))(*ids)
        if self.l.llama_decode(C.c_void_p(self.context), self.l.llama_batch_get_one(array, len(ids))) != 0:
            raise RuntimeError("llama_decode failed")
        return np.ctypeslib.as_array(self.l.llama_get_logits_ith(C.c_void_p(self.context), -1), (self.size,)).copy()

    def piece(self, token):
        buf = C.create_string_buffer(256)
        n = self.l.llama_token_to_piece(C.c_void_p(self.vocab), token, buf, len(buf), 0, C.c_bool(False))
        return buf.raw[:max(n, 0)]

    def greedy(self, ids, limit=120):
        out, logits = [], self.feed(ids)
        while len(out) < limit and len(ids) + len(out) < 511:
            token = int(logits.argmax())
            if token == self.eot:
                break
            out.append(token)
            logits = self.feed([token], fresh=False)
        return out

    def answer(self, messages):
        return b"".join(self.piece(t) for t in self.greedy(self.tokenize(self.template(messages), special=True))).decode(errors="replace")
