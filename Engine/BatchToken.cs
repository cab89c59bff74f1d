namespace Zakenak.Engine;

/// <summary>One token of a batch: its position in its sequence, and whether its logits are wanted.</summary>
public readonly record struct BatchToken(int Token, int Position, int Sequence, bool Logits);
