namespace Aspire.Hosting;

/// <summary>A parameter has no value; the message names its configuration key.</summary>
public class MissingParameterValueException(string message) : DistributedApplicationException(message);
