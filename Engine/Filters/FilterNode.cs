namespace JadeVector.Engine.Filters;

/// <summary>A part of a parsed filter.</summary>
internal abstract class FilterNode
{
    internal abstract bool Matches(ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> id);
}

/// <summary>Every part holds; true without parts.</summary>
internal sealed class AllOf(FilterNode[] parts) : FilterNode
{
    internal FilterNode[] Parts => parts;

    internal override bool Matches(ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> id)
    {
        foreach (var part in parts)
            if (!part.Matches(metadata, id)) return false;
        return true;
    }
}

/// <summary>At least one part holds; false without parts.</summary>
internal sealed class AnyOf(FilterNode[] parts) : FilterNode
{
    internal FilterNode[] Parts => parts;

    internal override bool Matches(ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> id)
    {
        foreach (var part in parts)
            if (part.Matches(metadata, id)) return true;
        return false;
    }
}

internal sealed class NotOf(FilterNode part) : FilterNode
{
    internal FilterNode Part => part;

    internal override bool Matches(ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> id) => !part.Matches(metadata, id);
}

/// <summary>Some value of a metadata field passes a test.</summary>
internal sealed class FieldCondition(FieldPath path, ValueTest test) : FilterNode
{
    internal FieldPath Path => path;

    internal ValueTest Test => test;

    internal override bool Matches(ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> id) => path.AnyValue(metadata, test);
}

/// <summary>The id passes a test.</summary>
internal sealed class IdCondition(ValueTest test) : FilterNode
{
    internal ValueTest Test => test;

    internal override bool Matches(ReadOnlySpan<byte> metadata, ReadOnlySpan<byte> id) =>
        test.NeedsOnlyPresence || test.Passes(Scalar.OfText(id), insideArray: false);
}
