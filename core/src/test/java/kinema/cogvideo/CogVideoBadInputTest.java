package kinema.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.system.OpenOptions;
import kinema.tensor.Device;
import kinema.testing.IceModel;
import kinema.testing.LivePointers;
import kinema.testing.TinyCogVideo;
import kinema.weights.ConversionListener;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Checkpoints that cannot be used end in one sentence that names the file, and leave nothing open. */
class CogVideoBadInputTest {
    private static final String FIRST = "cogvideo-stage1";
    private static final String SECOND = "cogvideo-stage2";
    private static final String LARGE = "cogview2-dsr";
    private static final String CONFIG = "/model_config.json";
    private static final String STATES = "/27000/mp_rank_00_model_states.pt";
    private static final String CLUSTERS = "cluster_label2.npy";

    @TempDir
    static Path whole;

    @TempDir
    private Path place;

    /** Something done to a folder. */
    @FunctionalInterface
    interface Damage {
        void to(Path folder) throws IOException;
    }

    @BeforeAll
    static void write() throws IOException {
        TinyCogVideo.authors(whole.resolve("authors"));
        new CogVideo().convert(whole.resolve("authors"), whole.resolve("own"), ConversionListener.NONE);
    }

    static Stream<Arguments> authors() {
        return Stream.of(
                arguments("no first stage", gone(FIRST), FIRST + CONFIG + ": "),
                arguments("no config of the second stage", gone(SECOND + CONFIG), SECOND + CONFIG + ": "),
                arguments("no config of super-resolution", gone(LARGE + CONFIG), LARGE + CONFIG + ": "),
                arguments("no states", gone(FIRST + "/27000"), "mp_rank_00_model_states.pt: no such file"),
                arguments("no iteration", both(gone(FIRST + "/27000"), gone(FIRST + "/latest")), "unpack the authors'"),
                arguments(
                        "latest of nothing", text(FIRST + "/latest", "9"), "mp_rank_00_model_states.pt: no such file"),
                arguments("latest of a path", text(FIRST + "/latest", "../x"), "must hold the name of a folder"),
                arguments("two iterations", FOLDERS, "2 iterations (27000, 30000)"),
                arguments("two ranks", copy(FIRST + STATES, FIRST + "/27000/mp_rank_01_model_states.pt"), "2 files"),
                arguments("states that are no zip", text(FIRST + STATES, "no zip"), "not a zip file"),
                arguments("states cut off", cut(FIRST + STATES), FIRST + STATES + ": "),
                arguments(
                        "states of another part",
                        copy(LARGE + "/20000/mp_rank_00_model_states.pt", FIRST + STATES),
                        "wrongly shaped"),
                arguments("no image autoencoder", gone("ice_image.pt"), "ice_image.pt: no such file"),
                arguments("image autoencoder of text", text("ice_image.pt", "x"), "not a zip file"),
                arguments(
                        "image autoencoder of a stage",
                        copy(FIRST + STATES, "ice_image.pt"),
                        "no tensor 'enc.conv_in.weight' of an image autoencoder"),
                arguments("no text model", gone("ice_text.model"), "ice_text.model: no such file"),
                arguments("damaged text model", text("ice_text.model", "x"), "not icetk's SentencePiece model"),
                arguments(
                        "another text model",
                        bytes("ice_text.model", IceModel.bytes(List.of("<unk>", "a"))),
                        "has no piece"),
                arguments(
                        "text model too large",
                        bytes("ice_text.model", IceModel.bytes(many())),
                        "the text model has ids up to"),
                arguments("no clusters", gone(CLUSTERS), CLUSTERS + ": "),
                arguments("clusters of no array", text(CLUSTERS, "x"), "not an array of NumPy's"),
                arguments(
                        "clusters of another codebook",
                        bytes(CLUSTERS, TinyCogVideo.labels(65, 20)),
                        "has labels for 65 image tokens, the model has 64"),
                arguments("clusters cut off", cut(CLUSTERS), CLUSTERS + ": "),
                arguments("clusters without a header", cutTo(CLUSTERS, 20), "ends within its header"),
                arguments("clusters of 32 bits", swap(CLUSTERS, "'<i8'", "'<i4'"), "whole numbers of 64 bits"),
                arguments("a label below 0", label(-1), "the cluster of token 3 is -1"),
                arguments("a label too large", label(64), "the cluster of token 3 is 64"),
                arguments("no config", gone(FIRST + CONFIG), FIRST + CONFIG + ": "),
                arguments("config of no JSON", text(FIRST + CONFIG, "{"), "not valid JSON"),
                arguments("config of a list", text(FIRST + CONFIG, "[]"), "must be a JSON object"),
                arguments("another norm", set(FIRST, "\"sandwich\"", "\"pre\""), "'layernorm_order' must be sandwich"),
                arguments("layout of four", set(FIRST, "[24,40,104]", "[24,40,104,1]"), "'layout' must be the ends"),
                arguments("layout of no square", set(FIRST, "[24,40,104]", "[24,39,99]"), "must be a square grid"),
                arguments("layout of text", set(FIRST, "[24,40,104]", "\"24\""), "'layout' must be a list"),
                arguments(
                        "an odd window",
                        set(FIRST, "\"window_size\":2", "\"window_size\":3"),
                        "window_size must be even"),
                arguments(
                        "no layers",
                        set(FIRST, "\"num_layers\":3", "\"num_layers\":0"),
                        "num_layers must be at least 1"),
                arguments("fewer layers", everywhere("\"num_layers\":3", "\"num_layers\":2"), "unexpected"),
                arguments("more layers", everywhere("\"num_layers\":3", "\"num_layers\":4"), "missing"),
                arguments(
                        "width of text",
                        set(FIRST, "\"hidden_size\":32", "\"hidden_size\":\"32\""),
                        "'hidden_size' must be a whole number"),
                arguments(
                        "heads that do not divide",
                        set(FIRST, "\"num_attention_heads\":4", "\"num_attention_heads\":5"),
                        "attention_head' must be hidden_size"),
                arguments(
                        "stages of two sizes",
                        set(SECOND, "\"inner_hidden_size\":128", "\"inner_hidden_size\":64"),
                        "the first stage's and the second stage's networks must be the same"),
                arguments(
                        "upscaler of another size",
                        set(LARGE, "\"inner_hidden_size\":128", "\"inner_hidden_size\":64"),
                        "the stages' and super-resolution's base models must be the same"),
                arguments(
                        "few extra positions",
                        everywhere("\"additional_seqlen\":64", "\"additional_seqlen\":63"),
                        "additional_seqlen must be at least 64"),
                arguments(
                        "few positions",
                        set(FIRST, "\"max_sequence_length\":544", "\"max_sequence_length\":512"),
                        "max_sequence_length must be"),
                arguments(
                        "no room for text",
                        everywhere("\"vocab_size\":110", "\"vocab_size\":64"),
                        "vocab_size must be above the image tokens"),
                arguments(
                        "another codebook",
                        everywhere("\"image_tokens\":64", "\"image_tokens\":63"),
                        "image tokens and codes of the image autoencoder must be the same"),
                arguments("a size beyond all", everywhere("\"hidden_size\":32", "\"hidden_size\":3200000000"), ": "));
    }

