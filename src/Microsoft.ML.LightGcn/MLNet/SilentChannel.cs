using Microsoft.ML.Runtime;

namespace Microsoft.ML.LightGcn.MLNet;

/// <summary>A log that nobody reads: of processes that train together only the first writes one.</summary>
internal sealed class SilentChannel(IExceptionContext context) : IChannel
{
    public string ContextDescription => context.ContextDescription;

    public TException Process<TException>(TException ex)
        where TException : Exception => context.Process(ex);

    public void Send(ChannelMessage msg)
    {
    }

    public void Trace(MessageSensitivity sensitivity, string fmt, params object[] args)
    {
    }

    public void Error(MessageSensitivity sensitivity, string fmt, params object[] args)
    {
    }

    public void Warning(MessageSensitivity sensitivity, string fmt, params object[] args)
    {
    }

    public void Info(MessageSensitivity sensitivity, string fmt, params object[] args)
    {
    }

    public void Trace(MessageSensitivity sensitivity, string fmt)
    {
    }

    public void Error(MessageSensitivity sensitivity, string fmt)
    {
    }

    public void Warning(MessageSensitivity sensitivity, string fmt)
    {
    }

    public void Info(MessageSensitivity sensitivity, string fmt)
    {
    }

    public void Dispose()
    {
    }
}
