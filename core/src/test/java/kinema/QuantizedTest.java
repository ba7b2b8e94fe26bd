package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Optional;
import kinema.cogvideo.CogVideo;
import kinema.cogvideox.CogVideoX;
import kinema.memory.Meter;
import kinema.memory.StageMemory;
import kinema.show1.Show1;
import kinema.system.OpenOptions;
import kinema.tensor.Device;
import kinema.tensor.Precision;
import kinema.tensor.Quantization;
import kinema.testing.Golden;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Models whose matrices are in 8 bits, and who is refused them. */
class QuantizedTest {
    private static final OpenOptions INT8 = OpenOptions.DEFAULT.withQuantization(Quantization.INT8);

    @TempDir
    private Path temp;

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @Test
    void otherSystemsAreRefusedByName() {
        Quantized asked = new Quantized(INT8, Optional.empty());
        assertThatThrownBy(() -> asked.require(new Show1()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("models of show1 have no matrices that may be in 8 bits, found quant int8; leave it out");
        assertThatThrownBy(() -> asked.require(new CogVideo()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "models of cogvideo have no matrices that may be in 8 bits, found quant int8; leave it out");
        assertThatCode(() -> asked.require(new CogVideoX())).doesNotThrowAnyException();
        Quantized none = new Quantized(OpenOptions.DEFAULT, Optional.empty());
        assertThatCode(() -> none.require(new Show1())).doesNotThrowAnyException();
    }

    @Test
    void aCardIsRefused() {
        Path model = Golden.model("t2v-2b", temp);
        assertThatThrownBy(() -> Kinema.open(model, INT8.withDevice(Device.CUDA)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "quant int8 is for the processor, found device cuda; open the model on the processor, or without it"
                                + " where a new video is made");
    }

    @Test
    void theNoteSaysWhatComesOfIt() {
        assertThat(new Quantized(INT8, Optional.of("avx512_vnni")).note())
                .get()
                .asString()
                .contains("in 8 bits, for which this processor has avx512_vnni");
        assertThat(new Quantized(INT8, Optional.empty()).note())
                .get()
                .asString()
                .contains("saves memory and costs time");
        assertThat(new Quantized(OpenOptions.DEFAULT, Optional.of("avx512_vnni")).note())
                .isEmpty();
    }

    @Test
    void aVideoIsNearThatWithoutAndSaysSo() {
        Path model = Golden.model("t2v-2b", temp);
        Generation wide = generate(model, OpenOptions.DEFAULT);
        Generation made = generate(model, INT8);

        assertThat(made.video()).isNotEqualTo(wide.video());
        assertThat(distance(made, wide)).isBetween(1e-6, 4.0);
        assertThat(made.provenance().toJson()).contains("\"quant\":\"int8\"");
        assertThat(wide.provenance().toJson()).doesNotContain("quant");
        Provenance read = Provenance.parse(made.provenance().toJson());
        assertThat(read).isEqualTo(made.provenance());
        assertThat(read.difference(wide.provenance())).contains("its quant is \"int8\", here none");
    }

    @Test
    void aLoraChangesWhatIsQuantized() {
        Path model = Golden.model("lora-5b", temp);
        Path lora = Golden.folder("lora-5b").resolve("pytorch_lora_weights.safetensors");
        Generation wide = generate(model, OpenOptions.DEFAULT.withLora(lora, 0.8));
        Generation without = generate(model, INT8);
        Generation made = generate(model, INT8.withLora(lora, 0.8));

        assertThat(distance(made, wide)).isLessThan(distance(made, without) / 4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRunTakesWhatWasPlanned(boolean kept) {
        Path folder = Golden.model("t2v-2b", temp);
        OpenOptions options = INT8.withPrecision(Precision.BF16).withKept(kept);
        try (VideoModel model = Kinema.open(folder, options)) {
            Job job = model.prepare(request());
            long planned = job.plan().peak() - job.plan().base();
            long measured = Meter.peak(() -> job, j -> {
                try (Outcome made = j.run(GenerationListener.NONE, new FrameCollector())) {
                    assertThat(made.provenance().model().quant()).isEqualTo(Quantization.INT8);
                }
            });
            assertThat(measured).isBetween(planned * 85 / 100, planned * 115 / 100);
        }
    }

    @Test
    void theTransformersWeightsWeighLess() {
        Path folder = Golden.model("t2v-2b", temp);
        long shorter = weights(folder, OpenOptions.DEFAULT.withPrecision(Precision.BF16));
        assertThat(weights(folder, INT8.withPrecision(Precision.BF16))).isBetween(shorter / 2, shorter * 8 / 10);
    }

    private static long weights(Path folder, OpenOptions options) {
        try (VideoModel model = Kinema.open(folder, options)) {
            StageMemory denoise = model.prepare(request()).plan().stage("denoise");
            return denoise.weights();
        }
    }

    private static Generation generate(Path folder, OpenOptions options) {
        try (VideoModel model = Kinema.open(folder, options)) {
            return model.generate(request(), GenerationListener.NONE);
        }
    }

    private static GenerationRequest request() {
        return GenerationRequest.of("a bird")
                .seed(4)
                .steps(2)
                .frames(9)
                .size(32, 32)
                .build();
    }

    /** The mean difference of two pixels. */
    private static double distance(Generation a, Generation b) {
        double sum = 0;
        int count = 0;
        for (int i = 0; i < a.video().frames().size(); i++) {
            byte[] one = a.video().frames().get(i);
            byte[] other = b.video().frames().get(i);
            for (int k = 0; k < one.length; k++) {
                sum += Math.abs((one[k] & 0xff) - (other[k] & 0xff));
                count++;
            }
        }
        return sum / count;
    }
}
