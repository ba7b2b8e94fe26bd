package kinema.eval;

import kinema.nn.Linear;
import kinema.tensor.Scopes;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Names what a close-up shows. Axes: B close-ups, K subjects. Immutable. */
final class SpriteClassifier {
    private static final long[] QUADRANTS = {2, 2};

    private final ConvBlock stem;
    private final ConvBlock fine;
    private final ConvBlock toCoarse;
    private final ConvBlock coarse;
    private final ConvBlock features;
    private final Linear names;

    SpriteClassifier(Weights w, long subjects) {
        stem = new ConvBlock(w.at("stem"), CloseUp.CHANNELS, 16, 5, 2);
        fine = new ConvBlock(w.at("fine"), 16, 32, 3, 1);
        toCoarse = new ConvBlock(w.at("to_coarse"), 32, 64, 3, 2);
        coarse = new ConvBlock(w.at("coarse"), 64, 64, 3, 1);
        features = new ConvBlock(w.at("features"), 64, 96, 3, 2);
        names = new Linear(w.at("names"), 96 * 4, subjects);
    }

    /** (B, 4, 32, 32) to logits (B, K). */
    Tensor forward(Tensor closeUps) {
        return Scopes.keep(() -> {
            Tensor x = fine.forward(stem.forward(closeUps)); // (B, 32, 16, 16)
            x = coarse.forward(toCoarse.forward(x)); // (B, 64, 8, 8)
            x = features.forward(x); // (B, 96, 4, 4)
            x = torch.adaptive_avg_pool2d(x, QUADRANTS); // (B, 96, 2, 2)
            return names.forward(x.flatten(1, 3)); // (B, K)
        });
    }
}
