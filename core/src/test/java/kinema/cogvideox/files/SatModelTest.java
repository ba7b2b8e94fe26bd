package kinema.cogvideox.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.VaeConfig;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.Golden;
import kinema.testing.Pickle;
import kinema.weights.Checkpoint;
import kinema.weights.CheckpointWriter;
import kinema.weights.ConversionListener;
import kinema.weights.LeafSpec;
import kinema.weights.ModelIndex;
import kinema.weights.Placement;
import kinema.weights.ShapeTree;
import kinema.weights.StoredTensor;
import kinema.weights.TorchFile;
import kinema.weights.WeightFiles;
import kinema.weights.WeightsException;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Models in the authors' own files against the same in the published layout. */
class SatModelTest {
    private static final Placement PLACEMENT = Placement.resident(ScalarType.Float);

    @TempDir
    Path temp;

    private Path folder;

    @BeforeEach
    void layOut() throws IOException {
        folder = Files.createDirectory(temp.resolve("authors"));
        Golden.authors(folder);
    }

    @Test
    void everyTensorOfTheTransformerIsThePublishedOne() {
        TransformerConfig config = TransformerConfig.of(ModelFiles.of(folder).transformer());
        try (Checkpoint authors = ModelFiles.of(folder).openTransformer(PLACEMENT);
                Checkpoint published =
                        Checkpoint.open(Golden.folder("t2v-2b").resolve("model/transformer"), ScalarType.Float)) {
            assertSame(authors, published, ScalarType.Float);
            authors.check(w -> new ExpertTransformer(w, config));
        }
    }

    @Test
    void everyTensorOfTheVaeIsThePublishedOne() {
        try (Checkpoint authors = ModelFiles.of(folder).openVae(PLACEMENT);
                Checkpoint published =
                        Checkpoint.open(Golden.folder("t2v-2b").resolve("model/vae"), ScalarType.Float)) {
            assertSame(authors, published, ScalarType.Float);
        }
    }

    @Test
    void offsetAndLinearPatchesOfTheImageModelAreFoundToo() {
        Path image = Golden.folder("sat-i2v-1.5");
        TransformerConfig expected =
                TransformerConfig.read(Golden.folder("i2v-1.5").resolve("model/transformer/config.json"));
        TransformerConfig config = TransformerConfig.of(ModelFiles.of(image).transformer());
        assertThat(List.of(
                        config.heads(), config.headDim(), config.layers(), config.inChannels(), config.ofsEmbedDim()))
                .containsExactly(
                        expected.heads(),
                        expected.headDim(),
                        expected.layers(),
                        expected.inChannels(),
                        expected.ofsEmbedDim());
        assertThat(new ModelIndex(ModelFiles.of(image).index()).pipeline()).isEqualTo("CogVideoXImageToVideoPipeline");
        assertThat(VaeConfig.of(ModelFiles.of(image).vae()).invertScaleLatents())
                .isTrue();
        try (Checkpoint authors = ModelFiles.of(image).openTransformer(PLACEMENT);
                Checkpoint published =
                        Checkpoint.open(Golden.folder("i2v-1.5").resolve("model/transformer"), ScalarType.Float)) {
            assertSame(authors, published, ScalarType.BFloat16);
        }
    }

    static Stream<TransformerConfig> publishedModels() {
        return Stream.of(
                TransformerConfig.COGVIDEOX_2B,
                TransformerConfig.COGVIDEOX_5B,
                TransformerConfig.COGVIDEOX_5B_I2V,
                TransformerConfig.COGVIDEOX_1_5_5B,
                TransformerConfig.COGVIDEOX_1_5_5B_I2V);
    }

    @ParameterizedTest
    @MethodSource("publishedModels")
    void everyPublishedModelIsRecognisedByItsShapes(TransformerConfig model) {
        Map<String, StoredTensor> shapes = new HashMap<>();
        for (LeafSpec leaf : ShapeTree.of(w -> new ExpertTransformer(w, model))) {
            shapes.put(leaf.key(), new StoredTensor(ScalarType.BFloat16, leaf.shape(), true, () -> {
                throw new AssertionError("only shapes are looked at");
            }));
        }
        SatConfigs configs = new SatConfigs(shapes);

        Map<String, Object> expected = new LinkedHashMap<>(model.toMap());
        assertThat(configs.transformer()).isEqualTo(expected);
        boolean two = model.equals(TransformerConfig.COGVIDEOX_2B);
        assertThat(configs.vae().get("scaling_factor")).isEqualTo(two ? 1.15258426 : 0.7);
        assertThat(configs.scheduler().get("snr_shift_scale")).isEqualTo(two ? 3.0 : 1.0);
        assertThat(configs.scheduler().get("_class_name"))
                .isEqualTo(two ? "CogVideoXDDIMScheduler" : "CogVideoXDPMScheduler");
    }

