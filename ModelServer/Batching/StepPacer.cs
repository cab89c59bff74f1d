namespace Zakenak.ModelServer.Batching;

/// <summary>
/// How many tokens of prompts go into a step beside the answers under way, so that it takes about as long as it should: learnt from how
/// long steps took.
/// </summary>
/// <param name="targetMs">How long a step should take; where the answers alone take more than half of it, prompts get as much time as they do.</param>
/// <param name="leastTokens">Never fewer than this: a prompt must advance however slow the machine is.</param>
/// <remarks>
/// A step is taken to last <c>base + answers × answer + prompts × promptToken</c> (ms). Each step's error corrects the terms by normalised
/// least mean squares, in proportion to what they had in it.
/// </remarks>
public sealed class StepPacer(double targetMs, int leastTokens)
{
    // A step that took longer than thought is believed at once, a shorter one little by little: a gap that is too long is seen by
    // everybody who reads along, a chunk that is too small by one who waits anyway.
    private const double Slower = 0.5;
    private const double Faster = 0.1;

    // So many answers, or tokens of a prompt, weigh as much in a correction as the base.
    private const double Unit = 8;

    private double _baseMs;
    private double _answerMs;
    private double _promptTokenMs;
    private int _answersAlone;

    /// <summary>Most tokens of prompts for the next step; <paramref name="most"/> where nobody's answer is under way.</summary>
    public int PromptTokens(int answers, int most)
    {
        if (answers == 0)
        {
            return most;
        }

        var least = Math.Min(leastTokens, most);
        var answersMs = AnswersMs(answers);
        var forPrompts = Math.Max(targetMs - answersMs, answersMs);
        return _promptTokenMs > 0 ? (int)Math.Clamp(forPrompts / _promptTokenMs, least, most) : least;
    }

    /// <summary>A step of so many answers' and prompts' tokens took so long.</summary>
    public void Observe(int answers, int prompts, double elapsedMs)
    {
        var answersMs = AnswersMs(answers);
        if (prompts > 0 && answers > 0 && IsNear(answers))
        {
            // What the answers take is known, so the rest is the prompts'. A fifth at least is, even if the answers have become slower since.
            var seen = Math.Max(elapsedMs - answersMs, elapsedMs / 5) / prompts;
            _promptTokenMs = _promptTokenMs > 0 ? _promptTokenMs + ((seen - _promptTokenMs) * Rate(seen - _promptTokenMs)) : seen;
            return;
        }

        var error = elapsedMs - answersMs - (prompts * _promptTokenMs);
        var (ofAnswers, ofPrompts) = (answers / Unit, prompts / Unit);
        var correction = error * (answersMs > 0 ? Rate(error) : 1) / (1 + (ofAnswers * ofAnswers) + (ofPrompts * ofPrompts));
        _baseMs = Math.Max(0, _baseMs + correction);
        _answerMs = Math.Max(0, _answerMs + (correction * ofAnswers / Unit));
        _promptTokenMs = Math.Max(0, _promptTokenMs + (correction * ofPrompts / Unit));
        _answersAlone = prompts == 0 ? answers : _answersAlone;
    }

    private double AnswersMs(int answers) => _baseMs + (answers * _answerMs);

    // Whether about so many answers have been measured on their own.
    private bool IsNear(int answers) => Math.Abs(answers - _answersAlone) <= _answersAlone / 4;

    private static double Rate(double error) => error > 0 ? Slower : Faster;
}
