using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using EmbeddedHost.Processes;
using EmbeddedHost.Projects;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace EmbeddedHost.Orchestration;

/// <summary>Makes the command line and environment of one process; all callbacks of the model run again for each start.</summary>
internal sealed class ProcessSpecFactory(
    DistributedApplicationExecutionContext executionContext,
    IHostEnvironment hostEnvironment,
    IOptions<OrchestrationOptions> options,
    ILoggerFactory loggers)
{
    public async Task<ProcessSpec> CreateAsync(IResource resource, ReplicaPorts ports, CancellationToken cancellationToken)
    {
        using var _ = ports.Use();
        var (command, workingDirectory, leading) = Program(resource);
        var environment = await EnvironmentOfAsync(resource, cancellationToken).ConfigureAwait(false);
        var arguments = await ArgumentsOfAsync(resource, cancellationToken).ConfigureAwait(false);
        return new(command, [.. leading, .. arguments], workingDirectory, environment, options.Value.StopGracePeriod, options.Value.LogLineCharacters);
    }

    private static (string Command, string WorkingDirectory, string[] Leading) Program(IResource resource)
    {
        switch (resource)
        {
            case ProjectResource when resource.Annotations.OfType<ProjectMetadata>().LastOrDefault() is { } project:
                if (!File.Exists(project.AssemblyPath))
                    throw new DistributedApplicationException($"{project.AssemblyPath} is not there: build the AppHost again.");
                return (DotnetHost.Path, Path.GetDirectoryName(project.ProjectPath)!, [project.AssemblyPath]);

            case ExecutableResource executable:
                if (!Directory.Exists(executable.WorkingDirectory))
                    throw new DistributedApplicationException($"The working directory of '{resource.Name}' does not exist: {executable.WorkingDirectory}");
                var command = Executables.Resolve(executable.Command, executable.WorkingDirectory)
                    ?? throw new DistributedApplicationException($"The program of '{resource.Name}' was not found: {executable.Command}");
                return (command, executable.WorkingDirectory, []);

            default:
                throw new DistributedApplicationException($"The resource '{resource.Name}' is no process.");
        }
    }

    private async Task<Dictionary<string, string>> EnvironmentOfAsync(IResource resource, CancellationToken cancellationToken)
    {
        var context = new EnvironmentCallbackContext(executionContext, resource, [], cancellationToken)
        {
            Logger = loggers.CreateLogger(resource.Name),
        };
        if (resource is ProjectResource)
        {
            context.EnvironmentVariables["DOTNET_ENVIRONMENT"] = hostEnvironment.EnvironmentName;
            context.EnvironmentVariables["ASPNETCORE_ENVIRONMENT"] = hostEnvironment.EnvironmentName;
        }

        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
            await annotation.Callback(context).ConfigureAwait(false);

        var environment = InheritedEnvironment.Create();

        // Standard input ends when this host is gone, whatever ended it: a service that knows this stops then by itself.
        environment["EMBEDDEDHOST_STDIN_LIFETIME"] = "1";
        foreach (var (name, value) in context.EnvironmentVariables)
            environment[name] = await TextOfAsync(value, cancellationToken).ConfigureAwait(false);

        return environment;
    }

    private async Task<List<string>> ArgumentsOfAsync(IResource resource, CancellationToken cancellationToken)
    {
        var context = new CommandLineArgsCallbackContext([], resource, cancellationToken) { ExecutionContext = executionContext };
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>())
            await annotation.Callback(context).ConfigureAwait(false);

        var arguments = new List<string>();
        foreach (var argument in context.Args)
            arguments.Add(await TextOfAsync(argument, cancellationToken).ConfigureAwait(false));

        return arguments;
    }

    private static async ValueTask<string> TextOfAsync(object value, CancellationToken cancellationToken) => value switch
    {
        string text => text,
        IValueProvider provider => await provider.GetValueAsync(cancellationToken).ConfigureAwait(false) ?? string.Empty,
        IResourceBuilder<IResource> { Resource: IValueProvider provider } => await provider.GetValueAsync(cancellationToken).ConfigureAwait(false) ?? string.Empty,
        IFormattable formattable => formattable.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString() ?? string.Empty,
    };
}
