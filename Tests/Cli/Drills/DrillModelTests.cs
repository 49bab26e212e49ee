using JadeVector.Cli.Drills;
using JadeVector.Client;
using Xunit;

namespace JadeVector.Tests.Cli.Drills;

public sealed class DrillModelTests
{
    private readonly DrillModel _model = new();

    [Fact]
    public void An_acknowledged_write_must_be_there()
    {
        Write("a", 1);
        Assert.Null(_model.Observe("a", 1));
        Assert.Equal("a is absent where revision 1 is expected", _model.Observe("a", DrillVectors.Absent));
        Assert.Equal("a is revision 2 where revision 1 is expected", _model.Observe("a", 2));
    }

    [Fact]
    public void An_acknowledged_delete_must_be_gone()
    {
        Write("a", 1);
        Write("a", DrillVectors.Absent);
        Assert.Null(_model.Observe("a", DrillVectors.Absent));
        Assert.Equal("a is revision 1 where absent is expected", _model.Observe("a", 1));
    }

    [Fact]
    public void An_unanswered_write_may_be_there_or_not()
    {
        Write("a", 1);
        _model.Ask("a", 2);
        Assert.Equal((1, null), (_model.InDoubtCount, _model.CertainRevision("a")));
        Assert.Null(_model.Observe("a", 1));
        Assert.Equal("a is revision 3 where revision 1 or revision 2 is expected", _model.Observe("a", 3));
        Assert.Null(_model.Observe("a", 2));
    }

    [Fact]
    public void What_was_shown_once_must_stay()
    {
        Write("a", 1);
        _model.Ask("a", 2);
        Assert.Null(_model.Observe("a", 2));
        Assert.Equal("a is revision 1 where revision 2 is expected", _model.Observe("a", 1));
        _model.Acknowledge("a");
        Assert.Equal(2, _model.CertainRevision("a"));
    }

    [Fact]
    public void An_id_that_nobody_wrote_must_not_be_there()
    {
        Assert.Null(_model.Observe("x", DrillVectors.Absent));
        Assert.Equal("x has revision 5, and nobody wrote it", _model.Observe("x", 5));
    }

    [Fact]
    public void A_vector_is_recognised_only_whole()
    {
        var input = DrillVectors.Input("a", 7);
        var stored = new StoredVector { Id = "a", Values = input.Values, Metadata = input.Metadata };
        Assert.Equal(7, DrillVectors.RevisionOf(stored));
        Assert.Null(DrillVectors.RevisionOf(stored with { Id = "b" }));
        Assert.Null(DrillVectors.RevisionOf(stored with { Metadata = null }));
        Assert.Null(DrillVectors.RevisionOf(stored with { Values = null }));
        Assert.Null(DrillVectors.RevisionOf(stored with { Values = [.. input.Values!.Reverse()] }));
        Assert.Null(DrillVectors.RevisionOf(stored with { Metadata = DrillVectors.Input("a", 8).Metadata }));
    }

    private void Write(string id, long revision)
    {
        _model.Ask(id, revision);
        _model.Acknowledge(id);
    }
}
