using System.Globalization;

namespace Zakenak.RandomModel;

/// <summary>Shows a fraction as one line that is rewritten on a terminal, and as one line per quarter elsewhere.</summary>
internal sealed class ProgressLine(TextWriter output) : IProgress<double>
{
    private readonly bool _terminal = !Console.IsOutputRedirected;
    private int _lastPercent = -1;

    public void Report(double value)
    {
        var percent = (int)(value * 100);
        if (percent == _lastPercent || (!_terminal && percent / 25 == _lastPercent / 25))
            return;

        _lastPercent = percent;
        var text = string.Create(CultureInfo.InvariantCulture, $"writing weights {percent,3} %");
        if (_terminal)
            output.Write(percent < 100 ? $"\r{text}" : "\r                    \r");
        else
            output.WriteLine(text);
    }
}
