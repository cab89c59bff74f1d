namespace Zakenak.ModelServer.Templates.Jinja;

/// <summary>The work that one rendering may do. Every step and every text made is charged to it, so that no template runs on for long.</summary>
internal sealed class RenderBudget(TemplateLimits limits, TimeProvider time)
{
    /// <summary>Characters whose making costs as much as one step.</summary>
    public const int CharactersPerStep = 8;

    private const int StepsPerLook = 4096;

    private readonly long _started = time.GetTimestamp();
    private long _steps;
    private long _look = StepsPerLook;

    public TimeProvider Time => time;

    public TemplateLimits Limits => limits;

    public void Charge(long steps = 1)
    {
        _steps += steps;
        if (_steps > limits.MaxSteps)
        {
            throw new TemplateFault(TemplateFaultKind.Limit, $"it takes more than {limits.MaxSteps} steps");
        }

        if (_steps >= _look)
        {
            _look = _steps + StepsPerLook;
            if (time.GetElapsedTime(_started) > limits.MaxTime)
            {
                throw new TemplateFault(TemplateFaultKind.Limit, $"it takes longer than {limits.MaxTime.TotalMilliseconds:0} ms");
            }
        }
    }

    /// <summary>Before a text of this length is made.</summary>
    public void ChargeText(long characters)
    {
        CheckLength(characters);
        Charge(1 + (characters / CharactersPerStep));
    }

    public void CheckLength(long characters)
    {
        if (characters > limits.MaxCharacters)
        {
            throw new TemplateFault(TemplateFaultKind.Limit, $"it makes a text of more than {limits.MaxCharacters} characters");
        }
    }
}
