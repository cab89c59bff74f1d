namespace Zakenak.ModelDelivery;

/// <summary>How far a push or pull has come.</summary>
/// <param name="FilesDone">Files that are wholly across.</param>
/// <param name="FilesTotal">Files of the version.</param>
/// <param name="BytesDone">Bytes across, those found there from before included. It falls where bytes have to be sent again.</param>
/// <param name="BytesTotal">Bytes of all files.</param>
/// <param name="BytesPerSecond">Bytes that crossed the wire, over the time since the transfer began.</param>
public readonly record struct TransferProgress(int FilesDone, int FilesTotal, long BytesDone, long BytesTotal, double BytesPerSecond);
