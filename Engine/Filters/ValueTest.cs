using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace JadeVector.Engine.Filters;

/// <summary>What a condition asks of one value of a field.</summary>
internal abstract class ValueTest
{
    /// <summary>Whether it is enough that the field is there, whatever its value.</summary>
    internal virtual bool NeedsOnlyPresence => false;

    /// <param name="insideArray">The value is an element of the field's array.</param>
    internal abstract bool Passes(Scalar value, bool insideArray);
}

internal sealed class IsPresent : ValueTest
{
    internal override bool NeedsOnlyPresence => true;

    internal override bool Passes(Scalar value, bool insideArray) => true;
}

internal sealed class IsEqualTo(Constant constant) : ValueTest
{
    internal Constant Constant => constant;

    internal override bool Passes(Scalar value, bool insideArray) => ScalarOrder.AreEqual(value, constant);
}

internal enum Bound
{
    Above,
    AtLeast,
    Below,
    AtMost,
}

internal sealed class IsWithin(Bound bound, Constant constant) : ValueTest
{
    internal Bound Bound => bound;

    internal Constant Limit => constant;

    internal override bool Passes(Scalar value, bool insideArray)
    {
        if (!ScalarOrder.AreOfOneType(value.Kind, constant.Kind)) return false;
        var order = ScalarOrder.Compare(value, Scalar.Of(constant));
        return bound switch
        {
            Bound.Above => order > 0,
            Bound.AtLeast => order >= 0,
            Bound.Below => order < 0,
            _ => order <= 0,
        };
    }
}

internal sealed class IsOneOf : ValueTest
{
    private readonly Constant[] _sorted;

    internal ReadOnlySpan<Constant> Constants => _sorted;

    internal IsOneOf(IEnumerable<Constant> constants)
    {
        _sorted = [.. constants];
        Array.Sort(_sorted, static (a, b) => ScalarOrder.Compare(Scalar.Of(a), Scalar.Of(b)));
    }

    internal override bool Passes(Scalar value, bool insideArray)
    {
        int low = 0, high = _sorted.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) / 2;
            var order = ScalarOrder.Compare(value, Scalar.Of(_sorted[middle]));
            if (order == 0) return true;
            if (order < 0) high = middle - 1;
            else low = middle + 1;
        }

        return false;
    }
}

/// <summary>An element of an array equals the constant, or a string outside an array has it as a part.</summary>
internal sealed class Contains(Constant constant) : ValueTest
{
    internal Constant Constant => constant;

    internal override bool Passes(Scalar value, bool insideArray)
    {
        if (insideArray) return ScalarOrder.AreEqual(value, constant);
        return value.Kind == ScalarKind.Text && constant.Kind == ScalarKind.Text && value.Text.IndexOf(constant.Text) >= 0;
    }
}

/// <summary>The expression is found somewhere in the string. Its engine takes time linear in the string's length.</summary>
internal sealed class IsMatch(Regex regex) : ValueTest
{
    private const int StackBufferChars = 256;

    internal override bool Passes(Scalar value, bool insideArray)
    {
        if (value.Kind != ScalarKind.Text) return false;
        if (value.Text.Length <= StackBufferChars)
        {
            Span<char> buffer = stackalloc char[StackBufferChars];
            return regex.IsMatch(buffer[..Encoding.UTF8.GetChars(value.Text, buffer)]);
        }

        var rented = ArrayPool<char>.Shared.Rent(value.Text.Length);   // never more UTF-16 units than UTF-8 bytes
        try
        {
            return regex.IsMatch(rented.AsSpan(0, Encoding.UTF8.GetChars(value.Text, rented)));
        }
        finally
        {
            ArrayPool<char>.Shared.Return(rented);
        }
    }
}
