package kinema.show1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import kinema.system.OpenOptions;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Checkpoint;
import kinema.weights.CheckpointWriter;
import kinema.weights.ConversionListener;
import kinema.weights.StoredTensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Five checkpoints become one folder of safetensors in 16 bits. */
class Show1ConversionTest {
    private static final ConversionListener QUIET = new ConversionListener() {};

    private final Show1 system = new Show1();

    @TempDir
    Path temp;

    private Path model;

    @BeforeEach
    void makeModel() throws IOException {
        model = Show1Golden.copy(Files.createDirectory(temp.resolve("model")));
    }

    @Test
    void numbersOf16BitsStayAsTheyAreAndT5IsWrittenOnce() throws IOException {
        copy(model.resolve("show-1-base/text_encoder"), model.resolve("show-1-interpolation/text_encoder"));
        Path made = temp.resolve("made");

        system.convert(model, made, QUIET);

        assertThat(files(made)).noneMatch(name -> name.endsWith(".bin"));
        assertThat(made.resolve("show-1-base/text_encoder")).isDirectory();
        assertThat(made.resolve("show-1-interpolation/text_encoder")).doesNotExist();
        Show1Pipeline.open(made, OpenOptions.DEFAULT).close();
        for (String part : Show1Files.of(made).networks()) {
            try (Checkpoint before = Checkpoint.open(Show1Files.of(model).folder(part), ScalarType.Float);
                    Checkpoint after = Checkpoint.open(Show1Files.of(made).folder(part), ScalarType.Float)) {
                assertThat(after.tensors().keySet())
                        .as(part)
                        .isEqualTo(before.tensors().keySet());
                Scopes.run(() -> before.tensors().forEach((key, tensor) -> {
                    StoredTensor written = after.tensors().get(key);
                    assertThat(written.dtype()).isEqualTo(ScalarType.Half);
                    assertThat(Tensors.floats(written.read()))
                            .isEqualTo(Tensors.floats(tensor.read().to(ScalarType.Half)));
                }));
            }
        }
        assertThatThrownBy(() -> system.convert(made, temp.resolve("again"), QUIET))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(made + " is all safetensors in 16 bits already; there is nothing to convert");
    }

    /** T5 comes in 32 bits; where float16 has no room for a number the tensor keeps its range and loses digits. */
    @Test
    void numbersTooLargeForFloat16BecomeBfloat16() {
        Scopes.run(() -> {
            StoredTensor small = stored(new float[] {65504, -1.0009766f});
            StoredTensor large = stored(new float[] {70_000, 1});
            StoredTensor whole = StoredTensor.of(Tensors.of(new long[] {70_000}, 1));
            assertThat(Show1Conversion.in16Bits(small).dtype()).isEqualTo(ScalarType.Half);
            assertThat(Tensors.floats(Show1Conversion.in16Bits(small).read())).containsExactly(65504, -1.0009766f);
            assertThat(Show1Conversion.in16Bits(large).dtype()).isEqualTo(ScalarType.BFloat16);
            assertThat(Tensors.floats(Show1Conversion.in16Bits(large).read())).containsExactly(70_144, 1);
            assertThat(Show1Conversion.in16Bits(whole)).isSameAs(whole);
        });
    }

    /** A folder of safetensors is not converted already where a part has 32 bits. */
    @Test
    void safetensorsOf32BitsAreConvertedToo() throws IOException {
        Path once = temp.resolve("once"), twice = temp.resolve("twice");
        system.convert(model, once, QUIET);
        Path clip = once.resolve("show-1-sr2/text_encoder");
        try (Checkpoint wide = Checkpoint.open(model.resolve("show-1-sr2/text_encoder"), ScalarType.Float)) {
            Map<String, StoredTensor> floats = new LinkedHashMap<>();
            wide.tensors()
                    .forEach((key, t) -> floats.put(
                            key,
                            new StoredTensor(
                                    ScalarType.Float,
                                    t.shape(),
                                    false,
                                    () -> Scopes.keep(() -> t.read().to(ScalarType.Float)))));
            CheckpointWriter.write(clip, floats, Long.MAX_VALUE, QUIET);
        }

        system.convert(once, twice, QUIET);

        try (Checkpoint after = Checkpoint.open(twice.resolve("show-1-sr2/text_encoder"), ScalarType.Float)) {
            assertThat(after.tensors().values()).allMatch(t -> t.dtype() == ScalarType.Half);
        }
    }

    private static StoredTensor stored(float[] values) {
        return StoredTensor.of(Tensors.of(values, values.length));
    }

    @Test
    void nothingIsLeftOfAConversionThatWasCancelledOrCannotBeWritten() throws IOException {
        assertThatThrownBy(() -> system.convert(model, model, QUIET)).hasMessageContaining("the folder is not empty");
        assertThatThrownBy(() -> system.convert(model, temp.resolve("made"), new ConversionListener() {
                    @Override
                    public boolean cancelled() {
                        return true;
                    }
                }))
                .isInstanceOf(CancellationException.class);
        assertThat(files(temp).stream().filter(name -> !name.startsWith("model")))
                .isEmpty();
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> all = Files.list(from)) {
            for (Path file : all.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
    }
}
