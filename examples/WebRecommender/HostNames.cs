using LightGcn.Examples;

namespace WebRecommender;

/// <summary>Names that requests may have in their Host header.</summary>
internal static class HostNames
{
    /// <summary>Reads names separated by commas.</summary>
    /// <exception cref="UserErrorException">One is none.</exception>
    public static string[] Read(string text)
    {
        string[] hosts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (hosts.Length == 0 || Array.Find(hosts, host => !IsName(host)) is not null)
            throw OptionReading.Unexpected("host names without ports separated by commas, such as example.org,*.example.org,[::1]", Array.Find(hosts, host => !IsName(host)) ?? text);
        return hosts;
    }

    private static bool IsName(string host)
    {
        UriHostNameType type = Uri.CheckHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host[2..] : host);
        // An address of IPv6 has brackets in a Host header.
        return type is UriHostNameType.Dns or UriHostNameType.IPv4 || (type == UriHostNameType.IPv6 && host.StartsWith('['));
    }
}
