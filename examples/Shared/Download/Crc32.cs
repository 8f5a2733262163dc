namespace LightGcn.Examples;

/// <summary>The CRC-32 of zip entries (reflected polynomial 0xEDB88320): .NET's reader does not compare it for us.</summary>
internal static class Crc32
{
    private static readonly uint[] Table = MakeTable();

    /// <summary>Goes on with a checksum; the first call starts with 0.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        uint state = ~checksum;
        foreach (byte value in bytes)
            state = Table[(byte)(state ^ value)] ^ (state >> 8);
        return ~state;
    }

    private static uint[] MakeTable()
    {
        uint[] table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            uint value = n;
            for (int bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? 0xEDB88320 ^ (value >> 1) : value >> 1;
            table[n] = value;
        }
        return table;
    }
}
