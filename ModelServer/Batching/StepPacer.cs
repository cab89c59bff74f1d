namespace Zakenak.ModelServer.Batching;

/// <summary>
/// How many tokens of prompts go into a step beside the answers under way, so that it takes about as long as it should: learnt from how
/// long steps took.
/// </summary>
/// <param name="targetMs">How long a step should take; where the answers alone take more than half of it, prompts get as much time as they do.</param>
/// <param name="leastTokens">Never fewer than this: a prompt must advance however slow the machine is.</param>
public sealed class StepPacer(double targetMs, int leastTokens)
{
    // A step that took longer than thought is believed at once, a shorter one little by little: a gap that is too long is seen by
    // everybody who reads along, a chunk that is too small by one who waits anyway.
    private const double Slower = 0.5;
    private const double Faster = 0.1;

    private double _answersMs;
    private double _promptTokenMs;

    /// <summary>Most tokens of prompts for the next step; <paramref name="most"/> where nobody's answer is under way.</summary>
    public int PromptTokens(int answers, int most)
    {
        if (answers == 0)
        {
            return most;
        }

        var least = Math.Min(leastTokens, most);
        var forPrompts = Math.Max(targetMs - _answersMs, _answersMs);
        return _promptTokenMs > 0 ? (int)Math.Clamp(forPrompts / _promptTokenMs, least, most) : least;
    }

    /// <summary>A step of so many answers' and prompts' tokens took so long.</summary>
    public void Observe(int answers, int prompts, double elapsedMs)
    {
        if (prompts == 0)
        {
            _answersMs = Smooth(_answersMs, elapsedMs);
        }
        else if (answers > 0)
        {
            // With both in a step a fifth at least is the prompts', even if the answers alone have become slower since they were measured.
            _promptTokenMs = Smooth(_promptTokenMs, Math.Max(elapsedMs - _answersMs, elapsedMs / 5) / prompts);
        }
    }

    private static double Smooth(double known, double seen) =>
        known <= 0 ? seen : known + ((seen - known) * (seen > known ? Slower : Faster));
}
