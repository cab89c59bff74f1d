namespace Zakenak.ModelTrust.Policy;

/// <summary>The bytes of a policy and of its signature, as they lie on disk.</summary>
public static class PolicyFile
{
    /// <summary>The policy; nothing is believed yet.</summary>
    public static Result<byte[]> Read(string path) =>
        Read(path, ModelPolicy.MaxBytes, RefusalCodes.PolicyMissing, "Name the policy's file, or make one with `zakenak policy create`.");

    /// <summary>The signature beside a policy.</summary>
    public static Result<byte[]> ReadSignature(string policyPath) =>
        Read(policyPath + ModelPolicy.SignatureSuffix, 2 * ModelPolicy.MaxBytes, RefusalCodes.PolicyInvalid, "Have the policy signed by the root with `zakenak policy sign`.");

    private static Result<byte[]> Read(string path, int maxBytes, string code, string remedy)
    {
        try
        {
            // Links are followed: that is how a mounted ConfigMap looks.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (stream.Length > maxBytes)
            {
                return new Refusal(code, $"{path} has {stream.Length} bytes; {maxBytes} is the most. {remedy}");
            }

            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            return content;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Refusal(code, $"{path} does not exist. {remedy}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(code, $"{path} can't be read: {e.Message}. {remedy}");
        }
    }
}