    @Test
    void aConvertedModelHasThePublishedLayout() throws IOException {
        Path out = temp.resolve("out");
        Map<String, Integer> steps = new LinkedHashMap<>();
        CogVideoXConversion.convert(folder, out, new ConversionListener() {
            private String part = "";

            @Override
            public void part(String name) {
                part = name;
            }

            @Override
            public void step(int done, int total) {
                steps.put(part, done);
            }
        });

        assertThat(steps.keySet()).containsExactly("transformer", "vae", "text_encoder", "tokenizer");
        try (Stream<Path> all = Files.list(temp)) {
            assertThat(all).containsExactlyInAnyOrder(folder, out);
        }
        assertThat(new ModelIndex(ModelFiles.of(out).index()).pipeline()).isEqualTo("CogVideoXPipeline");
        for (String part : new String[] {"transformer", "vae"}) {
            try (Checkpoint converted = Checkpoint.open(out.resolve(part), ScalarType.Float);
                    Checkpoint published = Checkpoint.open(
                            Golden.folder("t2v-2b").resolve("model").resolve(part), ScalarType.Float)) {
                assertSame(converted, published, ScalarType.Float);
            }
        }
        assertThatThrownBy(() -> CogVideoXConversion.convert(out, temp.resolve("again"), ConversionListener.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has the published layout already; there is nothing to convert");
    }

    @Test
    void shardsAreReadByTheirIndex() throws IOException {
        Path shards = temp.resolve("shards");
        try (Checkpoint authors = ModelFiles.of(folder).openVae(PLACEMENT)) {
            CheckpointWriter.write(shards, authors.tensors(), 300_000, ConversionListener.NONE);
            assertThat(WeightFiles.of(shards)).hasSize(3);
            try (Checkpoint read = Checkpoint.open(shards, ScalarType.Float)) {
                assertSame(read, authors, ScalarType.Float);
            }
        }
    }

    @Test
    void nothingIsLeftOfAConversionThatEndsEarly() throws IOException {
        ConversionListener impatient = new ConversionListener() {
            @Override
            public boolean cancelled() {
                return true;
            }
        };
        assertThatThrownBy(() -> CogVideoXConversion.convert(folder, temp.resolve("out"), impatient))
                .isInstanceOf(CancellationException.class);
        try (Stream<Path> all = Files.list(temp)) {
            assertThat(all).containsExactly(folder);
        }
    }

    @Test
    void aTargetInUseIsLeftAlone() throws IOException {
        Path full = Files.createDirectory(temp.resolve("full"));
        Files.writeString(full.resolve("note"), "mine");
        assertThatThrownBy(() -> CogVideoXConversion.convert(folder, full, ConversionListener.NONE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("full: the folder is not empty; choose another place");
        assertThatThrownBy(() -> CogVideoXConversion.convert(folder, full.resolve("note"), ConversionListener.NONE))
                .hasMessageContaining("there is a file of that name");
        CogVideoXConversion.convert(folder, temp.resolve("a/b"), ConversionListener.NONE);
        assertThat(temp.resolve("a/b/model_index.json")).exists();
        Files.createDirectory(temp.resolve("empty"));
        CogVideoXConversion.convert(folder, temp.resolve("empty"), ConversionListener.NONE);
        assertThat(temp.resolve("empty/model_index.json")).exists();
        assertThat(full.resolve("note")).hasContent("mine");
    }

    @Test
    void missingAndForeignPartsAreNamed() throws IOException {
        Files.move(folder.resolve("t5-v1_1-xxl"), temp.resolve("t5-v1_1-xxl"));
        assertThat(ModelFiles.of(folder).tokenizer()).isEqualTo(temp.resolve("t5-v1_1-xxl"));
        Files.move(temp.resolve("t5-v1_1-xxl"), temp.resolve("elsewhere"));
        assertThatThrownBy(() -> CogVideoXConversion.convert(folder, temp.resolve("out"), ConversionListener.NONE))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("no text encoder: looked for text_encoder/ and t5-v1_1-xxl/ in it");

        Path states = folder.resolve("transformer/1000/mp_rank_00_model_states.pt");
        Path vae = folder.resolve("vae/3d-vae.pt");
        Files.copy(vae, states, StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> new SatConfigs(Map.of()))
                .hasMessageContaining("no tensor for 'patch_embed.proj.weight'; this is no CogVideoX transformer");
        assertThatThrownBy(() -> ModelFiles.of(folder).index())
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("mp_rank_00_model_states.pt: no tensor for 'patch_embed.proj.weight'");
        Files.delete(vae);
        assertThatThrownBy(() -> ModelFiles.of(folder).openVae(PLACEMENT))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("3d-vae.pt: no such file");
    }

    @Test
    void fusedTensorsThatCannotBeCutAreNamed() {
        byte[] pickle = Pickle.start()
                .op('}')
                .text("model.diffusion_model.transformer.layers.0.attention.query_key_value.weight")
                .tensor("FloatStorage", 6, 0, 2, 3, 3)
                .op('s')
                .end();
        try (TorchFile file = TorchFile.open(Pickle.file(temp.resolve("a.pt"), pickle))) {
            assertThatThrownBy(() -> SatTransformerKeys.published(file.tensors()))
                    .isInstanceOf(WeightsException.class)
                    .hasMessageContaining("query_key_value.weight': a tensor of shape (2, 3) has no 3 equal parts");
        }
    }

    private static void assertSame(Checkpoint found, Checkpoint expected, ScalarType dtype) {
        assertThat(found.tensors().keySet())
                .containsExactlyInAnyOrderElementsOf(expected.tensors().keySet());
        Scopes.run(() -> expected.tensors().forEach((key, tensor) -> {
            StoredTensor same = found.tensors().get(key);
            assertThat(same.dtype()).as(key).isEqualTo(dtype);
            assertThat(Arrays.toString(same.shape())).as(key).isEqualTo(Arrays.toString(tensor.shape()));
            assertThat(Tensors.floats(same.read()))
                    .as(key)
                    .containsExactly(Tensors.floats(tensor.read().to(dtype)));
        }));
    }
}
