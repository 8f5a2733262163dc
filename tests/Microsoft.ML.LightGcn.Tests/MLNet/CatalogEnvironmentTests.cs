using Microsoft.ML.LightGcn.MLNet;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.Tests.MLNet;

public sealed class CatalogEnvironmentTests
{
    [Fact]
    public void Every_catalog_gives_the_environment_of_its_context()
    {
        var ml = new MLContext(1);
        var messages = new List<string>();
        ml.Log += (_, e) => messages.Add(e.RawMessage);
        object[] catalogs = [ml.Ranking, ml.Ranking.Trainers, ml.Data, ml.Model];
        foreach (object catalog in catalogs)
        {
            messages.Clear();
            IHost host = CatalogEnvironment.GetEnvironment(catalog).Register("test");
            using (IChannel channel = host.Start("channel"))
                channel.Info(MessageSensitivity.None, "hello");
            Assert.Contains("hello", messages);
        }
    }

    [Fact]
    public void Another_object_is_refused_with_the_version_of_ML_NET()
    {
        var error = Assert.Throws<NotSupportedException>(() => CatalogEnvironment.GetEnvironment("not a catalog"));
        Assert.Contains("System.String", error.Message, StringComparison.Ordinal);
        Assert.Contains("IInternalCatalog.Environment", error.Message, StringComparison.Ordinal);
        Assert.Matches(@"Microsoft\.ML\.Data \d+\.", error.Message);
    }
}
