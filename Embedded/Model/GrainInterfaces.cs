namespace Orleans.Runtime
{
    /// <summary>Something that grain calls can be sent to.</summary>
    public interface IAddressable;
}

namespace Orleans
{
    public interface IGrain : Runtime.IAddressable;

    public interface IGrainWithStringKey : IGrain;

    public interface IGrainWithIntegerKey : IGrain;

    /// <summary>Makes references to grains. A reference is made without any call: grains exist when they are asked.</summary>
    public interface IGrainFactory
    {
        TGrainInterface GetGrain<TGrainInterface>(string primaryKey)
            where TGrainInterface : IGrainWithStringKey;

        TGrainInterface GetGrain<TGrainInterface>(long primaryKey)
            where TGrainInterface : IGrainWithIntegerKey;
    }
}