    static Stream<Arguments> own() {
        return Stream.of(
                arguments("no base", gone("base"), "base"),
                arguments("no second stage", gone("interpolation"), "names the part 'interpolation'"),
                arguments("no super-resolution", gone("upscaler"), "names the part 'upscaler'"),
                arguments("no base of its own", gone("upscaler_base"), "names the part 'upscaler_base'"),
                arguments("no config of the base", gone("keyframes/config.json"), "keyframes/config.json: "),
                arguments(
                        "no weights", gone("keyframes/diffusion_pytorch_model.safetensors"), "keyframes: expected one"),
                arguments("no image autoencoder", gone("image"), "image: no such folder"),
                arguments("no tokenizer", gone("tokenizer"), "tokenizer/cluster_label2.npy"),
                arguments(
                        "guidance below 1",
                        stated("\"guidance\": 0.5"),
                        "guidance must be between 1 (off) and 1000, found 0.5"),
                arguments(
                        "a setting there is not",
                        stated("\"key_rate\": 2"),
                        "a model cannot state 'key_rate'; it may state language, frames, fps, temperature,"),
                arguments("a rate of no series", stated("\"key-rate\": 3"), "key-rate must be 0.25, 0.5, 1, 2 or 4"),
                arguments("clusters there are not", stated("\"top-clusters\": 999"), "top-clusters must be at most "),
                arguments("nothing stated", stated("\"guidance\": null"), "must be a number or a word, found null"),
                arguments("two languages", stated("\"language\": [\"a\"]"), "must be a number or a word, found ["),
                arguments("frames of no series", stated("\"frames\": 10"), "frames must be 5, 9, 17 or 33, found 10"),
                arguments("weights cut off", cut("base/diffusion_pytorch_model.safetensors"), "base/"),
                arguments(
                        "parts of one another",
                        copy(
                                "upscaler/diffusion_pytorch_model.safetensors",
                                "keyframes/diffusion_pytorch_model.safetensors"),
                        "missing"));
    }

    private static Damage stated(String values) {
        return swap("model_index.json", "\"_class_name\"", "\"_kinema\": {" + values + "}, \"_class_name\"");
    }

