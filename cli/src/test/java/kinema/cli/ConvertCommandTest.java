package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Safetensors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** {@code kinema convert}, and what comes of authors' files that are damaged or made to do harm. */
class ConvertCommandTest {
    private static final String STATES = "transformer/1000/mp_rank_00_model_states.pt";
    private static final String VAE = "vae/3d-vae.pt";

    @TempDir
    private Path temp;

    private Path in = Path.of("");

    @BeforeEach
    void copyModel() {
        in = Checkpoints.copyAuthors(temp.resolve("in"));
    }

    @Test
    void writesTheFolderAndPrintsItsNameAlone() {
        Path out = temp.resolve("out");

        Run run = Run.kinema("convert", in.toString(), out.toString());

        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(out + System.lineSeparator());
        assertThat(run.err()).contains("transformer ", "vae ", "text_encoder ", "wrote " + out);
        assertThat(Run.kinema("inspect", out.toString()).code()).isZero();
    }

    /** To the last bit, although the weights lie elsewhere in the new files. */
    @Test
    void aConvertedModelGeneratesTheSame() {
        Path out = temp.resolve("out");
        assertThat(Run.kinema("convert", in.toString(), out.toString()).code()).isZero();
        Path before = tensors(in);
        Path after = tensors(out);
        try (Safetensors a = Safetensors.open(before);
                Safetensors b = Safetensors.open(after)) {
            assertThat(b.entries().keySet())
                    .contains("latents_step1", "video")
                    .isEqualTo(a.entries().keySet());
            for (String key : a.entries().keySet()) {
                Scopes.run(() -> assertThat(Tensors.floats(b.tensor(key)))
                        .as(key)
                        .containsExactly(Tensors.floats(a.tensor(key))));
            }
        }
    }

    private Path tensors(Path model) {
        Path tensors = temp.resolve(model.getFileName() + ".safetensors");
        Run run = Run.kinema(
                "generate",
                "a bird",
                "--model",
                model.toString(),
                "--steps",
                "2",
                "--seed",
                "3",
                "--out",
                temp.resolve(model.getFileName() + ".mp4").toString(),
                "--tensors",
                tensors.toString());
        assertThat(run.code()).as(run.err()).isZero();
        return tensors;
    }

    @Test
    void aFolderInUseIsLeftAlone() {
        Run run = Run.kinema("convert", in.toString(), in.toString());

        assertThat(run.lastError())
                .isEqualTo("kinema: cannot write " + in + ": the folder is not empty; choose another place");
        assertThat(run.code()).isEqualTo(ExitCode.BAD_OUTPUT.number());
        assertThat(in.resolve(STATES)).exists();
    }

    @Test
    void aPublishedModelNeedsNoConversion() {
        Path model = Checkpoints.copy("t2v-2b", temp.resolve("model"));

        Run run = Run.kinema("convert", model.toString(), temp.resolve("out").toString());

        assertThat(run.lastError())
                .isEqualTo("kinema: " + model + " has the published layout already; there is nothing to convert");
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
    }

    /** Does one thing to a whole checkpoint. */
    interface Damage {
        void to(Path model) throws IOException;
    }

    private static Arguments broken(String name, Damage damage, String message) {
        return arguments(name, damage, message);
    }

