using System.CommandLine;
using Zakenak.ModelTrust.Stages;

namespace Zakenak.Cli.Models;

/// <summary>A stage to promote to.</summary>
internal static class StageOption
{
    public static Option<ModelStage?> Create(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "Staging|Approved",
        CustomParser = result =>
        {
            // By name and exactly: Enum.Parse would take a number too.
            switch (result.Tokens.Single().Value)
            {
                case nameof(ModelStage.Staging):
                    return ModelStage.Staging;
                case nameof(ModelStage.Approved):
                    return ModelStage.Approved;
                default:
                    result.AddError($"{name} takes Staging or Approved.");
                    return null;
            }
        },
    };
}
