using LightGcn.Examples;

namespace WebRecommender;

/// <summary>Addresses to listen on.</summary>
internal static class ListenAddresses
{
    /// <summary>
    /// Checks addresses separated by semicolons. Kestrel takes a host that it does not understand for all addresses of the machine, so only
    /// those are let through that mean what they say.
    /// </summary>
    /// <exception cref="UserErrorException">One is none.</exception>
    public static string Read(string text)
    {
        string[] urls = text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (urls.Length == 0 || Array.Find(urls, url => !IsAddress(url)) is not null)
            throw OptionReading.Unexpected("http:// or https://, then an IP address, localhost or * for all, and a port, such as http://127.0.0.1:5080", Array.Find(urls, url => !IsAddress(url)) ?? text);
        return string.Join(';', urls);
    }

    private static bool IsAddress(string url) =>
        Uri.TryCreate(url.Replace("://*", "://[::]", StringComparison.Ordinal), UriKind.Absolute, out Uri? address)
        && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps)
        && (address.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6 || address.Host == "localhost")
        && address is { UserInfo: "", PathAndQuery: "/", Fragment: "" };
}