    /** Of those that it does not state, a model with few clusters draws from all it has. */
    @Test
    void aModelMayHaveFewClusters() throws IOException {
        Path folder = copyOf("authors");
        Files.write(folder.resolve(CLUSTERS), TinyCogVideo.labels(64, 8));
        try (VideoModel model = Kinema.open(new CogVideo(), folder, OpenOptions.DEFAULT)) {
            assertThat(model.settings().standard().get(CogVideoSettings.TOP_CLUSTERS))
                    .isEqualTo(8);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("authors")
    void damagedFilesOfTheAuthorsAreRefused(String name, Damage damage, String message) throws IOException {
        assertRefused("authors", damage, message);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("own")
    void damagedConvertedFoldersAreRefused(String name, Damage damage, String message) throws IOException {
        assertRefused("own", damage, message);
    }

    private void assertRefused(String layout, Damage damage, String message) throws IOException {
        Path folder = copyOf(layout);
        damage.to(folder);
        long before = LivePointers.settled();
        assertThatThrownBy(() -> Kinema.open(new CogVideo(), folder, OpenOptions.DEFAULT))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(folder.toString())
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
        assertThat(LivePointers.settled()).isEqualTo(before);
    }

    @Test
    void optionsThatItCannotBeOpenedWithAreRefused() {
        Path folder = whole.resolve("authors");
        assertThatThrownBy(() -> Kinema.open(
                        new CogVideo(), folder, OpenOptions.DEFAULT.withLora(folder.resolve("ice_text.model"), 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("takes no LoRA");
        assertThatThrownBy(() -> Kinema.open(
                        new CogVideo(), folder, OpenOptions.DEFAULT.withDraftDecoder(Path.of("taecvx.pth"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("CogVideo takes no draft decoder, found taecvx.pth; leave it out");
        assertThatThrownBy(() -> Kinema.open(new CogVideo(), folder, OpenOptions.DEFAULT.withDevice(Device.CUDA)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("computes on the processor alone");
    }

    @Test
    void aConvertedFolderHasOneCopyOfEqualModelsAndIsNotConvertedAgain() {
        Path own = whole.resolve("own");
        assertThat(own.resolve("interpolation_base")).doesNotExist();
        assertThat(own.resolve("upscaler_base")).isDirectory();
        assertThat(new CogVideoFiles(own).parts()).hasSize(6);
        assertThatThrownBy(() -> new CogVideo().convert(own, place.resolve("x"), ConversionListener.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nothing to convert");
    }

    private Path copyOf(String layout) throws IOException {
        Path from = whole.resolve(layout);
        Path to = place.resolve("model");
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
        return to;
    }

    private static final Damage FOLDERS = folder -> {
        Files.delete(folder.resolve(FIRST + "/latest"));
        Files.createDirectory(folder.resolve(FIRST + "/30000"));
        Files.copy(folder.resolve(FIRST + STATES), folder.resolve(FIRST + "/30000/mp_rank_00_model_states.pt"));
    };

    private static Damage both(Damage first, Damage second) {
        return folder -> {
            first.to(folder);
            second.to(folder);
        };
    }

    private static Damage gone(String name) {
        return folder -> {
            try (Stream<Path> all = Files.walk(folder.resolve(name))) {
                for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        };
    }

    private static Damage text(String name, String text) {
        return bytes(name, text.getBytes(StandardCharsets.UTF_8));
    }

    private static Damage bytes(String name, byte[] bytes) {
        return folder -> Files.write(folder.resolve(name), bytes);
    }

    private static Damage copy(String from, String to) {
        return folder -> Files.write(folder.resolve(to), Files.readAllBytes(folder.resolve(from)));
    }

    private static Damage cut(String name) {
        return folder -> cutTo(name, (int) Files.size(folder.resolve(name)) / 2).to(folder);
    }

    private static Damage cutTo(String name, int size) {
        return folder -> Files.write(
                folder.resolve(name), java.util.Arrays.copyOf(Files.readAllBytes(folder.resolve(name)), size));
    }

    /** Replaces a text in a file that need not be one. */
    private static Damage swap(String name, String from, String to) {
        return folder -> {
            Path file = folder.resolve(name);
            String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
            assertThat(text).contains(from);
            Files.write(file, text.replace(from, to).getBytes(StandardCharsets.ISO_8859_1));
        };
    }

    private static Damage set(String part, String from, String to) {
        return swap(part + CONFIG, from, to);
    }

    private static Damage everywhere(String from, String to) {
        return folder -> {
            for (String part : List.of(FIRST, SECOND, LARGE)) {
                Path file = folder.resolve(part + CONFIG);
                Files.writeString(file, Files.readString(file).replace(from, to));
            }
        };
    }

    private static Damage label(long value) {
        byte[] file = TinyCogVideo.labels(64, 20);
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putLong(file.length - 61 * Long.BYTES, value);
        return bytes(CLUSTERS, file);
    }

    private static List<String> many() {
        return Stream.concat(
                        IceModel.PIECES.stream(),
                        java.util.stream.IntStream.range(0, 20).mapToObj(i -> "x" + i))
                .toList();
    }
}
