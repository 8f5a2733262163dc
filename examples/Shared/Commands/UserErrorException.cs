namespace LightGcn.Examples;

/// <summary>A mistake in what a program was given. Its message is for whoever started the program, and says all there is to say.</summary>
public sealed class UserErrorException : Exception
{
    /// <param name="message">The option, what was expected and what was found.</param>
    /// <param name="reason">The error behind it.</param>
    public UserErrorException(string message, Exception? reason = null)
        : base(message, reason)
    {
    }
}
