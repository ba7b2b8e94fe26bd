package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.video.Picture;
import kinema.video.VideoInfo;
import kinema.weights.Safetensors;
import kinema.weights.SafetensorsWriter;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code kinema vae} with the bundled model's autoencoder. */
class VaeCommandTest {
    private static final String MODEL = "../models/kinema-tiny";

    @TempDir
    private Path folder;

    @Test
    void aVideoGoesToLatentsAndBack() {
        Path latents = folder.resolve("l.safetensors");
        Path video = folder.resolve("back.mp4");

        Run encoded = vae("encode", pictures(9), latents.toString(), "--size", "64x48", "--fit", "crop");
        Run decoded = vae("decode", latents.toString(), video.toString(), "--tile", "48x32");

        assertThat(encoded.code()).as(encoded.err()).isZero();
        assertThat(encoded.out()).isEqualTo(latents + System.lineSeparator());
        assertThat(encoded.lastError()).isEqualTo("wrote " + latents + ": latents (1, 3, 16, 6, 8)");
        assertThat(decoded.code()).as(decoded.err()).isZero();
        assertThat(decoded.out()).isEqualTo(video + System.lineSeparator());
        VideoInfo info = VideoInfo.probe(video);
        assertThat(List.of(info.frames(), info.width(), info.height())).containsExactly(9L, 64, 48);
        assertThat(info.fps()).isEqualTo(8);
    }

    @Test
    void jsonIsOneObjectAndNothingElse() throws IOException {
        Path latents = folder.resolve("l.safetensors");
        Path video = folder.resolve("back.gif");

        Run encoded = vae("encode", pictures(9), latents.toString(), "--size", "32x32", "--json");
        Run decoded = vae("decode", latents.toString(), video.toString(), "--json");

        assertThat(encoded.err() + decoded.err()).isEmpty();
        JsonNode made = new ObjectMapper().readTree(encoded.out());
        assertThat(made.path("file").asText()).isEqualTo(latents.toString());
        assertThat(made.path("latents")).extracting(JsonNode::asInt).containsExactly(1, 3, 16, 4, 4);
        assertThat(new ObjectMapper().readTree(decoded.out()).path("width").asInt())
                .isEqualTo(32);
    }

    @Test
    void networksComputeInWhatIsAskedFor() {
        Path whole = folder.resolve("whole.safetensors");
        Path half = folder.resolve("half.safetensors");
        String frames = pictures(9);

        assertThat(vae("encode", frames, whole.toString(), "--size", "32x32").code())
                .isZero();
        Run run = vae("encode", frames, half.toString(), "--size", "32x32", "--dtype", "bf16", "--device", "cpu");

        assertThat(run.code()).as(run.err()).isZero();
        double most = Scopes.run(() -> difference(whole, half));
        assertThat(most).isBetween(1e-4, 0.2);
        assertThat(vae("decode", half.toString(), folder.resolve("back.mp4").toString(), "--dtype", "bf16")
                        .code())
                .isZero();
    }

    private static double difference(Path one, Path other) {
        try (Safetensors a = Safetensors.open(one);
                Safetensors b = Safetensors.open(other)) {
            float[] x = Tensors.floats(a.tensor("latents"));
            float[] y = Tensors.floats(b.tensor("latents"));
            return IntStream.range(0, x.length)
                    .mapToDouble(i -> Math.abs(x[i] - y[i]))
                    .max()
                    .orElseThrow();
        }
    }

    @Test
    void picturesAreCutWhereTheyDoNotFitWhole() {
        Path latents = folder.resolve("l.safetensors");

        Run cut = vae("encode", pictures(1), latents.toString(), "--size", "512x512", "--max-memory", "330M");

        assertThat(cut.code()).as(cut.err()).isZero();
        assertThat(cut.err()).containsPattern("pictures in tiles of \\d+x\\d+, which fit in memory");
        Run little = vae("decode", latents.toString(), folder.resolve("v.mp4").toString(), "--max-memory", "100M");
        assertThat(little.code()).isEqualTo(ExitCode.OUT_OF_MEMORY.number());
        assertThat(little.lastError()).startsWith("kinema: not enough memory for 1 frames of 512x512");
    }

