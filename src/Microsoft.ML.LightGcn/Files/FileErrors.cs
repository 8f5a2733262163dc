namespace Microsoft.ML.LightGcn.Files;

/// <summary>What an error of the file system is about.</summary>
internal static class FileErrors
{
    // ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION of Windows; EWOULDBLOCK of Linux, and of macOS and the BSDs.
    private static readonly int[] InUse =
        OperatingSystem.IsWindows() ? [unchecked((int)0x80070020), unchecked((int)0x80070021)] : OperatingSystem.IsLinux() ? [11] : [35];

    /// <summary>Whether a file could not be opened because somebody else has it open, and for no other reason.</summary>
    public static bool IsInUse(this Exception error) => error is IOException && InUse.Contains(error.HResult);
}
