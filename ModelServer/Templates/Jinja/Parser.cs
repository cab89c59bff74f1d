namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>Reads a template's statements. What it can't read, or what this interpreter wouldn't know how to do, is refused with its place.</summary>
internal sealed class Parser
{
    private readonly TokenReader _tokens;
    private readonly ExpressionParser _expressions;
    private readonly DeclarationParser _declarations;
    private int _loops;

    private Parser(TokenReader tokens)
    {
        _tokens = tokens;
        _expressions = new ExpressionParser(tokens);
        _declarations = new DeclarationParser(tokens, _expressions);
    }

    public static Block Parse(string source, TemplateLimits limits)
    {
        if (source.Length > limits.MaxSourceCharacters)
        {
            throw TokenReader.Unsupported($"it has more than {limits.MaxSourceCharacters} characters", new Position(1, 1));
        }

        var parser = new Parser(new TokenReader(Lexer.Read(source), limits.MaxDepth));
        var block = parser.ReadBlock();
        if (parser._tokens.Current.Kind != TokenKind.End)
        {
            throw parser._tokens.Unexpected("the end of the template");
        }

        if (parser._expressions.Called.Find(function => !parser._declarations.IsKnown(function.Name)) is { } unknown)
        {
            throw TokenReader.Unsupported($"the function '{unknown.Name}'", unknown.At);
        }

        return block;
    }

    /// <summary>Statements up to a tag that is not one, whose <c>{%</c> is passed.</summary>
    private Block ReadBlock(params string[] ends)
    {
        _tokens.Deeper();
        var statements = new List<Statement>();
        while (_tokens.Current.Kind != TokenKind.End)
        {
            var token = _tokens.Take();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    statements.Add(new Emit(token.At, Text.Literal(token.Text)));
                    break;
                case TokenKind.PrintBegin:
                    statements.Add(new Print(token.At, _expressions.ReadTuple()));
                    _tokens.Expect(TokenKind.PrintEnd, "'}}'");
                    break;
                case TokenKind.TagBegin when _tokens.IsName(ends):
                    _tokens.Back();
                    return new Block(statements);
                default:
                    statements.Add(ReadStatement(token.At));
                    break;
            }
        }

        if (ends.Length > 0)
        {
            throw _tokens.Unexpected($"'{ends[^1]}'");
        }

        _tokens.Back();
        return new Block(statements);
    }

    private Statement ReadStatement(Position at)
    {
        var name = _tokens.Name();
        switch (name)
        {
            case "if":
                return ReadIf(at);
            case "for":
                return ReadFor(at);
            case "set":
                return ReadSet(at);
            case "macro":
                return ReadMacro(at);
            case "call":
                return ReadCallBlock(at);
            case "filter":
                var filters = _expressions.ReadBlockFilters(first: true);
                return new FilterBlock(at, filters, ReadBody("endfilter"));
            case "with":
                return ReadWith(at);
            case "generation":
                return new Generation(at, ReadBody("endgeneration"));
            case "break" or "continue":
                EndTag();
                return _loops > 0 ? new Jump(at, name == "break") : throw TokenReader.Unsupported($"'{name}' outside of a loop", at);
            default:
                throw TokenReader.Unsupported($"the tag '{name}'", at);
        }
    }

    private If ReadIf(Position at)
    {
        var branches = new List<(Expression, Block)>();
        Block? otherwise = null;
        var condition = _expressions.ReadTuple();
        while (true)
        {
            EndTag();
            var body = ReadBlock("elif", "else", "endif");
            branches.Add((condition, body));
            switch (_tokens.Name())
            {
                case "elif":
                    condition = _expressions.ReadTuple();
                    continue;
                case "else":
                    EndTag();
                    otherwise = ReadBlock("endif");
                    _tokens.Name();
                    break;
                default:
                    break;
            }

            EndTag();
            return new If(at, branches, otherwise);
        }
    }

    private For ReadFor(Position at)
    {
        var target = _declarations.ReadTarget(attributes: false);
        if (!_tokens.TryName("in"))
        {
            throw _tokens.Unexpected("'in'");
        }

        var items = _expressions.ReadTuple(withCondition: false);
        var condition = _tokens.TryName("if") ? _expressions.Read() : null;
        if (_tokens.IsName("recursive"))
        {
            throw TokenReader.Unsupported("a recursive loop", _tokens.Current.At);
        }

        EndTag();
        _loops++;
        var body = ReadBlock("else", "endfor");
        _loops--;
        Block? otherwise = null;
        if (_tokens.Name() == "else")
        {
            EndTag();
            otherwise = ReadBlock("endfor");
            _tokens.Name();
        }

        EndTag();
        return new For(at, target, items, condition, body, otherwise);
    }

    private Statement ReadSet(Position at)
    {
        var target = _declarations.ReadTarget(attributes: true);
        if (_tokens.TryOperator("="))
        {
            var value = _expressions.ReadTuple();
            EndTag();
            return new Set(at, target, value);
        }

        if (target.Parts is not null)
        {
            throw _tokens.Unexpected("'='");
        }

        var filters = _expressions.ReadBlockFilters(first: false);
        return new SetBlock(at, target, filters, ReadBody("endset"));
    }

    private MacroDefinition ReadMacro(Position at)
    {
        var name = _declarations.ReadName();
        var parameters = _declarations.ReadParameters();
        return new MacroDefinition(at, name, new Macro(name, parameters, ReadMacroBody("endmacro")));
    }

    private CallBlock ReadCallBlock(Position at)
    {
        var parameters = _tokens.IsOperator("(") ? _declarations.ReadParameters() : [];
        if (_expressions.Read() is not Call call)
        {
            throw TokenReader.Unsupported("'call' without a call", at);
        }

        return new CallBlock(at, call, new Macro("caller", parameters, ReadMacroBody("endcall")));
    }

    private With ReadWith(Position at)
    {
        var variables = new List<(Target, Expression)>();
        while (_tokens.Current.Kind != TokenKind.TagEnd)
        {
            var target = _declarations.ReadTarget(attributes: false);
            _tokens.Operator("=");
            variables.Add((target, _expressions.Read()));
            if (_tokens.Current.Kind != TokenKind.TagEnd)
            {
                _tokens.Operator(",");
            }
        }

        return new With(at, variables, ReadBody("endwith"));
    }

    private Block ReadMacroBody(string end)
    {
        // A macro within a loop is no part of the loop: 'break' has nothing to leave there.
        var loops = _loops;
        _loops = 0;
        var body = ReadBody(end);
        _loops = loops;
        return body;
    }

    private Block ReadBody(string end)
    {
        EndTag();
        var body = ReadBlock(end);
        _tokens.Name();
        EndTag();
        return body;
    }

    private void EndTag() => _tokens.Expect(TokenKind.TagEnd, "'%}'");
}
