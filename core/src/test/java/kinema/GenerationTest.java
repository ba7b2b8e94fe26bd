package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import kinema.system.Stage;
import kinema.system.VideoSize;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.LivePointers;
import kinema.weights.WeightsException;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The door as an embedding program uses it, with a small checkpoint of random weights. */
class GenerationTest {
    private static final long FLAT_BYTES = 16L << 20;

    @TempDir
    static Path folder;

    @BeforeAll
    static void layOut() {
        Golden.model("t2v-5b", folder);
        Kinema.setThreads(1); // small work
    }

    @Test
    void theModelTellsItsDefaults() {
        try (VideoModel model = Kinema.open(folder)) {
            assertThat(model.system()).isEqualTo("cogvideox");
            assertThat(model.size()).isEqualTo(new VideoSize(96, 64, 9, 8));
            assertThat(model.settings().standard().values())
                    .containsEntry("scheduler", "dpm")
                    .containsEntry("steps", 50)
                    .containsEntry("guidance", 6.0);
        }
    }

    @Test
    void theSameSeedGivesTheSameBytesAndAnotherSeedOthers() {
        try (VideoModel model = Kinema.open(folder)) {
            Video first = generate(model, 5);
            assertThat(generate(model, 5).frames()).containsExactlyElementsOf(first.frames());
            assertThat(generate(model, 6).frames().get(0))
                    .isNotEqualTo(first.frames().get(0));
        }
    }

    @Test
    void theFramesAreTheVideoTensorRounded() {
        try (VideoModel model = Kinema.open(folder);
                Generation made = model.generate(small(5).tensors(true).build(), GenerationListener.NONE)) {
            float[] values = Tensors.floats(made.tensors().get("video"));
            Video video = made.video();
            int at = 0;
            for (byte[] frame : video.frames()) {
                for (byte pixel : frame) {
                    assertThat(pixel & 0xff).isEqualTo((int) Math.rint(255f * values[at++]));
                }
            }
            assertThat(at).isEqualTo(values.length);
        }
    }

    @Test
    void aSinkGetsTheFramesAsTheyAreMade() {
        List<Provenance> begun = new ArrayList<>();
        List<byte[]> frames = new ArrayList<>();
        FrameSink sink = new FrameSink() {
            @Override
            public void begin(Provenance provenance) {
                assertThat(frames).isEmpty();
                begun.add(provenance);
            }

            @Override
            public void frame(byte[] rgb) {
                frames.add(rgb);
            }
        };
        GenerationRequest request = small(5).frames(9).build();
        try (VideoModel model = Kinema.open(folder);
                Outcome made = model.generate(request, GenerationListener.NONE, sink);
                Generation kept = model.generate(request, GenerationListener.NONE)) {
            assertThat(begun).containsExactly(made.provenance());
            assertThat(frames).hasSize(9).containsExactlyElementsOf(kept.video().frames());
        }
    }

    @Test
    void whatASinkThrowsEndsTheGeneration() {
        List<Runnable> failures = List.of(
                () -> {
                    throw new IllegalStateException("disk full");
                },
                () -> {
                    throw new OutOfMemoryError("heap full");
                });
        try (VideoModel model = Kinema.open(folder)) {
            generate(model, 1);
            long pointers = LivePointers.settled();
            for (Runnable failure : failures) {
                FrameSink full = new FrameSink() {
                    @Override
                    public void begin(Provenance provenance) {}

                    @Override
                    public void frame(byte[] rgb) {
                        failure.run();
                    }
                };
                assertThatThrownBy(() -> model.generate(small(1).tensors(true).build(), GenerationListener.NONE, full))
                        .hasMessageEndingWith(" full");
                assertThat(LivePointers.now()).isEqualTo(pointers);
            }
        }
    }

    @Test
    void theListenerSeesEveryPhaseAndStep() {
        List<String> events = new ArrayList<>();
        try (VideoModel model = Kinema.open(folder);
                Generation made = model.generate(small(1).build(), new GenerationListener() {
                    @Override
                    public void stage(Stage stage, int number, int count) {
                        events.add(stage.name());
                    }

                    @Override
                    public void step(int done, int total) {
                        events.add(done + "/" + total);
                    }
                })) {
            assertThat(events).containsExactly("text", "denoise", "1/2", "2/2", "decode");
            assertThat(made.tensors()).isEmpty();
            assertThat(made.cutText()).isEmpty();
        }
    }

