using Microsoft.ML;
using Microsoft.ML.LightGcn;
using Microsoft.ML.LightGcn.Hosting;

namespace LightGcn.Examples;

/// <summary>
/// Loads model files of both kinds: this library's own, which start from keys, and those that ML.NET saved, after a look at their parts. ML.NET takes every table into memory whole, whatever is at its end, and
/// says of what it can't load that a constructor failed: here a part that is longer than it says is refused unread, and an error says its cause.
/// </summary>
/// <remarks>A model file can have code run (SECURITY.md). This guards against damage, not against files of strangers.</remarks>
public static class ModelFile
{
    /// <summary>Loads a model from a file. One of this library's own stays in it, mapped into memory: it must not be changed while the model is in use.</summary>
    /// <param name="ml">The context.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is damaged or no model, or needs an assembly that is not there; the message names the file and the cause.</exception>
    public static ITransformer Load(MLContext ml, string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (SavedFile.IsOwn(file))
            return ml.Model.LoadRecommendationModel(path, ModelVerification.BeforeUse);
        try
        {
            return Load(ml, file);
        }
        catch (InvalidDataException reason)
        {
            throw new InvalidDataException($"{path}: {reason.Message}", reason.InnerException);
        }
    }

    /// <summary>
    /// Loads a model from a stream that can seek. One of this library's own is copied to a temporary file and mapped there, so that whatever becomes
    /// of the original does not matter.
    /// </summary>
    /// <param name="ml">The context.</param>
    /// <param name="file">The model file, from its start.</param>
    /// <exception cref="InvalidDataException">As for a path; the message names the cause.</exception>
    public static ITransformer Load(MLContext ml, Stream file)
    {
        ArgumentNullException.ThrowIfNull(ml);
        ArgumentNullException.ThrowIfNull(file);
        long start = file.Position;
        if (SavedFile.IsOwn(file))
            return LoadCopy(ml, file);
        try
        {
            SavedFile.CheckParts(file);
            file.Position = start;
            return ml.Model.Load(file, out _);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // ML.NET makes steps by reflection: the cause is the innermost error.
            throw new InvalidDataException($"expected a model that ML.NET saved, found one that can't be loaded: {error.GetBaseException().Message}", error);
        }
    }

    private static ITransformer LoadCopy(MLContext ml, Stream file)
    {
        string copy = Path.GetTempFileName();
        try
        {
            using (FileStream target = new(copy, FileMode.Create, FileAccess.Write))
                file.CopyTo(target);
            return ml.Model.LoadRecommendationModel(copy, ModelVerification.BeforeUse);
        }
        finally
        {
            try
            {
                // What is mapped stays, except on Windows, which does not let go of the name before.
                File.Delete(copy);
            }
            catch (Exception inUse) when (OperatingSystem.IsWindows() && inUse is IOException or UnauthorizedAccessException)
            {
            }
        }
    }
}
