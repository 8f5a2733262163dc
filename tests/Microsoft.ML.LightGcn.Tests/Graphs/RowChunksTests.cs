using Microsoft.ML.LightGcn.Graphs;

namespace Microsoft.ML.LightGcn.Tests.Graphs;

public sealed class RowChunksTests
{
    [Fact]
    public void Chunks_have_every_node_once_from_the_last_to_the_first_and_never_two_types_of_nodes()
    {
        HeterogeneousGraph graph = TestGraphs.WithManyRelations(seed: 1);
        RowChunks chunks = new(graph);
        int end = graph.Layout.NodeCount;
        for (int chunk = 0; chunk < chunks.Count; chunk++)
        {
            Assert.Equal(end, chunks.End(chunk));
            end = chunks.Start(chunk);
            Assert.InRange(end, chunks.RangeOf(chunk).First, chunks.End(chunk) - 1);
            Assert.InRange(chunks.End(chunk), end + 1, chunks.RangeOf(chunk).First + chunks.RangeOf(chunk).Count);
        }
        Assert.Equal(0, end);
        Assert.All(graph.Ranges, range => Assert.True(Enumerable.Range(0, chunks.Count).Count(chunk => chunks.RangeOf(chunk) == range) > 1));
    }
}