    @Test
    void cancellingEndsBetweenSteps() {
        List<Integer> steps = new ArrayList<>();
        GenerationListener listener = new GenerationListener() {
            @Override
            public void step(int done, int total) {
                steps.add(done);
            }

            @Override
            public boolean cancelled() {
                return !steps.isEmpty();
            }
        };
        try (VideoModel model = Kinema.open(folder)) {
            assertThatThrownBy(() -> model.generate(small(1).tensors(true).build(), listener))
                    .isInstanceOf(CancellationException.class);
            assertThat(steps).containsExactly(1);
        }
    }

    @Test
    void aLongPromptIsCutAndSaysWhere() {
        String prompt = "a red boat ".repeat(200) + "and a lighthouse";
        try (VideoModel model = Kinema.open(folder);
                Generation made = model.generate(request(prompt, 1).build(), GenerationListener.NONE)) {
            assertThat(made.tokens()).isEqualTo(226);
            assertThat(made.cutText()).endsWith("and a lighthouse");
        }
    }

    @Test
    void provenanceSaysHowToMakeItAgain() throws IOException {
        try (VideoModel model = Kinema.open(folder);
                Generation made = model.generate(small(12).fps(24).build(), GenerationListener.NONE)) {
            Provenance p = made.provenance();
            assertThat(p.model().digest()).hasSize(64).isEqualTo(Kinema.digest(folder));
            JsonNode json = new ObjectMapper().readTree(p.toJson());
            assertThat(json.path("prompt").asText()).isEqualTo("a boat");
            assertThat(json.path("seed").asLong()).isEqualTo(12);
            assertThat(json.path("settings").path("scheduler").asText()).isEqualTo("dpm");
            assertThat(json.path("settings").path("steps").asInt()).isEqualTo(2);
            assertThat(json.path("settings").path("guidance").asDouble()).isEqualTo(6);
            assertThat(json.path("fps").asDouble()).isEqualTo(24);
            assertThat(json.path("width").asInt()).isEqualTo(32);
            assertThat(made.video().fps()).isEqualTo(24);
        }
    }

    @Test
    void anyChangeOfTheWeightsChangesTheDigest(@TempDir Path other) throws IOException {
        Golden.model("t2v-5b", other);
        assertThat(Kinema.digest(other)).isEqualTo(Kinema.digest(folder));
        breakLastNumber(other.resolve("transformer"), 0.25f);
        assertThat(Kinema.digest(other)).isNotEqualTo(Kinema.digest(folder));
    }

    @Test
    void numbersThatStopBeingFiniteNameTheStep(@TempDir Path broken) throws IOException {
        Golden.model("t2v-5b", broken);
        breakLastNumber(broken.resolve("transformer"), Float.NaN);
        try (VideoModel model = Kinema.open(broken)) {
            assertThatThrownBy(() -> model.generate(small(1).build(), GenerationListener.NONE))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageStartingWith("latents are not finite after step 1 of 2");
        }
    }

    @Test
    void videosTheModelCannotMakeNameTheNearestItCan() {
        try (VideoModel model = Kinema.open(folder)) {
            assertRefused(model, small(1).frames(48), "frames must be 8k+1 for CogVideoX, found 48; nearest: 49");
            assertRefused(model, small(1).frames(2), "frames must be 8k+1 for CogVideoX, found 2; nearest: 1");
            assertRefused(model, small(1).size(100, 64), "width must be a multiple of 16, found 100; nearest: 96");
            assertRefused(model, small(1).size(96, 7), "height must be a multiple of 16, found 7; nearest: 16");
            assertRefused(model, small(1).steps(1001), "steps must be between 1 and 1000, found 1001");
        }
    }

