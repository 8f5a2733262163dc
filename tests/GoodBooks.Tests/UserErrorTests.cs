using System.CommandLine;
using LightGcn.Examples;

namespace GoodBooks.Tests;

/// <summary>What an exception of a command becomes.</summary>
public sealed class UserErrorTests
{
    [Fact]
    public void A_line_has_the_error_and_its_reasons_once_each()
    {
        Assert.Equal("one two", UserError.Line(new InvalidDataException(" one\r\n  two\n")));
        Assert.Equal("outer. inner.", UserError.Line(new HttpRequestException("outer.", new IOException("inner."))));
        Assert.Equal("outer: inner.", UserError.Line(new InvalidDataException("outer: inner.", new IOException("inner."))));
        Assert.Equal("no parameter", UserError.Line(new ArgumentException("no parameter", "path")));
        Assert.Equal("first", UserError.Line(new AggregateException(new IOException("first"), new IOException("second"))));
    }

    [Fact]
    public async Task A_fault_of_the_program_keeps_its_stack_trace()
    {
        RootCommand command = new();
        command.SetAction(new Action<ParseResult>(_ => throw new KeyNotFoundException("fault")));
        await Assert.ThrowsAsync<KeyNotFoundException>(() => CommandProgram.RunAsync(command, [], cancellationToken: TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(typeof(IOException), 1)]
    [InlineData(typeof(OutOfMemoryException), 1)]
    [InlineData(typeof(OperationCanceledException), 130)]
    public async Task Others_are_a_line_and_an_exit_code(Type type, int exit)
    {
        RootCommand command = new();
        command.SetAction(new Action<ParseResult>(_ => throw (Exception)Activator.CreateInstance(type)!));
        using StringWriter error = new();
        Assert.Equal(exit, await CommandProgram.RunAsync(command, [], new() { Error = error }, TestContext.Current.CancellationToken));
        Assert.Single(error.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void An_error_of_an_option_names_it()
    {
        UserErrorException error = Assert.Throws<UserErrorException>(() => UserError.For("--data", () => throw new InvalidDataException("expected rows, found none.")));
        Assert.Equal("--data: expected rows, found none.", error.Message);
        Assert.Throws<KeyNotFoundException>(() => UserError.For("--data", () => throw new KeyNotFoundException()));
    }
}
