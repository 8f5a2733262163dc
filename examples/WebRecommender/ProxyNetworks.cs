using System.Net;
using System.Net.Sockets;
using LightGcn.Examples;

namespace WebRecommender;

/// <summary>Addresses and networks of proxies.</summary>
internal static class ProxyNetworks
{
    /// <summary>Reads addresses and networks separated by commas; an address is a network of one.</summary>
    /// <exception cref="UserErrorException">One is none.</exception>
    public static IPNetwork[] Read(string text)
    {
        string[] parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return parts.Length > 0 ? Array.ConvertAll(parts, Network) : throw Unexpected(text);
    }

    private static IPNetwork Network(string text)
    {
        if (IPNetwork.TryParse(text, out IPNetwork network))
            return network;
        // The parser of addresses takes "1" for 0.0.0.1.
        if (IPAddress.TryParse(text, out IPAddress? address) && (address.AddressFamily == AddressFamily.InterNetworkV6 || text.Count(c => c == '.') == 3))
            return new IPNetwork(address, address.GetAddressBytes().Length * 8);
        throw Unexpected(text);
    }

    private static UserErrorException Unexpected(string found) =>
        OptionReading.Unexpected("IP addresses and networks separated by commas, such as 127.0.0.1,10.0.0.0/8", found);
}
