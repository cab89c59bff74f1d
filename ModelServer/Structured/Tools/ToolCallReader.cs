using System.Text;

namespace Zakenak.ModelServer.Structured.Tools;

/// <summary>
/// Takes an answer apart into text and calls of tools as it comes. What stands around names and arguments was written by the grammar, so
/// it is known to the byte; what may still become the opener is held back.
/// </summary>
internal sealed class ToolCallReader(ToolFormat format, bool isOpen, Action<ReadOnlyMemory<byte>> onText, Action<string> onCall, Action<ReadOnlyMemory<byte>> onArguments)
{
    private readonly byte[] _opener = Encoding.UTF8.GetBytes(format.Opener);
    private readonly byte[] _beforeName = Encoding.UTF8.GetBytes(ToolFormat.BeforeName);
    private readonly byte[] _beforeArguments = Encoding.UTF8.GetBytes(format.BeforeArguments);
    private byte[] _held = [];
    private bool _isOpen = isOpen;
    private bool _isDecided = format.IsLazy || isOpen;
    private bool _inArguments;
    private int _depth;
    private bool _inString;
    private bool _escaped;

    /// <summary>The opener came as a token without text.</summary>
    public void Open()
    {
        Flush();
        _isOpen = true;
    }

    /// <summary>The next bytes of the answer.</summary>
    public void Add(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        _held = [.. _held, .. text];
        if (!_isDecided)
        {
            (_isDecided, _isOpen) = (true, _held[0] == (byte)'{');
        }

        if (!_isOpen)
        {
            Text();
        }

        while (_isOpen && (_inArguments ? Arguments() : Name()))
        {
        }
    }

    /// <summary>The answer has ended: what was held back is text.</summary>
    public void Complete()
    {
        if (!_isOpen)
        {
            Flush();
        }
    }

    private void Text()
    {
        var at = format.IsLazy ? _held.AsSpan().IndexOf(_opener) : -1;
        if (at >= 0)
        {
            Emit(at, onText);
            _held = _held[_opener.Length..];
            _isOpen = true;
            return;
        }

        var undecided = format.IsLazy ? Enumerable.Range(1, Math.Min(_opener.Length - 1, _held.Length)).LastOrDefault(length => _held.AsSpan().EndsWith(_opener.AsSpan(0, length))) : 0;
        Emit(_held.Length - undecided, onText);
    }

    private bool Name()
    {
        var from = _held.AsSpan().IndexOf(_beforeName);
        var to = _held.AsSpan().IndexOf(_beforeArguments);
        if (from < 0 || to < from)
        {
            return false;
        }

        onCall(Encoding.UTF8.GetString(_held.AsSpan((from + _beforeName.Length)..to)));
        _held = _held[(to + _beforeArguments.Length)..];
        _inArguments = true;
        return true;
    }

    /// <summary>Arguments are one object: they end with the brace that closes it.</summary>
    private bool Arguments()
    {
        for (var i = 0; i < _held.Length; i++)
        {
            var character = _held[i];
            if (_inString)
            {
                (_inString, _escaped) = (_escaped || character != (byte)'"', !_escaped && character == (byte)'\\');
                continue;
            }

            _inString = character == (byte)'"';
            _depth += character is (byte)'{' or (byte)'[' ? 1 : character is (byte)'}' or (byte)']' ? -1 : 0;
            if (_depth == 0)
            {
                Emit(i + 1, onArguments);
                _inArguments = false;
                return true;
            }
        }

        Emit(_held.Length, onArguments);
        return false;
    }

    private void Flush() => Emit(_held.Length, onText);

    private void Emit(int count, Action<ReadOnlyMemory<byte>> to)
    {
        if (count > 0)
        {
            to(_held.AsMemory(0, count));
            _held = _held[count..];
        }
    }
}
