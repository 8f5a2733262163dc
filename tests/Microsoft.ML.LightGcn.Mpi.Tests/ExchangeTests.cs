using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Mpi.Tests;

public sealed class ExchangeTests
{
    [Theory]
    [InlineData(112, 2, new[] { 0, 48, 112 })]
    [InlineData(112, 3, new[] { 0, 32, 64, 112 })]
    [InlineData(40, 3, new[] { 0, 16, 32, 40 })]
    [InlineData(20, 4, new[] { 0, 5, 10, 15, 20 })]
    [InlineData(3, 3, new[] { 0, 1, 2, 3 })]
    [InlineData(7, 1, new[] { 0, 7 })]
    public void Columns_are_cut_at_whole_lines_where_there_are_enough(int dimension, int count, int[] starts)
    {
        ColumnLayout columns = new(dimension, count);
        Assert.Equal(starts[..^1], Enumerable.Range(0, count).Select(columns.First));
        Assert.Equal(Enumerable.Range(0, count).Select(rank => starts[rank + 1] - starts[rank]), Enumerable.Range(0, count).Select(columns.Count));
    }

    [Theory]
    [InlineData(3, 40)]
    [InlineData(4, 7)]
    public void Rows_come_from_columns_and_go_back(int count, int dimension)
    {
        ColumnLayout columns = new(dimension, count);
        int[] counts = [.. Enumerable.Range(0, count).Select(rank => rank == 1 ? 0 : 5 + 300 * rank)];
        int[] rows = [.. Enumerable.Range(0, counts.Sum()).Select(n => n * 7 % 50)];
        ThreadProcesses.RunAll(count, group =>
        {
            using ThreadTeam team = new(2);
            ColumnExchange exchange = new(group, columns, team);
            int first = columns.First(group.Rank), width = columns.Count(group.Rank);
            Matrix own = new(50, width);
            for (int row = 0; row < 50; row++)
            {
                for (int k = 0; k < width; k++)
                    own.Row(row)[k] = Value(row, first + k);
            }
            Matrix whole = new(Math.Max(1, counts[group.Rank]), dimension);
            exchange.ToRows(own, rows, counts, whole);
            int start = counts.Take(group.Rank).Sum();
            for (int n = 0; n < counts[group.Rank]; n++)
            {
                for (int k = 0; k < dimension; k++)
                    Assert.Equal(Value(rows[start + n], k), whole.Row(n)[k]);
            }
            Matrix back = new(rows.Length, width);
            exchange.ToColumns(n => whole.Row(n), counts, back);
            for (int n = 0; n < rows.Length; n++)
            {
                for (int k = 0; k < width; k++)
                    Assert.Equal(Value(rows[n], first + k), back.Row(n)[k]);
            }
            // All that others get of its columns, and of its rows; and what it gets of theirs.
            long expected = sizeof(float) * ((long)(rows.Length - counts[group.Rank]) * width + (long)counts[group.Rank] * (dimension - width));
            Assert.Equal((expected, expected), (group.BytesSent, group.BytesReceived));
            return 0;
        });
    }

    [Fact]
    public void Values_and_texts_are_gathered_in_order()
    {
        ThreadProcesses.RunAll(3, group =>
        {
            Assert.Equal([0.5, 1.5, 2.5], group.GatherValues(group.Rank + 0.5));
            Assert.Equal(["", "é1", "é2"], group.GatherTexts(group.Rank == 0 ? "" : $"é{group.Rank}"));
            Assert.True(group.Any(group.Rank == 2));
            Assert.False(group.Any(false));
            Assert.Equal(10, group.OfFirst(group.Rank + 10));
            float[] sums = [1, group.Rank];
            group.AddUp(sums);
            Assert.Equal([3, 3], sums);
            Assert.Equal([(0, 3), (3, 6), (6, 10)], Enumerable.Range(0, 3).Select(rank => group.ShareOf(10, rank)));
            return 0;
        });
    }

    [Fact]
    public void Launchers_are_known_by_the_environment()
    {
        Assert.Equal(("Open MPI's mpirun", 4), Find("OMPI_COMM_WORLD_SIZE=4", "PMIX_RANK=1"));
        Assert.Equal(4, Find("PMI_SIZE=4", "PMI_RANK=0").Count);
        Assert.Equal(("a launcher with PMIx", 8), Find("PMIX_RANK=3", "SLURM_NTASKS=8"));
        Assert.Equal(("a launcher of MPICH's kind", null), Find("PMI_RANK=3"));
        Assert.Contains("mpirun -n 4 dotnet app.dll", Assert.Throws<InvalidOperationException>(() => Find("HOME=/root")).Message, StringComparison.Ordinal);

        static (string Name, int? Count) Find(params string[] variables)
        {
            MpiLauncher launcher = MpiLauncher.Find(name => variables.FirstOrDefault(variable => variable.StartsWith($"{name}=", StringComparison.Ordinal))?[(name.Length + 1)..]);
            return (launcher.Name, launcher.ProcessCount);
        }
    }

    private static float Value(int row, int column) => row + column / 1000f;
}
