package kinema.cogvideo.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.BiConsumer;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.CogVideoGolden;
import kinema.testing.Golden;
import kinema.weights.Checkpoint;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** icetk's image autoencoder against the authors' classes. */
class ImageAutoencoderParityTest {
    private static final double TOLERANCE = 1e-4;
    private static final double MARGIN = 1e-5; // below it two codes are equally near

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @Test
    void statesAndIdsEqualTheReference(TestReporter reporter) {
        with((autoencoder, data) -> {
            for (int image = 0; data.entries().containsKey("image" + image); image++) {
                String name = "image" + image;
                Tensor pixels = data.tensor(name);
                Golden.Difference states = Golden.difference(autoencoder.states(pixels), data.tensor(name + ".enc"));
                Golden.Difference codes =
                        Golden.difference(autoencoder.project(pixels, 8), data.tensor(name + ".z_l1"));
                reporter.publishEntry(name, states + "; " + codes);
                assertThat(states.worst()).as("encoder: %s", states).isLessThanOrEqualTo(TOLERANCE);
                assertThat(codes.worst()).as("projected: %s", codes).isLessThanOrEqualTo(TOLERANCE);
                for (int rate : ImageConfig.RATES) {
                    checkIds(autoencoder.encode(pixels, rate), data, name, ImageConfig.halvings(rate));
                }
            }
        });
    }

    private static void checkIds(Tensor ids, Safetensors data, String name, int level) {
        long[] found = Tensors.longs(ids);
        long[] expected = Tensors.longs(data.tensor(name + ".ids_l" + level));
        assertThat(found).hasSameSizeAs(expected);
        float[] margins = level == 1 ? Tensors.floats(data.tensor(name + ".margin_l1")) : new float[0];
        for (int i = 0; i < found.length; i++) {
            if (i >= margins.length || margins[i] > MARGIN) {
                assertThat(found[i]).as("%s, level %s, code %s", name, level, i).isEqualTo(expected[i]);
            }
        }
    }

    @Test
    void picturesEqualTheReference(TestReporter reporter) {
        with((autoencoder, data) -> {
            check(autoencoder, data.tensor("codes"), data.tensor("decoded"), 8, reporter);
            check(autoencoder, data.tensor("image0.ids_l1"), data.tensor("decoded_image0"), 8, reporter);
            for (int rate : new int[] {4, 16}) {
                String name = "decoded_l" + ImageConfig.RATES.indexOf(rate);
                if (data.entries().containsKey(name)) {
                    Tensor expected = data.tensor(name);
                    long count = expected.size(2) / rate * expected.size(3) / rate;
                    check(
                            autoencoder,
                            data.tensor("codes").narrow(0, 0, 1).narrow(1, 0, count),
                            expected,
                            rate,
                            reporter);
                }
            }
        });
    }

    private static void check(
            ImageAutoencoder autoencoder, Tensor codes, Tensor expected, int rate, TestReporter reporter) {
        Tensor ids = codes.reshape(codes.size(0), expected.size(2) / rate, expected.size(3) / rate);
        Golden.Difference d = Golden.difference(autoencoder.decode(ids, rate), expected);
        reporter.publishEntry("decode at rate " + rate, d.toString());
        assertThat(d.max()).as("%s", d).isLessThanOrEqualTo(TOLERANCE);
    }

    private static void with(BiConsumer<ImageAutoencoder, Safetensors> check) {
        try (Checkpoint file = CogVideoGolden.autoencoder("vqvae");
                Safetensors data = CogVideoGolden.data("vqvae")) {
            ImageConfig config = ImageConfig.of("vqvae", file.tensors());
            ImageAutoencoder autoencoder = file.load(w -> new ImageAutoencoder(w, config));
            Scopes.run(() -> check.accept(autoencoder, data));
        }
    }
}
