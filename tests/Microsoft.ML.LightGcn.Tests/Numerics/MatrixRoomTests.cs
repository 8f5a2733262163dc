using Microsoft.ML.LightGcn.Numerics;

namespace Microsoft.ML.LightGcn.Tests.Numerics;

public sealed class MatrixRoomTests
{
    [Fact]
    public unsafe void Matrices_lie_side_by_side_aligned_and_zero_whatever_was_there_before()
    {
        MatrixRoom room = new(5 * 16 + 7 * 32 + MatrixRoom.Rounding);
        for (int turn = 0; turn < 2; turn++)
        {
            Matrix first = room.Take(5, 3), second = room.Take(7, 30);
            Assert.Equal(0, (nint)first.Pointer % 128);
            Assert.Equal(0, (nint)second.Pointer % 128);
            // Five rows of 16 floats end in the middle of a pair of cache lines.
            Assert.Equal(96, second.Pointer - first.Pointer);
            Assert.All(first.Padded.ToArray(), value => Assert.Equal(0, value));
            Assert.All(second.Padded.ToArray(), value => Assert.Equal(0, value));
            first.Padded.Fill(1);
            second.Padded.Fill(2);
            Assert.All(first.Padded.ToArray(), value => Assert.Equal(1, value));
            Assert.All(second.Row(6).ToArray(), value => Assert.Equal(2, value));
            room.Clear();
        }
    }

    [Fact]
    public void A_matrix_that_finds_no_room_has_memory_of_its_own()
    {
        MatrixRoom room = new(64);
        Matrix inside = room.Take(4, 16), outside = room.Take(1, 16);
        outside.Padded.Fill(3);
        Assert.All(inside.Padded.ToArray(), value => Assert.Equal(0, value));
        Matrix withoutRoom = Matrix.In(null, 2, 2);
        Assert.Equal((2, 2, 16), (withoutRoom.RowCount, withoutRoom.ColumnCount, withoutRoom.Stride));
    }

    [Fact]
    public void A_matrix_does_not_reach_beyond_the_memory_of_another()
    {
        Matrix memory = new(4, 16);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Matrix(memory, 32, 3, 16));
    }
}