    @Test
    void theFileSaysHowItWasMade() {
        Path scaled = encode("a.safetensors");
        Path raw = encode("b.safetensors", "--raw", "--mode");
        Path sampled = encode("c.safetensors", "--seed", "5");
        try (Safetensors a = Safetensors.open(scaled);
                Safetensors b = Safetensors.open(raw);
                Safetensors c = Safetensors.open(sampled)) {
            assertThat(a.metadata())
                    .containsOnlyKeys("model", "vae", "frames", "fps", "scaled", "posterior")
                    .containsAllEntriesOf(Map.of(
                            "model",
                            "kinema-tiny",
                            "frames",
                            "1",
                            "fps",
                            "8.0",
                            "scaled",
                            "true",
                            "posterior",
                            "mode"));
            assertThat(b.metadata()).containsEntry("scaled", "false");
            assertThat(c.metadata()).containsEntry("posterior", "sample of seed 5");
            Scopes.run(() ->
                    assertThat(Tensors.floats(c.tensor("latents"))).isNotEqualTo(Tensors.floats(a.tensor("latents"))));
        }
        // The file itself says that it is raw: both become the same video.
        byte[] one = firstFrame(scaled, "one/");
        assertThat(firstFrame(raw, "two/")).isEqualTo(one);
        assertThat(firstFrame(scaled, "three/", "--raw")).isNotEqualTo(one);
    }

    @Test
    void latentsOfAGenerationAreDecoded() {
        Path tensors = folder.resolve("t.safetensors");
        Run made = Run.kinema(
                "generate",
                "a",
                "--model",
                MODEL,
                "--steps",
                "1",
                "--frames",
                "1",
                "--size",
                "32x32",
                "--seed",
                "1",
                "--dtype",
                "fp32",
                "--out",
                folder.resolve("made/").toString() + "/",
                "--tensors",
                tensors.toString());
        assertThat(made.code()).as(made.err()).isZero();

        byte[] frame = firstFrame(tensors, "decoded/", "--key", "latents_step0", "--fps", "12.5");

        assertThat(frame)
                .isEqualTo(Picture.read(folder.resolve("made/0000.png")).rgb());
    }

    @Test
    void latentsOfAnotherAutoencoderAreRefused() {
        Path latents = encode("l.safetensors");
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("other"));
        String out = folder.resolve("v.mp4").toString();

        Run other = Run.kinema("vae", "decode", latents.toString(), out, "--model", model.toString());

        assertThat(other.lastError())
                .startsWith("kinema: " + latents + ": its latents were made by another autoencoder: that of kinema-tiny"
                        + " with the digest ")
                .contains("; that of other has ")
                .endsWith("; name the right model with --model");
        assertThat(other.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(Path.of(out)).doesNotExist();
    }

