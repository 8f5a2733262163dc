using System.Numerics.Tensors;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;
using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Training;

/// <summary>The managed engine: SIMD kernels on the processor's own threads, no native library.</summary>
/// <remarks>
/// Memory: the graph, five tables of nodes x dimension floats (embeddings, propagated embeddings, scratch and
/// Adam's two moments), a sixth once a best epoch is kept, and 2 rows for each node that a batch touches.
/// </remarks>
internal sealed class CpuTrainingEngine : ITrainingEngine
{
    public string Name => "cpu";

    public bool SupportsRelations => true;

    public ITrainingSession Start(TrainingPlan plan) => new Session(plan);

    private sealed class Session : IResumableTrainingSession
    {
        private readonly TrainingPlan _plan;
        private readonly ThreadTeam _team;
        private readonly Matrix _embeddings, _propagated, _firstMoment, _secondMoment;
        private readonly Propagation _propagation;
        private readonly BatchGradient _gradient;
        private readonly BatchLoss _batch;
        private readonly ItemScale? _itemScale;
        private readonly Action<int, int> _updateRows;
        private Matrix? _best;
        private Adam.Step _step;
        private long _stepCount;
        private double _lossSum;

        public Session(TrainingPlan plan)
        {
            _plan = plan;
            LightGcnTrainer.Options options = plan.Options;
            int nodes = plan.NodeCount, dimension = options.EmbeddingDimension;
            // First, while nothing else is there: a spectral start takes tables of its own.
            _embeddings = new Matrix(nodes, dimension);
            plan.InitializeEmbeddings(node => _embeddings.Row(node));
            _propagated = new Matrix(nodes, dimension);
            _firstMoment = new Matrix(nodes, dimension);
            _secondMoment = new Matrix(nodes, dimension);
            _team = new ThreadTeam(plan.ThreadCount);
            _propagation = new Propagation(plan.PropagationGraph, [.. plan.LayerWeights], new Matrix(nodes, dimension), _team, options.PropagationPrecision);
            (_batch, _gradient) = BatchLoss.Create(plan, _team);
            _itemScale = ItemScale.Create(plan.PropagationGraph, options.Objective);
            _updateRows = UpdateRows;
        }

        public double RunEpoch(int epoch, CancellationToken cancellationToken)
        {
            int batchSize = _plan.BatchSize;
            long firstStep = epoch * _plan.StepsPerEpoch, firstSample = epoch * _plan.SamplesPerEpoch, end = firstSample + _plan.SamplesPerEpoch;
            if (_stepCount == firstStep)
                _lossSum = 0;
            while (_stepCount < firstStep + _plan.StepsPerEpoch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                long sample = firstSample + (_stepCount - firstStep) * batchSize;
                _batch.Draw(sample, (int)Math.Min(batchSize, end - sample));
                _propagation.Forward(_embeddings, _propagated, _gradient);
                _lossSum += _batch.Compute(_embeddings, _propagated);
                _step = new Adam.Step(_stepCount + 1, _plan.LearningRateAt(_stepCount), _plan.Options.WeightDecay);
                _stepCount++;
                // The propagated embeddings are no longer needed: their table takes the gradient.
                _propagation.Backward(_gradient, _propagated, _updateRows);
            }
            return _lossSum / _plan.StepsPerEpoch;
        }

        public IItemScorer GetScorer()
        {
            PropagateToScore(_embeddings);
            return new FactorScorer(_propagated, _plan.Graph.UserCount, _plan.Graph.ItemCount);
        }

        public void KeepBest()
        {
            _best ??= new Matrix(_embeddings.RowCount, _embeddings.ColumnCount);
            _embeddings.Padded.CopyTo(_best.Padded);
        }

        public TrainedEmbeddings GetEmbeddings()
        {
            Matrix final = _best ?? _embeddings;
            PropagateToScore(final);
            int users = _plan.Graph.UserCount, items = _plan.Graph.ItemCount;
            return new TrainedEmbeddings(_propagated.ToArray(0, users), _propagated.ToArray(users, items), final.ToArray(0, users), final.ToArray(users, items))
            {
                BaseAttributes = final.ToArray(users + items, _plan.NodeCount - users - items),
            };
        }

        public void SaveState(TrainingStateWriter writer)
        {
            writer.Write("steps", _stepCount);
            writer.Write("loss sum", _lossSum);
            writer.Write<float>("embeddings", _embeddings.Padded);
            writer.Write<float>("first moment", _firstMoment.Padded);
            writer.Write<float>("second moment", _secondMoment.Padded);
            writer.Write<float>("best embeddings", _best is null ? default : _best.Padded);
        }

        public void LoadState(TrainingStateReader reader)
        {
            _stepCount = reader.Read<long>("steps");
            _lossSum = reader.Read<double>("loss sum");
            reader.Read("embeddings", _embeddings.Padded);
            reader.Read("first moment", _firstMoment.Padded);
            reader.Read("second moment", _secondMoment.Padded);
            if (reader.Count("best embeddings") == 0)
                return;
            KeepBest();
            reader.Read("best embeddings", _best!.Padded);
        }

        public void Dispose() => _team.Dispose();

        /// <summary>The rows that the trained model scores with.</summary>
        private void PropagateToScore(Matrix embeddings)
        {
            _propagation.Forward(embeddings, _propagated);
            _itemScale?.Apply(_propagated, _plan.Graph.UserCount);
        }

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
            Adam.Update(_embeddings.PaddedRows(start, count), _propagated.PaddedRows(start, count), _firstMoment.PaddedRows(start, count), _secondMoment.PaddedRows(start, count), _step);
        }
    }
}
