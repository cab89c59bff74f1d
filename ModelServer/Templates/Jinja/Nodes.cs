namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>An expression of a template.</summary>
internal abstract record Expression(Position At);

internal sealed record Constant(Position At, Value Value) : Expression(At);

internal sealed record Variable(Position At, string Name) : Expression(At);

/// <summary><c>target.name</c>.</summary>
internal sealed record Member(Position At, Expression Target, string Name) : Expression(At);

/// <summary><c>target[index]</c>.</summary>
internal sealed record Element(Position At, Expression Target, Expression Index) : Expression(At);

/// <summary><c>target[start:stop:step]</c>.</summary>
internal sealed record Slice(Position At, Expression Target, Expression? Start, Expression? Stop, Expression? Step) : Expression(At);

internal sealed record Call(Position At, Expression Target, ArgumentList Arguments) : Expression(At);

/// <summary><c>target | name(arguments)</c>; without a target it is the head of a block set's chain.</summary>
internal sealed record Filter(Position At, Expression Target, string Name, ArgumentList Arguments) : Expression(At);

/// <summary><c>target is name</c>.</summary>
internal sealed record Test(Position At, Expression Target, string Name, ArgumentList Arguments) : Expression(At);

internal sealed record Negation(Position At, Expression Operand) : Expression(At);

internal sealed record Sign(Position At, bool Minus, Expression Operand) : Expression(At);

internal sealed record Arithmetic(Position At, string Operator, Expression Left, Expression Right) : Expression(At);

internal sealed record Joined(Position At, IReadOnlyList<Expression> Parts) : Expression(At);

internal sealed record Comparison(Position At, Expression First, IReadOnlyList<(string Operator, Expression Operand)> Rest) : Expression(At);

internal sealed record Logic(Position At, bool IsAnd, Expression Left, Expression Right) : Expression(At);

internal sealed record Conditional(Position At, Expression Condition, Expression Then, Expression? Else) : Expression(At);

internal sealed record ListExpression(Position At, IReadOnlyList<Expression> Items, bool IsTuple) : Expression(At);

internal sealed record MapExpression(Position At, IReadOnlyList<(Expression Key, Expression Value)> Items) : Expression(At);

/// <summary>The text that a filter block or block set made: what its filters start from.</summary>
internal sealed record BlockText(Position At) : Expression(At);

/// <summary><c>*items</c> among the arguments of a call.</summary>
internal sealed record Spread(Position At, Expression Items) : Expression(At);

internal sealed record ArgumentList(IReadOnlyList<Expression> Positional, IReadOnlyList<(string Name, Expression Value)> Named)
{
    public static readonly ArgumentList None = new([], []);
}

/// <summary>A statement of a template.</summary>
internal abstract record Statement(Position At);

internal sealed record Emit(Position At, Text Text) : Statement(At);

internal sealed record Print(Position At, Expression Value) : Statement(At);

internal sealed record If(Position At, IReadOnlyList<(Expression Condition, Block Body)> Branches, Block? Else) : Statement(At);

internal sealed record For(Position At, Target Target, Expression Items, Expression? Condition, Block Body, Block? Else) : Statement(At);

internal sealed record Set(Position At, Target Target, Expression Value) : Statement(At);

internal sealed record SetBlock(Position At, Target Target, Expression Filters, Block Body) : Statement(At);

internal sealed record FilterBlock(Position At, Expression Filters, Block Body) : Statement(At);

internal sealed record With(Position At, IReadOnlyList<(Target Target, Expression Value)> Variables, Block Body) : Statement(At);

internal sealed record MacroDefinition(Position At, string Name, Macro Macro) : Statement(At);

internal sealed record CallBlock(Position At, Call Call, Macro Caller) : Statement(At);

/// <summary>What a template marks as the model's own words in training; its content, here.</summary>
internal sealed record Generation(Position At, Block Body) : Statement(At);

internal sealed record Jump(Position At, bool IsBreak) : Statement(At);

internal sealed record Block(IReadOnlyList<Statement> Statements);

internal sealed record Macro(string Name, IReadOnlyList<(string Name, Expression? Default)> Parameters, Block Body);

/// <summary>What a value is put into: one name, an attribute of a namespace, or several names.</summary>
internal sealed record Target(Position At, string Name, string? Attribute, IReadOnlyList<Target>? Parts);