    @Test
    void itIsSaidWhereTheAutoencoderCannotBeChecked() throws IOException {
        Path file = tensors(folder.resolve("plain.safetensors"), "latents", 1, 1, 16, 2, 2);

        Run run = vae("decode", file.toString(), folder.resolve("v.mp4").toString());

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err())
                .contains("note: " + file + " does not say which autoencoder made its latents; that it was that of"
                        + " kinema-tiny could not be checked");
        assertThat(vae(
                                "decode",
                                encode("l.safetensors").toString(),
                                folder.resolve("w.mp4").toString())
                        .err())
                .doesNotContain("note:");
    }

    /** 1.5 makes patches of two latent frames: of 9 frames' 3 latent frames come 4, the first of which is no video. */
    @Test
    void latentFramesThatOnlyFilledAPatchAreNotDecoded() {
        String model = Checkpoints.copy("t2v-1.5", folder.resolve("model")).toString();
        String tensors = folder.resolve("t.safetensors").toString();
        String made = folder.resolve("made") + "/";
        Run generated = Run.kinema(
                "generate",
                "a",
                "--model",
                model,
                "--steps",
                "1",
                "--frames",
                "9",
                "--dtype",
                "fp32",
                "--out",
                made,
                "--tensors",
                tensors);
        assertThat(generated.code()).as(generated.err()).isZero();

        String again = folder.resolve("again") + "/";
        Run run = Run.kinema("vae", "decode", tensors, again, "--key", "latents_step0", "--model", model);

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(Path.of(again))
                .isDirectoryContaining("glob:**/0008.png")
                .isDirectoryNotContaining("glob:**/0009.png");
        for (String name : List.of("0000.png", "0008.png")) {
            assertThat(Picture.read(Path.of(again, name)).rgb())
                    .isEqualTo(Picture.read(Path.of(made, name)).rgb());
        }
    }

    @Test
    void latentsThatAreNotFiniteAreRefusedByFileAndKey() throws IOException {
        Path file = folder.resolve("l.safetensors");
        float[] numbers = new float[3 * 16 * 2 * 2];
        numbers[7] = Float.NaN;
        try (Tensor latents = Tensors.of(numbers, 1, 3, 16, 2, 2)) {
            SafetensorsWriter.write(file, Map.of("latents", latents), Map.of());
        }
        Run run = vae("decode", file.toString(), folder.resolve("v.mp4").toString());
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
        assertThat(run.lastError())
                .isEqualTo("kinema: " + file
                        + ": 'latents' holds numbers that are not finite; the run that made them may have failed");
        assertThat(folder.resolve("v.mp4")).doesNotExist();
    }

    static Stream<Arguments> wrong() {
        String encode = "; see 'kinema vae encode --help'";
        return Stream.of(
                arguments("vae", "no command; known: encode, decode; see 'kinema vae --help'"),
                arguments("vae code", "unknown command 'code'; did you mean decode? See 'kinema vae --help'"),
                arguments("vae encode", "missing required parameters: 'IN', 'OUT'" + encode),
                arguments("vae encode a b", "latents go to .safetensors files only, found 'b'"),
                arguments(
                        "vae encode a b.safetensors --mode --seed 1",
                        "--mode takes the likeliest latents and --seed draws them; give one"),
                arguments(
                        "vae encode a b.safetensors --fit pad",
                        "--fit says how --size changes proportions; give that too"),
                arguments("vae encode a b.safetensors --frames 0", "--frames must be at least 1, found 0"),
                arguments("vae encode a b.safetensors --threads 0", "--threads must be at least 1, found 0"),
                arguments(
                        "vae encode a b.safetensors --size 0x8",
                        "invalid value for option '--size': width and height must be from 1 to 65535, found '0x8'"
                                + encode),
                arguments(
                        "vae decode a b.txt",
                        "unknown kind of output 'b.txt'; known endings: .mp4, .webm, .gif, / (a folder of PNG frames)"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void wrongArgumentsAreAnsweredWithOneLine(String line, String message) {
        Run run = Run.kinema(line.split(" "));

        assertThat(run.err()).isEqualTo("kinema: " + message + System.lineSeparator());
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    void videosThatDoNotFitAreRefusedWithTheNearest() {
        String out = folder.resolve("l.safetensors").toString();
        Run frames = vae("encode", pictures(10), out, "--size", "16x16");
        assertThat(frames.lastError())
                .isEqualTo("kinema: " + folder.resolve("frames")
                        + ": frames must be 8k or 8k+1 for CogVideoX's VAE, found 10; take 9 of the given video's");
        assertThat(frames.code()).isEqualTo(ExitCode.USAGE.number());
        Run size = vae("encode", folder.resolve("frames").toString(), out, "--frames", "9");
        assertThat(size.lastError())
                .isEqualTo("kinema: " + folder.resolve("frames")
                        + ": height must be a multiple of 8, found 20; nearest: 24");
        Run tooFew = vae("encode", folder.resolve("frames").toString(), out, "--frames", "17");
        assertThat(tooFew.lastError())
                .endsWith("frames has only 10 frames, and --frames asks for 17; ask for fewer, or give a longer video");
        Run absent = vae("encode", folder.resolve("absent.mp4").toString(), out);
        assertThat(absent.code()).isEqualTo(ExitCode.BAD_INPUT.number());
        assertThat(Path.of(out)).doesNotExist();
    }

    /** A file of zeros under one key. */
    static Path tensors(Path file, String key, long... shape) throws IOException {
        try (Tensor zeros = Tensors.zeros(ScalarType.Float, shape)) {
            SafetensorsWriter.write(file, Map.of(key, zeros), Map.of());
        }
        return file;
    }

    private Path encode(String name, String... options) {
        Path out = folder.resolve(name);
        String[] all = Stream.concat(
                        Stream.of(pictures(1), out.toString(), "--size", "32x16", "--threads", "1"),
                        Arrays.stream(options))
                .toArray(String[]::new);
        Run run = vae("encode", all);
        assertThat(run.code()).as(run.err()).isZero();
        return out;
    }

    private byte[] firstFrame(Path latents, String name, String... options) {
        String out = folder.resolve(name) + "/";
        String[] all = Stream.concat(Stream.of(latents.toString(), out), Arrays.stream(options))
                .toArray(String[]::new);
        Run run = vae("decode", all);
        assertThat(run.code()).as(run.err()).isZero();
        return Picture.read(Path.of(out, "0000.png")).rgb();
    }

    static Run vae(String direction, String... args) {
        return Run.kinema(Stream.concat(Stream.of("vae", direction, "--model", MODEL), Arrays.stream(args))
                .toArray(String[]::new));
    }

    private String pictures(int count) {
        return pictures(folder.resolve("frames"), count);
    }

    /** A folder of so many grey pictures, each lighter than the one before. */
    static String pictures(Path frames, int count) {
        frames.toFile().mkdirs();
        for (int i = 0; i < count; i++) {
            byte[] rgb = new byte[3 * 30 * 20];
            Arrays.fill(rgb, (byte) (100 + 5 * i));
            new Picture(30, 20, rgb).writePng(frames.resolve((10 + i) + ".png"));
        }
        return frames.toString();
    }
}
