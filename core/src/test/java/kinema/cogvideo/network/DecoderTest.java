package kinema.cogvideo.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import kinema.cogvideo.network.TextPrefix.Text;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import kinema.testing.RandomWeights;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Token by token against one pass, and what the two channels must and must not see. */
class DecoderTest {
    private static final BackboneConfig CONFIG = BackboneConfig.tiny();
    private static final int SLOTS = (int) CONFIG.frameTokens();
    private static final long START = 100; // the token that starts an image
    private static final double TOLERANCE = 2e-5;
    private static final long[] TEXT = {70, 71, 72, 73, 74};
    private static final long[] OTHER_TEXT = {80, 81, 82, 83, 84, 85, 86, 87};

    private static RandomWeights weights;
    private static BaseModel base;
    private static TemporalChannel channel;

    @BeforeAll
    static void makeNetworks() {
        torch.set_num_threads(1);
        weights = new RandomWeights(3);
        Weights root = new Weights(weights);
        base = new BaseModel(root.at("transformer"), CONFIG.base());
        channel = new TemporalChannel(root.at("mixins"), CONFIG);
    }

    @AfterAll
    static void free() {
        weights.close();
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void tokenByTokenEqualsOnePassAtEverySlot(Stage stage, TestReporter reporter) {
        Scopes.run(() -> {
            Tensor frames = frames(2, 5); // in the order of time
            Tensor expected = onePass(stage, frames, TEXT, OTHER_TEXT); // (2, 5, N, V)
            Tensor found = decode(new Decoder.Task(stage, START, false), frames, 0, TEXT, OTHER_TEXT);
            for (int rank = stage.given(); rank < BackboneConfig.FRAMES; rank++) {
                int time = stage.time(rank);
                for (int slot = 0; slot < SLOTS; slot++) {
                    Golden.Difference d = Golden.difference(
                            found.select(1, time).select(1, slot),
                            expected.select(1, time).select(1, slot));
                    assertThat(d.max())
                            .as("frame %s slot %s: %s", time, slot, d)
                            .isLessThanOrEqualTo(TOLERANCE);
                }
            }
            reporter.publishEntry(
                    "decoder " + stage,
                    Golden.difference(found.select(1, 1), expected.select(1, 1)).toString());
        });
    }

    /** In layers of odd number windows are cut off at the border; only the published sampler lets them go round. */
    @Test
    void windowsThatGoRoundTheBorderChangeTheNumbers() {
        Scopes.run(() -> {
            Tensor frames = frames(1, 5);
            Tensor cut = decode(new Decoder.Task(Stage.INTERPOLATION, START, false), frames, 0, TEXT);
            Tensor round = decode(new Decoder.Task(Stage.INTERPOLATION, START, true), frames, 0, TEXT);
            assertThat(Golden.difference(cut.select(1, 1), round.select(1, 1)).max())
                    .isGreaterThan(1e-3);
        });
    }

    @ParameterizedTest
    @EnumSource(Stage.class)
    void batchesEqualSequencesAlone(Stage stage) {
        Scopes.run(() -> {
            Tensor frames = frames(3, 5);
            Decoder.Task task = new Decoder.Task(stage, START, false);
            Tensor together = decode(task, frames, 1.4, TEXT, OTHER_TEXT, TEXT);
            for (int row = 0; row < 3; row++) {
                long[] text = row == 1 ? OTHER_TEXT : TEXT;
                Tensor alone = decode(task, frames.narrow(0, row, 1), 1.4, text);
                Golden.Difference d = Golden.difference(together.narrow(0, row, 1), alone);
                assertThat(d.max()).as("sequence %s: %s", row, d).isLessThanOrEqualTo(TOLERANCE);
            }
        });
    }

    @Test
    void theWeightOfTheTextChangesTheNumbers() {
        Scopes.run(() -> {
            Tensor frames = frames(1, 5);
            Decoder.Task task = new Decoder.Task(Stage.KEYFRAMES, START, false);
            Golden.Difference d = Golden.difference(decode(task, frames, 1.4, TEXT), decode(task, frames, 0, TEXT));
            assertThat(d.max()).isGreaterThan(1e-3);
        });
    }

    /** Without the temporal channel, and with a gate that is all open for the spatial one, stands the text-to-image model. */
    @Test
    void anOpenGateLeavesTheBaseAlone() {
        Scopes.run(() -> {
            Tensor tokens = frames(1, 1).select(1, 0); // (1, N)
            Tensor plain = firstFrame(new Backbone(CONFIG, base, null), tokens);
            List<Tensor> gates = weights.leaves().entrySet().stream()
                    .filter(e -> e.getKey().contains("attn_distribution"))
                    .map(Map.Entry::getValue)
                    .toList();
            List<Tensor> before = gates.stream().map(Tensor::clone).toList();
            assertThat(Golden.difference(firstFrame(new Backbone(CONFIG, base, channel), tokens), plain)
                            .max())
                    .isGreaterThan(1e-3);
            gates.forEach(gate -> gate.fill_(new Scalar(50.0)));
            Golden.Difference d = Golden.difference(firstFrame(new Backbone(CONFIG, base, channel), tokens), plain);
            for (int i = 0; i < gates.size(); i++) {
                gates.get(i).copy_(before.get(i));
            }
            assertThat(d.max()).as("%s", d).isLessThanOrEqualTo(TOLERANCE);
        });
    }

    /** What the text-to-image model is trained on is what it makes pictures with. */
    @Test
    void aPictureTokenByTokenEqualsOnePass(TestReporter reporter) {
        Scopes.run(() -> {
            Tensor picture = frames(1, 1); // (1, 1, N)
            Backbone backbone = new Backbone(CONFIG, base, null);
            Tensor text = Tensors.of(new long[] {0, 0, 70, 71, 72, 73, 74}, 1, 7);
            Tensor present = Tensors.of(new long[] {0, 0, 1, 1, 1, 1, 1}, 1, 7);
            try (OnePass pass = OnePass.ofPicture(CONFIG, START)) {
                Tensor found = backbone.logits(pass.forward(backbone, text, present, picture)); // (1, N, V)
                Golden.Difference d = Golden.difference(found, firstFrame(backbone, picture.select(1, 0)));
                reporter.publishEntry("picture", d.toString());
                assertThat(d.max()).as("%s", d).isLessThanOrEqualTo(TOLERANCE);
            }
        });
    }

    /** The start of the image stands where a frame's predecessor's last token would be: that token is nobody's input. */
    @ParameterizedTest
    @EnumSource(Stage.class)
    void theLastTokenOfAFrameIsNobodysInput(Stage stage) {
        Scopes.run(() -> {
            Tensor frames = frames(1, 5);
            Decoder.Task task = new Decoder.Task(stage, START, false);
            Tensor before = decode(task, frames, 0, TEXT);
            Tensor changed = frames.clone();
            changed.select(2, SLOTS - 1).fill_(new Scalar(1));
            Tensor after = decode(task, changed, 0, TEXT);
            assertThat(Tensors.floats(after)).isEqualTo(Tensors.floats(before));
        });
    }

    /** What a frame leaves in the cache does not depend on whether it was made token by token. */
    @Test
    void aRunThatGoesOnFromTokensHasTheSameBytes() {
        Scopes.run(() -> {
            Tensor frames = frames(2, 5);
            Decoder.Task task = new Decoder.Task(Stage.KEYFRAMES, START, false);
            Tensor all = decode(task, frames, 1.4, TEXT, OTHER_TEXT);
            Backbone backbone = new Backbone(CONFIG, base, channel);
            try (TextPrefix text = texts(1.4, TEXT, OTHER_TEXT);
                    Decoder decoder = new Decoder(backbone, task, text)) {
                for (int time = 0; time < 3; time++) {
                    decoder.append(frames.select(1, time));
                }
                Tensor found = steps(decoder, frames.select(1, 3));
                assertThat(Tensors.floats(found)).isEqualTo(Tensors.floats(all.select(1, 3)));
            }
        });
    }

    @Test
    void aWholeFrameTakesNoFurtherStep() {
        Scopes.run(() -> {
            Tensor frames = frames(1, 1);
            try (TextPrefix text = texts(0, TEXT);
                    Decoder decoder = new Decoder(
                            new Backbone(CONFIG, base, null), new Decoder.Task(Stage.KEYFRAMES, START, false), text)) {
                steps(decoder, frames.select(1, 0));
                assertThatThrownBy(() -> decoder.step(Tensors.of(new long[] {1}, 1)))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("frame 1 is whole");
            }
        });
    }

    @Test
    void nothingNativeIsLeft() {
        Scopes.run(() -> {
            Tensor frames = frames(1, 5);
            Decoder.Task task = new Decoder.Task(Stage.INTERPOLATION, START, false);
            decode(task, frames, 0, TEXT).close();
            long before = LivePointers.settled();
            decode(task, frames, 0, TEXT).close();
            assertThat(LivePointers.now()).isEqualTo(before);
        });
    }

    private static Tensor frames(int batch, int count) {
        try (Rng rng = new Rng(5)) {
            Tensor r =
                    rng.rand(batch, count, SLOTS).mul(new Scalar(CONFIG.base().imageTokens()));
            return r.to(ScalarType.Long);
        }
    }

    private static TextPrefix texts(double weight, long[]... texts) {
        return new TextPrefix(
                Arrays.stream(texts).map(ids -> new Text(ids, weight)).toList());
    }

    /** Logits of all frames, (B, T, N, V), zero for those that are given. */
    private static Tensor decode(Decoder.Task task, Tensor frames, double weight, long[]... texts) {
        return Scopes.keep(() -> {
            Backbone backbone = new Backbone(CONFIG, base, channel);
            Tensor all = Tensors.zeros(
                    ScalarType.Float,
                    texts.length,
                    BackboneConfig.FRAMES,
                    SLOTS,
                    CONFIG.base().imageTokens());
            try (TextPrefix text = texts(weight, texts);
                    Decoder decoder = new Decoder(backbone, task, text)) {
                Stage stage = task.stage();
                if (stage.given() > 0) {
                    Tensor[] given = new Tensor[stage.given()];
                    Arrays.setAll(given, rank -> frames.select(1, stage.time(rank)));
                    decoder.give(torch.stack(new TensorVector(given), 1));
                }
                for (int rank = stage.given(); rank < BackboneConfig.FRAMES; rank++) {
                    Tensor frame = frames.select(1, stage.time(rank)); // (B, N)
                    all.select(1, stage.time(rank)).copy_(steps(decoder, frame));
                    decoder.append(frame);
                }
            }
            return all;
        });
    }

    /** Logits of every slot of a frame whose tokens are known: (B, N, V). */
    private static Tensor steps(Decoder decoder, Tensor frame) {
        return Scopes.keep(() -> {
            List<Tensor> logits = new ArrayList<>();
            for (int slot = 0; slot < SLOTS; slot++) {
                logits.add(decoder.step(frame.select(1, Math.max(0, slot - 1))));
            }
            return torch.stack(new TensorVector(logits.toArray(Tensor[]::new)), 1);
        });
    }

    private static Tensor firstFrame(Backbone backbone, Tensor tokens) {
        return Scopes.keep(() -> {
            try (TextPrefix text = texts(0, TEXT);
                    Decoder decoder = new Decoder(backbone, new Decoder.Task(Stage.KEYFRAMES, START, false), text)) {
                return steps(decoder, tokens);
            }
        });
    }

    /** The same by one pass. */
    private static Tensor onePass(Stage stage, Tensor frames, long[]... texts) {
        return Scopes.keep(() -> {
            int length = (int) CONFIG.textTokens();
            long[] ids = new long[texts.length * length];
            long[] present = new long[ids.length];
            for (int row = 0; row < texts.length; row++) {
                int start = (row + 1) * length - texts[row].length;
                System.arraycopy(texts[row], 0, ids, start, texts[row].length);
                Arrays.fill(present, start, start + texts[row].length, 1);
            }
            try (OnePass pass = new OnePass(CONFIG, stage, START)) {
                Backbone backbone = new Backbone(CONFIG, base, channel);
                Tensor states = pass.forward(
                        backbone,
                        Tensors.of(ids, texts.length, length),
                        Tensors.of(present, texts.length, length),
                        frames);
                return backbone.logits(states).view(texts.length, BackboneConfig.FRAMES, SLOTS, -1);
            }
        });
    }
}
