"""The network: a llama (RMSNorm, rotary positions, SwiGLU), with the embedding tied to the output."""
import math
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F


@dataclass
class Shape:
    vocab: int = 3072
    width: int = 256
    layers: int = 5
    heads: int = 4
    ff: int = 768
    context: int = 512
    theta: float = 10000.0
    eps: float = 1e-5


def rms(x, weight, eps):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight


class Layer(nn.Module):
    def __init__(self, s):
        super().__init__()
        self.s = s
        self.attn_norm = nn.Parameter(torch.ones(s.width))
        self.ffn_norm = nn.Parameter(torch.ones(s.width))
        self.qkv = nn.Linear(s.width, 3 * s.width, bias=False)
        self.out = nn.Linear(s.width, s.width, bias=False)
        self.gate_up = nn.Linear(s.width, 2 * s.ff, bias=False)
        self.down = nn.Linear(s.ff, s.width, bias=False)

    def forward(self, x, cos, sin, mask):
        b, t, w = x.shape
        q, k, v = self.qkv(rms(x, self.attn_norm, self.s.eps)).view(b, t, 3, self.s.heads, w // self.s.heads).permute(2, 0, 3, 1, 4)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        att = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + mask, -1)
        x = x + self.out((att @ v).transpose(1, 2).reshape(b, t, w))
        gate, up = self.gate_up(rms(x, self.ffn_norm, self.s.eps)).chunk(2, -1)
        return x + self.down(F.silu(gate) * up)


def rotate(x, cos, sin):
    """Rotary positions on neighbouring pairs, the order that llama.cpp expects of the llama architecture."""
    a, b = x[..., 0::2], x[..., 1::2]
    return torch.stack((a * cos - b * sin, a * sin + b * cos), -1).flatten(-2)


class Guide(nn.Module):
    def __init__(self, s=Shape()):
        super().__init__()
        self.s = s
        self.embed = nn.Parameter(torch.randn(s.vocab, s.width) * 0.02)
        self.blocks = nn.ModuleList(Layer(s) for _ in range(s.layers))
        self.norm = nn.Parameter(torch.ones(s.width))
        for n, p in self.named_parameters():
            if p.dim() == 2 and n != "embed":
                nn.init.normal_(p, std=0.02 / (math.sqrt(2 * s.layers) if n.endswith(("out.weight", "down.weight")) else 1))
        d = s.width // s.heads
        angle = torch.outer(torch.arange(s.context).float(), s.theta ** (-torch.arange(0, d, 2).float() / d))
        self.register_buffer("cos", angle.cos(), persistent=False)
        self.register_buffer("sin", angle.sin(), persistent=False)
        self.register_buffer("mask", torch.full((s.context, s.context), -1e9).triu(1), persistent=False)

    def hidden(self, ids):
        t = ids.shape[1]
        x = self.embed[ids]
        for block in self.blocks:
            x = block(x, self.cos[:t], self.sin[:t], self.mask[:t, :t])
        return rms(x, self.norm, self.s.eps)

    def forward(self, ids):
        return self.hidden(ids) @ self.embed.T

    @torch.no_grad()
    def greedy(self, ids, end, limit=120):
        """The most likely continuation, token by token (simple: no cache)."""
        out = []
        while len(out) < limit and len(ids) + len(out) < self.s.context:
            h = self.hidden(torch.tensor([(ids + out)]))[0, -1]
            token = int((self.embed @ h).argmax())
            if token == end:
                break
            out.append(token)
        return out
