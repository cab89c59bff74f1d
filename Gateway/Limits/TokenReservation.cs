using Zakenak.Gateway.Identity;
using Zakenak.Gateway.Limits.Leases;
using Zakenak.Gateway.Requests;
using Zakenak.Gateway.Screening;

namespace Zakenak.Gateway.Limits;

/// <summary>The tokens that one request may take, held in all budgets from before it is forwarded to the end of its answer.</summary>
/// <param name="tenant">The tenant's limits.</param>
/// <param name="client">Who asks.</param>
/// <param name="model">Name of the model.</param>
/// <param name="prompts">What prompts of this version take.</param>
/// <param name="body">The screened request.</param>
/// <param name="perChoice">Upper bound of each completion in tokens; 0 where there is none.</param>
internal sealed class TokenReservation(TenantLimits tenant, Client client, string model, PromptBound prompts, ScreenedBody body, int perChoice)
{
    private readonly int _bytes = body.Length;
    private readonly AskedTokens _asked = body.Fields.Asked;
    private bool _changed;
    private int _spent;

    /// <summary>Upper bound of prompt and completions; the model server does nothing that would go beyond it.</summary>
    public int Total { get; private set; }

    /// <summary>Upper bound of each completion; null where there is none.</summary>
    public int? PerChoice => perChoice == 0 ? null : perChoice;

    /// <summary>Whether a model server may have begun with the request: then only that one knows what it took, and all of it counts if it can't be asked.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Tokens of the prompt, when a model server refused it as more than is reserved; until <see cref="ReserveAgainAsync"/> was admitted.</summary>
    public int? CountedPrompt { get; private set; }

    /// <summary>What it takes by the model server's count.</summary>
    public int Needed => TotalFor(CountedPrompt ?? 0);

    /// <summary>Reserves; to be settled if admitted.</summary>
    public ValueTask<Admission> ReserveAsync(CancellationToken cancellation)
    {
        var (guess, least) = (prompts.Of(_bytes, _asked.Extended), PromptBound.Unlearned(_bytes));
        Total = TotalFor(guess);
        var admission = tenant.ReserveAsync(client, model, Total, cancellation);
        return guess <= least || admission is { IsCompletedSuccessfully: true, Result.Result: not AdmissionResult.TooManyTokens }
            ? admission
            : ReserveLeastAsync(admission, TotalFor(least), cancellation);
    }

    /// <summary>Takes in that the bound was too low. False when that happened before: the model server's count should have been the last word.</summary>
    public bool TryCorrect(int promptTokens)
    {
        if (_changed)
            return false;
        (_changed, CountedPrompt, IsOpen) = (true, promptTokens, false);
        return true;
    }

    /// <summary>A model server may have it.</summary>
    public void Send() => IsOpen = true;

    /// <summary>None has it.</summary>
    public void TakeBack() => IsOpen = false;

    /// <summary>A model server refused it.</summary>
    /// <param name="tokens">What it took until then.</param>
    public void Refuse(int tokens) => (_spent, IsOpen) = (tokens, false);

    /// <summary>Reserves by the model server's count.</summary>
    public async Task<Admission> ReserveAgainAsync(CancellationToken cancellation)
    {
        var needed = Needed;
        var admission = await tenant.ChangeAsync(client, model, Total, needed, cancellation);
        if (admission.Result == AdmissionResult.Admitted)
        {
            prompts.Learn(_bytes, _asked.Extended, CountedPrompt!.Value);
            (Total, CountedPrompt) = (needed, null);
        }

        return admission;
    }

    /// <summary>Ends the reservation, once.</summary>
    /// <param name="usage">As the model server counted it; null where it did not say.</param>
    public void Settle(TokenUsage? usage)
    {
        if (usage is { Input: > 0 } counted && !_changed && Covers(counted))
            prompts.Learn(_bytes, _asked.Extended, counted.Input);

        // Who says that it was more than the grant allowed is wrong in one of the two.
        tenant.Settle(client, model, Total, Math.Min(Total, usage is { } u ? (long)u.Input + u.Output : IsOpen ? Total : _spent));
    }

    /// <summary>Whether this is within what is reserved.</summary>
    public bool Covers(TokenUsage usage) => (long)usage.Input + usage.Output <= Total;

    /// <summary>What others' prompts took is no reason to refuse this one: it may take less, and is told so where it does not.</summary>
    private async ValueTask<Admission> ReserveLeastAsync(ValueTask<Admission> guessed, int least, CancellationToken cancellation)
    {
        var admission = await guessed;
        if (admission.Result != AdmissionResult.TooManyTokens)
            return admission;
        Total = least;
        return await tenant.ReserveAsync(client, model, Total, cancellation);
    }

    /// <summary>More than an int holds would be refused by any limit's range, and a grant can't say it.</summary>
    private int TotalFor(int promptTokens) => (int)Math.Min(int.MaxValue, promptTokens + (long)perChoice * _asked.Choices);
}