    @Test
    void requestsNoModelCanServeAreRefused() {
        assertThatThrownBy(() -> GenerationRequest.of(" ").build()).hasMessageContaining("prompt must say");
        assertThatThrownBy(() -> small(1).steps(0).build()).hasMessage("steps must be at least 1, found 0");
        assertThatThrownBy(() -> small(1).size(0, 16).build()).hasMessage("width must be at least 1, found 0");
        assertThatThrownBy(() -> small(1).size(16, -1).build()).hasMessage("height must be at least 1, found -1");
        assertThatThrownBy(() -> small(1).frames(0).build()).hasMessage("frames must be at least 1, found 0");
        assertThatThrownBy(() -> small(1).guidance(0.5).build()).hasMessageContaining("guidance must be between 1");
        assertThatThrownBy(() -> small(1).guidance(Double.NaN).build()).hasMessageContaining("found NaN");
        assertThatThrownBy(() -> small(1).fps(0).build()).hasMessageContaining("fps must be above 0");
        assertThatThrownBy(() -> Kinema.setThreads(0)).hasMessage("threads must be at least 1, found 0");
    }

    @Test
    void foldersThatAreNoCheckpointAreRefused(@TempDir Path other) throws IOException {
        assertThatThrownBy(() -> Kinema.open(other.resolve("none")))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("no such folder");
        assertThatThrownBy(() -> Kinema.open(other)).hasMessageContaining("model_index.json: missing");
        Files.writeString(other.resolve("model_index.json"), "{\"_class_name\": \"FluxPipeline\"}");
        assertThatThrownBy(() -> Kinema.open(other))
                .hasMessageContaining(
                        "unknown pipeline 'FluxPipeline'; known: CogVideoPipeline, CogVideoXFunControlPipeline, "
                                + "CogVideoXImageToVideoPipeline, CogVideoXPipeline, CogVideoXVideoToVideoPipeline");
    }

    @Test
    void aGenerationLeavesNoNativeMemoryAlive() {
        generateOnce(1); // loads classes and their constants
        long pointers = LivePointers.settled();
        generateOnce(2);
        assertThat(LivePointers.now()).isEqualTo(pointers);
        try (VideoModel model = Kinema.open(folder)) {
            generate(model, 3);
            pointers = LivePointers.now();
            for (int seed = 0; seed < 3; seed++) {
                generate(model, seed);
                assertThat(LivePointers.now()).as("run %d", seed).isEqualTo(pointers);
            }
        }
    }

    @Test
    void memoryStaysFlatOverFiftyGenerations() {
        try (VideoModel model = Kinema.open(folder)) {
            for (int i = 0; i < 20; i++) {
                generate(model, i);
            }
            long before = Pointer.physicalBytes();
            for (int i = 0; i < 50; i++) {
                generate(model, i);
            }
            assertThat(Pointer.physicalBytes() - before)
                    .as("growth of resident memory in bytes")
                    .isLessThan(FLAT_BYTES);
        }
    }

    private static void generateOnce(long seed) {
        try (VideoModel model = Kinema.open(folder);
                Generation made = model.generate(small(seed).tensors(true).build(), GenerationListener.NONE)) {
            assertThat(made.tensors()).isNotEmpty();
        }
    }

    private static Video generate(VideoModel model, long seed) {
        try (Generation made = model.generate(small(seed).build(), GenerationListener.NONE)) {
            return made.video();
        }
    }

    private static GenerationRequest.Builder small(long seed) {
        return request("a boat", seed);
    }

    private static GenerationRequest.Builder request(String prompt, long seed) {
        return GenerationRequest.of(prompt).seed(seed).steps(2).size(32, 16).frames(1);
    }

    private static void assertRefused(VideoModel model, GenerationRequest.Builder request, String message) {
        assertThatThrownBy(() -> model.generate(request.build(), GenerationListener.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }

    /** Overwrites the last float32 of a network's last file. */
    private static void breakLastNumber(Path network, float value) throws IOException {
        try (var files = Files.list(network)) {
            Path last = files.filter(f -> f.toString().endsWith(".safetensors"))
                    .sorted()
                    .reduce((a, b) -> b)
                    .orElseThrow();
            byte[] bytes = Files.readAllBytes(last);
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - Float.BYTES, value);
            Files.write(last, bytes);
        }
    }
}
