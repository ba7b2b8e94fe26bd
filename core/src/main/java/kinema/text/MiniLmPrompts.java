package kinema.text;

import kinema.memory.Meter;
import kinema.memory.Network;
import kinema.tensor.Residency;
import kinema.tensor.Tensors;
import kinema.weights.OnDemand;
import kinema.weights.Placement;
import kinema.weights.WeightTally;
import kinema.weights.Weights;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Prompts through MiniLM. */
record MiniLmPrompts() implements PromptEncoder {
    @Override
    public OpenEncoder open(Placement placement) {
        OnnxWeights weights = MiniLmEncoder.weights();
        return OpenEncoder.of(
                new OnDemand.Always<>(new MiniLmEncoder(new Weights(weights))),
                (network, ids, used) -> network.forward(ids), // (B, L, C)
                weights::close);
    }

    @Override
    public long width() {
        return MiniLmEncoder.WIDTH;
    }

    @Override
    public String source() {
        return "MiniLM, which comes with the program";
    }

    @Override
    public boolean isThere() {
        return true;
    }

    @Override
    public Network network(Placement placement) {
        return Network.ofEachUse(
                WeightTally.of(MiniLmEncoder::new, leaf -> leaf.count() * Float.BYTES), Residency.RESIDENT);
    }

    @Override
    public long work(Placement placement, int texts, int length) {
        return Meter.dryRun(
                MiniLmEncoder::new,
                ScalarType.Float,
                network -> network.forward(Tensors.zeros(ScalarType.Long, texts, length)));
    }
}
