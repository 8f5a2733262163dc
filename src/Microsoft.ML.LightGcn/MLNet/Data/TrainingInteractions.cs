using Microsoft.ML.Data;
using Microsoft.ML.LightGcn.Graphs;
using Microsoft.ML.LightGcn.Models;

namespace Microsoft.ML.LightGcn.MLNet.Data;

/// <summary>What every trainer starts from.</summary>
/// <param name="Graph">The interactions.</param>
/// <param name="Users">The ids of the users.</param>
/// <param name="Items">The ids of the items.</param>
/// <param name="UserColumn">The user column.</param>
/// <param name="ItemColumn">The item column.</param>
internal sealed record TrainingInteractions(
    BipartiteGraph Graph, Vocabulary Users, Vocabulary Items, DataViewSchema.Column UserColumn, DataViewSchema.Column ItemColumn);
