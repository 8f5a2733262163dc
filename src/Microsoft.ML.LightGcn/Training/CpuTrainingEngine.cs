using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>The managed engine: SIMD kernels on the processor's own threads, no native library.</summary>
/// <remarks>
/// Memory: the graph, five tables of nodes x dimension floats (embeddings, propagated embeddings, scratch and
/// Adam's two moments), and 2 rows for each node that a batch touches.
/// </remarks>
internal sealed class CpuTrainingEngine : TrainingEngine
{
    public override string Name => "cpu";

    internal override ITrainingSession Start(TrainingPlan plan, Matrix embeddings) => new Session(plan, embeddings);

    private sealed class Session : ITrainingSession
    {
        private readonly TrainingPlan _plan;
        private readonly ThreadTeam _team;
        private readonly Matrix _embeddings, _propagated, _firstMoment, _secondMoment;
        private readonly Propagation _propagation;
        private readonly BatchGradient _gradient;
        private readonly BatchLoss _batch;
        private readonly ItemScale? _itemScale;
        private readonly Action<int, int> _updateRows;
        private Adam.Step _step;

        public Session(TrainingPlan plan, Matrix embeddings)
        {
            _plan = plan;
            TrainingSettings settings = plan.Settings;
            int nodes = plan.Layout.NodeCount, dimension = settings.EmbeddingDimension;
            _embeddings = embeddings;
            _propagated = new Matrix(nodes, dimension);
            _firstMoment = new Matrix(nodes, dimension);
            _secondMoment = new Matrix(nodes, dimension);
            _team = new ThreadTeam(settings.ThreadCount);
            try
            {
                _propagation = new Propagation(plan.Graph, settings.LayerWeights, new Matrix(nodes, dimension), _team, settings.PropagationPrecision);
                (_batch, _gradient) = BatchLoss.Create(plan, _team);
                _itemScale = ItemScale.Create(plan.Graph, settings.Objective);
                _updateRows = UpdateRows;
            }
            catch
            {
                _team.Dispose();
                throw;
            }
        }

        public long RunSteps(long first, long count, ref double lossSum, CancellationToken stop)
        {
            for (long ran = 0; ran < count; ran++)
            {
                if (stop.IsCancellationRequested)
                    return ran;
                (long sample, int samples) = _plan.SamplesOf(first + ran);
                _batch.Draw(sample, samples);
                _propagation.Forward(_embeddings, _propagated, _gradient);
                lossSum += _batch.Compute(_embeddings, _propagated);
                _step = _plan.AdamStep(first + ran);
                // The propagated embeddings are no longer needed: their table takes the gradient.
                _propagation.Backward(_gradient, _propagated, _updateRows);
            }
            return count;
        }

        public IItemScorer Propagate()
        {
            _propagation.Forward(_embeddings, _propagated);
            _itemScale?.Apply(_propagated, _plan.Layout);
            return new FactorScorer(_propagated, _plan.Layout);
        }

        public void ReadRows(TrainingTable table, int firstNode, Span<float> rows)
        {
            Matrix source = TableOf(table);
            int dimension = source.ColumnCount;
            for (int row = 0; row < rows.Length / dimension; row++)
                source.Row(firstNode + row).CopyTo(rows[(row * dimension)..]);
        }

        public void WriteRows(TrainingTable table, int firstNode, ReadOnlySpan<float> rows)
        {
            Matrix target = TableOf(table);
            int dimension = target.ColumnCount;
            for (int row = 0; row < rows.Length / dimension; row++)
                rows.Slice(row * dimension, dimension).CopyTo(target.Row(firstNode + row));
        }

        public void Dispose() => _team.Dispose();

        private Matrix TableOf(TrainingTable table) => table switch
        {
            TrainingTable.Embeddings => _embeddings,
            TrainingTable.FirstMoment => _firstMoment,
            TrainingTable.SecondMoment => _secondMoment,
            _ => _propagated,
        };

        /// <summary>Adam on a chunk of nodes whose layer-0 gradient has just been written.</summary>
        private void UpdateRows(int start, int end)
        {
            if (_gradient.BaseRows is { } baseRows)
            {
                ReadOnlySpan<int> slotOf = _gradient.SlotOf;
                for (int node = start; node < end; node++)
                {
                    if (slotOf[node] >= 0)
                        TensorPrimitives.Add(_propagated.Row(node), baseRows.Row(slotOf[node]), _propagated.Row(node));
                }
            }
            int count = end - start;
            Adam.Update(
                _embeddings.PaddedRows(start, count),
                _propagated.PaddedRows(start, count),
                _firstMoment.PaddedRows(start, count),
                _secondMoment.PaddedRows(start, count),
                _step);
        }
    }
}
