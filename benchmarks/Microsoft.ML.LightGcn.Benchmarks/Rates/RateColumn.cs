using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace Microsoft.ML.LightGcn.Benchmarks;

/// <summary>Work a second, from the work that an operation states by a <see cref="WorkAttribute"/> and its mean time.</summary>
internal sealed class RateColumn(WorkUnit unit, string name, string legend, double scale) : IColumn
{
    private const double NanosecondsPerSecond = 1e9;

    public static IColumn[] All { get; } =
    [
        new RateColumn(WorkUnit.Bytes, "GB/s", "10^9 bytes of table rows gathered, or of memory streamed, a second of mean time", 1e9),
        new RateColumn(WorkUnit.Operations, "GFLOP/s", "10^9 multiplications and additions a second of mean time", 1e9),
        new RateColumn(WorkUnit.Rows, "Mrows/s", "10^6 rows a second of mean time", 1e6),
    ];

    public string Id => nameof(RateColumn) + "." + unit;

    public string ColumnName => name;

    public string Legend => legend;

    public bool AlwaysShow => false;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => (int)unit;

    public bool IsNumeric => true;

    // Time units and sizes of the summary do not apply to a rate.
    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(benchmark => Work(benchmark) is not null);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) =>
        Work(benchmarkCase) is { } work && summary[benchmarkCase]?.ResultStatistics is { } statistics
            ? (work.PerOperation(benchmarkCase.Parameters) / statistics.Mean * NanosecondsPerSecond / scale).ToString("F2", CultureInfo.InvariantCulture)
            : "-";

    private WorkAttribute? Work(BenchmarkCase benchmark) =>
        benchmark.Descriptor.WorkloadMethod.GetCustomAttribute<WorkAttribute>() is { } work && work.Unit == unit ? work : null;
}
