namespace Zakenak.AppHost.Local;

/// <summary>Tells the person at the terminal, once the suite can answer, a request that works when pasted.</summary>
public static class FirstRequest
{
    public static void PrintWhenReady(
        IResourceBuilder<ProjectResource> gateway, IResourceBuilder<ProjectResource> models, ServedModel model, LocalState state)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(state);
        var waiting = 2;
        gateway.OnResourceReady((_, _, _) => Ready());
        models.OnResourceReady((_, _, _) => Ready());

        Task Ready()
        {
            if (Interlocked.Decrement(ref waiting) == 0)
            {
                Console.WriteLine($$"""

                      Try it:
                        curl -N {{gateway.GetEndpoint("http").Url}}/v1/chat/completions \
                          -H "Authorization: Bearer $(cat '{{state.DevelopmentKeyFile}}')" -H 'Content-Type: application/json' \
                          -d '{"model":"{{model.Name}}:{{model.Version}}","stream":true,"messages":[{"role":"user","content":"What is Zakenak?"}]}'

                    """);
            }

            return Task.CompletedTask;
        }
    }
}