    static Stream<Arguments> damages() {
        return Stream.of(
                broken(
                        "no transformer",
                        m -> Files.delete(m.resolve(STATES)),
                        "{" + STATES + "}: no such file; download the authors' transformer folder again, whole"),
                broken(
                        "a transformer of two ranks",
                        m -> Files.copy(m.resolve(STATES), m.resolve("transformer/1000/mp_rank_01_model_states.pt")),
                        "{transformer/1000}: the transformer is split over 2 files (mp_rank_00_model_states.pt,"
                                + " mp_rank_01_model_states.pt)"),
                broken(
                        "no VAE",
                        m -> Files.delete(m.resolve(VAE)),
                        "{" + VAE + "}: no such file, and no single other .pt beside it; the authors give it out"),
                broken(
                        "cut off",
                        m -> Checkpoints.truncate(m.resolve(STATES), 5000),
                        "{" + STATES
                                + "}: the zip's directory, which ends the file, is not there; the file is cut off"),
                broken(
                        "not a zip",
                        m -> Files.writeString(m.resolve(VAE), "<html>404</html>"),
                        "{" + VAE + "}: not a zip file, as PyTorch writes them; download it again"),
                broken(
                        "a zip of something else",
                        m -> zip(m.resolve(VAE), "mimetype", "application/epub+zip"),
                        "{" + VAE + "}: a zip with 0 entries named data.pkl, expected one"),
                broken(
                        "a pickle that runs a command",
                        m -> zip(m.resolve(STATES), "archive/data.pkl", "cos\nsystem\n(X\4\0\0\0truetR."),
                        "{" + STATES + "}: archive/data.pkl: a pickle that asks for code: os.system at byte 0; it is"
                                + " refused and nothing was run."),
                broken(
                        "a pickle that evaluates",
                        m -> zip(m.resolve(VAE), "archive/data.pkl", "c__builtin__\neval\n(X\4\0\0\0truetR."),
                        "{" + VAE + "}: archive/data.pkl: a pickle that asks for code: __builtin__.eval at byte 0"),
                broken(
                        "an empty pickle",
                        m -> zip(m.resolve(VAE), "archive/data.pkl", ""),
                        "{" + VAE + "}: archive/data.pkl: the pickle ends at byte 0"),
                broken(
                        "a VAE in the transformer's place",
                        m -> {
                            Files.delete(m.resolve("transformer/config.json"));
                            Files.write(m.resolve(STATES), Files.readAllBytes(m.resolve(VAE)));
                        },
                        "{" + STATES + "}: no tensor for 'patch_embed.proj.weight'; this is no CogVideoX transformer"),
                broken(
                        "the VAE of another size",
                        m -> Files.delete(m.resolve("vae/config.json")),
                        "{" + VAE + "}: 200 missing (encoder.down_blocks.0.resnets.1"),
                broken(
                        "no text encoder",
                        m -> Files.delete(m.resolve("t5-v1_1-xxl/model.safetensors")),
                        "{t5-v1_1-xxl}: expected one *.safetensors file or one *.safetensors.index.json, found 0 and 0"),
                broken(
                        "no tokenizer",
                        m -> Files.delete(m.resolve("t5-v1_1-xxl/spiece.model")),
                        "{t5-v1_1-xxl/spiece.model}: no such file; the prompts' tokenizer needs it"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("damages")
    void damageIsNamedAndNothingIsWritten(String name, Damage damage, String message) throws IOException {
        damage.to(in);

        Run run = Run.kinema("convert", in.toString(), temp.resolve("out").toString());

        int close = message.indexOf('}');
        String expected = in.resolve(message.substring(1, close)) + message.substring(close + 1);
        assertThat(run.lastError()).startsWith("kinema: " + expected);
        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(run.out()).isEmpty();
        try (Stream<Path> left = Files.list(temp)) {
            assertThat(left).containsExactly(in);
        }
    }

    @Test
    void loraThatAsksForCodeIsRefused() throws IOException {
        Path lora = temp.resolve("style.pt");
        zip(lora, "archive/data.pkl", "cposix\nsystem\n(X\4\0\0\0truetR.");

        Run run = Run.kinema(
                "generate",
                "a bird",
                "--model",
                in.toString(),
                "--lora",
                lora + ":0.5",
                "--out",
                temp.resolve("a.mp4").toString());

        assertThat(run.lastError())
                .startsWith("kinema: " + lora + ": archive/data.pkl: a pickle that asks for code: posix.system");
        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
    }

    private static void zip(Path file, String name, String content) throws IOException {
        byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
            zip.setMethod(ZipOutputStream.STORED);
            ZipEntry entry = new ZipEntry(name);
            entry.setSize(bytes.length);
            CRC32 crc = new CRC32();
            crc.update(bytes);
            entry.setCrc(crc.getValue());
            zip.putNextEntry(entry);
            zip.write(bytes);
        }
    }
}
