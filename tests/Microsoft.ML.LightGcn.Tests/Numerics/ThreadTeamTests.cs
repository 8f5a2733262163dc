using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.Numerics;

public sealed class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Every_chunk_runs_exactly_once_run_after_run(int threads)
    {
        using ThreadTeam team = new(threads);
        int[] runs = new int[100];
        Action<int> work = chunk => Interlocked.Increment(ref runs[chunk]);
        for (int round = 1; round <= 500; round++)
        {
            int chunks = round % 101;
            Array.Clear(runs);
            team.Run(chunks, work);
            Assert.All(runs[..chunks], count => Assert.Equal(1, count));
            Assert.All(runs[chunks..], count => Assert.Equal(0, count));
        }
    }

    [Fact]
    public void An_exception_reaches_the_caller_and_the_team_works_on()
    {
        using ThreadTeam team = new(3);
        InvalidOperationException thrown = Assert.Throws<InvalidOperationException>(() => team.Run(50, chunk =>
        {
            if (chunk == 17)
                throw new InvalidOperationException("chunk 17");
        }));
        Assert.Equal("chunk 17", thrown.Message);
        int sum = 0;
        team.Run(10, chunk => Interlocked.Add(ref sum, chunk));
        Assert.Equal(45, sum);
    }

    [Fact]
    public void A_run_allocates_nothing()
    {
        using ThreadTeam team = new(2);
        Action<int> work = _ => { };
        team.Run(10, work);
        // The runtime itself may allocate once, when a lock is first contended; what a run allocates, every series shows.
        long least = long.MaxValue;
        for (int series = 0; series < 5; series++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int round = 0; round < 100; round++)
                team.Run(10, work);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        Assert.Equal(0, least);
    }
}
