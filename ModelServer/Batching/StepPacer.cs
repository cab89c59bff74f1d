namespace Zakenak.ModelServer.Batching;

/// <summary>
/// How many tokens of prompts go into a step beside the answers under way, so that it takes about as long as it should: learnt from how
/// long steps took.
/// </summary>
/// <param name="targetMs">How long a step should take; where the answers alone take more than half of it, prompts get as much time as they do.</param>
/// <param name="leastTokens">Never fewer than this: a prompt must advance however slow the machine is.</param>
/// <param name="hasTiles">Whether tokens of a prompt cost less from a <see cref="Tile"/> of them on, as with llama.cpp's own attention.</param>
/// <remarks>
/// A step is taken to last <c>base + answers × answer + prompts × promptToken</c> (ms). Each step's error corrects the terms by normalised
/// least mean squares, in proportion to what they had in it. With tiles, what a prompt's token costs is learnt for small steps and for those
/// of a <see cref="Tile"/> or more apart: far into a long prompt they differ several times.
/// </remarks>
public sealed class StepPacer(double targetMs, int leastTokens, bool hasTiles = true)
{
    /// <summary>From so many tokens in a step on llama.cpp attends to cells tile by tile on a CPU (<c>GGML_FA_TILE_Q</c>), and before that token by token.</summary>
    public const int Tile = 64;

    // A step that took longer than thought is believed at once, a shorter one little by little: a gap that is too long is seen by
    // everybody who reads along, a chunk that is too small by one who waits anyway.
    private const double Slower = 0.5;
    private const double Faster = 0.1;

    // So many answers, or tokens of a prompt, weigh as much in a correction as the base.
    private const double Unit = 8;

    // What is worth a longer gap: that many wait, or a whole tile where it moves prompts so much faster. So many targets at most.
    private const double WorthTimes = 2;
    private const double MostTargets = 4;

    // What isn't seen for so many steps with prompts may have changed: a step without prompts, and one below a tile, tell.
    private const int MostUntilAlone = 16;
    private const int MostUntilSmall = 8;

    private double _baseMs;
    private double _answerMs;
    private double _smallTokenMs;
    private double _tiledTokenMs;
    private int _answersAlone;
    private int _sinceAlone;
    private int _sinceSmall;

    /// <summary>
    /// Most tokens of prompts for the next step, now and then none; <paramref name="most"/> where nobody's answer is under way. The step may be
    /// longer the more wait for their first token beside those who read along: up to four targets, when as many do.
    /// </summary>
    /// <param name="answers">Sequences whose next token the step decodes.</param>
    /// <param name="waiting">Sequences whose prompts are not decoded yet.</param>
    /// <param name="most">Tokens that the batch has room for.</param>
    public int PromptTokens(int answers, int waiting, int most)
    {
        if (answers == 0)
        {
            return most;
        }

        if (_sinceAlone >= MostUntilAlone)
        {
            _sinceAlone = 0;
            return 0;
        }

        var answersMs = AnswersMs(answers);
        var stepMs = targetMs * Math.Clamp(MostTargets * waiting / answers, 1, MostTargets);
        var forPrompts = Math.Max(stepMs - answersMs, answersMs);
        var (least, tile) = (Math.Min(leastTokens, most), Math.Min(Tile - answers, most));
        if (!hasTiles)
        {
            return (int)Math.Clamp(Tokens(forPrompts, _smallTokenMs, 0), least, most);
        }

        if (Tokens(forPrompts, _tiledTokenMs, _smallTokenMs) is var tiled && tiled >= tile)
        {
            return (int)Math.Clamp(tiled, least, most);
        }

        var small = (int)Math.Clamp(Tokens(forPrompts, _smallTokenMs, _tiledTokenMs), least, Math.Max(tile - 1, least));
        return _sinceSmall < MostUntilSmall && IsWorth(answersMs, small, tile) ? tile : small;
    }

    /// <summary>
    /// Tokens of a prompt that go into one step if they are all of it: as many as two targets have room for. Cutting it would double the wait
    /// for its first token for the sake of one gap.
    /// </summary>
    public int WholePrompt(int answers, int most)
    {
        var answersMs = AnswersMs(answers);
        var tokens = Tokens(Math.Max((2 * targetMs) - answersMs, 2 * answersMs), _smallTokenMs, _tiledTokenMs);
        return (int)Math.Min(Math.Max(tokens, Tile - answers), most);
    }

    /// <summary>A step of so many answers' and prompts' tokens took so long.</summary>
    public void Observe(int answers, int prompts, double elapsedMs)
    {
        var answersMs = AnswersMs(answers);
        var isSmall = !hasTiles || answers + prompts < Tile;
        ref var tokenMs = ref isSmall ? ref _smallTokenMs : ref _tiledTokenMs;
        if (prompts > 0)
        {
            _sinceAlone += answers > 0 ? 1 : 0;
            _sinceSmall = isSmall ? 0 : _sinceSmall + 1;
        }

        if (prompts > 0 && answers > 0 && IsNear(answers))
        {
            // What the answers take is known, so the rest is the prompts'. A fifth at least is, even if the answers have become slower since.
            var seen = Math.Max(elapsedMs - answersMs, elapsedMs / 5) / prompts;
            tokenMs = tokenMs > 0 ? tokenMs + ((seen - tokenMs) * Rate(seen - tokenMs)) : seen;
            return;
        }

        var error = elapsedMs - answersMs - (prompts * tokenMs);
        var (ofAnswers, ofPrompts) = (answers / Unit, prompts / Unit);
        var correction = error * (answersMs > 0 ? Rate(error) : 1) / (1 + (ofAnswers * ofAnswers) + (ofPrompts * ofPrompts));
        _baseMs = Math.Max(0, _baseMs + correction);
        _answerMs = Math.Max(0, _answerMs + (correction * ofAnswers / Unit));
        tokenMs = Math.Max(0, tokenMs + (correction * ofPrompts / Unit));
        if (prompts == 0)
        {
            (_answersAlone, _sinceAlone) = (answers, 0);
        }
    }

    /// <summary>Whether a tile's step is short enough, and that much more of the prompts is done in the same time.</summary>
    private bool IsWorth(double answersMs, int small, int tile)
    {
        var smallMs = answersMs + (small * _smallTokenMs);
        var tileMs = answersMs + (tile * (_tiledTokenMs > 0 ? _tiledTokenMs : _smallTokenMs / WorthTimes));
        return _smallTokenMs > 0 && tileMs <= MostTargets * targetMs && tile * smallMs > WorthTimes * small * tileMs;
    }

    private static double Tokens(double ms, double tokenMs, double otherwise) => (tokenMs, otherwise) switch
    {
        ( > 0, _) => ms / tokenMs,
        (_, > 0) => ms / otherwise,
        _ => 0,
    };

    private double AnswersMs(int answers) => _baseMs + (answers * _answerMs);

    // Whether about so many answers have been measured on their own.
    private bool IsNear(int answers) => Math.Abs(answers - _answersAlone) <= _answersAlone / 4;

    private static double Rate(double error) => error > 0 ? Slower : Faster;
}
