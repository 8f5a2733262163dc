namespace Microsoft.ML.LightGcn.Tests;
