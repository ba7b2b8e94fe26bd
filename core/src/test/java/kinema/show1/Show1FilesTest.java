package kinema.show1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import kinema.show1.Show1Files.Part;
import kinema.system.OpenOptions;
import kinema.system.Sampling;
import kinema.system.VideoSize;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Five checkpoints in a folder or beside one another, and what is said of those that are missing or others. */
class Show1FilesTest {
    private final Show1 system = new Show1();

    @TempDir
    Path folder;

    @BeforeEach
    void makeModel() {
        Show1Golden.copy(folder);
    }

    @Test
    void theFolderOfAllAndEachOfTheFiveIsTheModel() throws IOException {
        List<String> networks = List.of(
                "base/text_encoder",
                "base/unet",
                "interpolation/unet",
                "first-frame/unet",
                "upscaling/unet",
                "expert/text_encoder",
                "expert/unet",
                "expert/vae");
        assertThat(system.owns(folder)).isTrue();
        assertThat(Show1Files.of(folder).networks()).isEqualTo(networks);
        for (String one : List.of("show-1-base", "show-1-sr2", "IF-II-L-v1.0")) {
            assertThat(system.owns(folder.resolve(one))).isTrue();
            assertThat(Show1Files.of(folder.resolve(one)).networks()).isEqualTo(networks);
        }
        assertThat(system.owns(folder.resolve("shapes"))).isFalse();
        Files.move(folder.resolve("show-1-sr1"), folder.resolve("whatever it is called"));
        assertThat(Show1Files.of(folder).has(Part.UPSCALING)).isTrue();
        assertThat(system.describe(folder).networks().keySet())
                .containsExactlyInAnyOrderElementsOf(
                        networks.stream().filter(n -> n.endsWith("unet")).toList());
        assertThat(system.parts(folder).network("base/unet").tensors())
                .hasSize(system.describe(folder).networks().get("base/unet").size());
    }

    @Test
    void aCheckpointThatIsMissingIsNamedWhereItIsNeeded() throws IOException {
        delete("show-1-interpolation");
        try (Show1Pipeline model = Show1Pipeline.open(folder, OpenOptions.DEFAULT)) {
            assertThatThrownBy(() -> model.rules().check(sampling("interpolate", 29)))
                    .isInstanceOf(WeightsException.class)
                    .hasMessage(folder + ": this Show-1 has no interpolation checkpoint, which this needs; put"
                            + " showlab/show-1-interpolation beside the others");
            model.rules().check(sampling("base", 8));
        }
    }

    @Test
    void t5IsReadFromWhicheverCheckpointHasIt() throws IOException {
        Files.move(folder.resolve("show-1-base/text_encoder"), folder.resolve("show-1-sr1/text_encoder"));
        assertThat(Show1Files.of(folder).textFolder("text_encoder"))
                .isEqualTo(folder.resolve("show-1-sr1/text_encoder"));
        delete("show-1-sr1/text_encoder");
        assertThatThrownBy(() -> Show1Files.of(folder).textFolder("text_encoder"))
                .isInstanceOf(WeightsException.class)
                .hasMessage(
                        folder + ": none of its checkpoints has a text_encoder folder; showlab/show-1-base brings it");
    }

    @Test
    void twoOfOneKindAreRefused() throws IOException {
        Files.createDirectory(folder.resolve("again"));
        Files.copy(folder.resolve("show-1-sr2/model_index.json"), folder.resolve("again/model_index.json"));
        assertThatThrownBy(() -> Show1Files.of(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("holds several checkpoints of one kind");
        assertThat(Show1Files.of(folder.resolve("show-1-sr2")).folder(Part.EXPERT, "unet"))
                .isEqualTo(folder.toAbsolutePath().resolve("show-1-sr2/unet"));
    }

    @Test
    void theNetworkOfAnotherStageIsRefused() throws IOException {
        Files.copy(
                folder.resolve("show-1-base/unet/config.json"), folder.resolve("show-1-interpolation/unet/other.json"));
        Files.move(
                folder.resolve("show-1-interpolation/unet/other.json"),
                folder.resolve("show-1-interpolation/unet/config.json"),
                StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> system.rules(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("the network of the interpolation checkpoint must be one for pixels of clips with"
                        + " in_channels 7, found in_channels 3; do the checkpoints belong together?");
    }

    @Test
    void weightsOfAnotherNetworkAreRefusedWhenTheModelIsOpened() throws IOException {
        Path unet = folder.resolve("show-1-base/unet/diffusion_pytorch_model.bin");
        Files.delete(unet);
        Files.copy(folder.resolve("show-1-interpolation/unet/diffusion_pytorch_model.bin"), unet);
        assertThatThrownBy(() -> Show1Pipeline.open(folder, OpenOptions.DEFAULT))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining("wrongly shaped (conv_in.weight needs (32, 3, 3, 3), file has (32, 7, 3, 3))");
    }

    /** Networks of one release with the text encoder of another. */
    @ParameterizedTest
    @CsvSource({
        "show-1-sr1, encoder_hid_dim, 96, show-1-base",
        "IF-II-L-v1.0, encoder_hid_dim, 32, show-1-base",
        "show-1-interpolation, encoder_hid_dim, 128, show-1-base",
        "show-1-sr2, cross_attention_dim, 96, show-1-sr2",
    })
    void networksForAnotherTextEncoderAreRefused(String checkpoint, String key, int width, String encoder)
            throws IOException {
        Path file = folder.resolve(checkpoint + "/unet/config.json");
        set(file, key, Integer.toString(width));
        assertThatThrownBy(() -> system.rules(folder))
                .isInstanceOf(WeightsException.class)
                .hasMessage(file + ": '" + key + "' must be 64, the width of the states of "
                        + folder.resolve(encoder + "/text_encoder/config.json") + ", found " + width
                        + "; do the checkpoints belong together?");
    }

    /** What a request asks of the noise is held against what the checkpoint's schedules have. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "show-1-base/scheduler | 60 | base.steps must be at most 60, the timesteps of the checkpoint's"
                        + " scheduler, found 75",
                "show-1-interpolation/scheduler | 74 | interpolate.steps must be at most 74, the timesteps of the",
                "IF-II-L-v1.0/scheduler | 50 | first-frame.steps must be at most 50, the timesteps of the checkpoint's",
                "show-1-sr2/scheduler | 40 | refine.steps must be at most 40, the timesteps of the checkpoint's",
                "show-1-sr1/image_noising_scheduler | 250 | upscale.noise-level must be less than 250, the timesteps of"
                        + " the checkpoint's image_noising_scheduler, found 250",
                "IF-II-L-v1.0/image_noising_scheduler | 100 | first-frame.noise-level must be less than 100, the",
            })
    void timestepsThatTheSchedulesDoNotHaveAreRefused(String part, int timesteps, String message) throws IOException {
        set(folder.resolve(part).resolve("scheduler_config.json"), "num_train_timesteps", Integer.toString(timesteps));
        Sampling whole = new Sampling(
                "a boat",
                1,
                new VideoSize(576, 320, 29, 8),
                Show1Settings.of(key -> Optional.empty()).standard(),
                Optional.empty(),
                Optional.empty());
        assertThatThrownBy(() -> system.rules(folder).check(whole))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(message);
    }

    @Test
    void lorasAndDraftDecodersAreRefusedAndPartsNamed() {
        assertThatThrownBy(() -> system.open(folder, OpenOptions.DEFAULT.withLora(folder, 1)))
                .hasMessageStartingWith("Show-1 takes no LoRA");
        assertThatThrownBy(() -> system.open(folder, OpenOptions.DEFAULT.withDraftDecoder(folder)))
                .hasMessageStartingWith("Show-1 takes no draft decoder");
        assertThat(system.openVae(folder, OpenOptions.DEFAULT)).isEmpty();
        assertThatThrownBy(() -> system.parts(folder).folder("base2/unet"))
                .hasMessageContaining("no part 'base2/unet'; there are base/text_encoder, base/unet");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "show-1-base/scheduler | _class_name | \"DDIMScheduler\" | unknown scheduler 'DDIMScheduler'; known:",
                "show-1-base/scheduler | algorithm_type | \"sde-dpmsolver++\" | 'algorithm_type' must be dpmsolver++",
                "show-1-base/scheduler | solver_order | 3 | 'solver_order' must be 2, found 3",
                "show-1-base/scheduler | use_karras_sigmas | true | 'use_karras_sigmas' must be false, found true",
                "show-1-base/scheduler | prediction_type | \"v_prediction\" | 'prediction_type' must be epsilon",
                "show-1-base/scheduler | beta_schedule | \"linear\" | unknown beta_schedule 'linear'; known:",
                "show-1-base/scheduler | sample_max_value | 0.5 | sample_max_value must be at least 1, found 0.5",
                "show-1-base/scheduler | dynamic_thresholding_ratio | 2 | dynamic_thresholding_ratio must be from 0 to"
                        + " 1",
                "show-1-base/scheduler | num_train_timesteps | 0 | 'num_train_timesteps' must be a whole number from 1",
                "IF-II-L-v1.0/scheduler | variance_type | \"fixed_small\" | 'variance_type' must be learned_range",
                "IF-II-L-v1.0/scheduler | timestep_spacing | \"trailing\" | 'timestep_spacing' must be leading",
                "show-1-sr2/scheduler | beta_start | 2 | beta_start and beta_end must be rising and between 0 and 1",
            })
    void samplersThatNoShow1HasAreRefused(String part, String key, String value, String message) throws IOException {
        Path file = folder.resolve(part).resolve("scheduler_config.json");
        set(file, key, value);
        assertThatThrownBy(() -> NoiseFile.read(ConfigFile.readScheduler(file)))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(file + ": ")
                .hasMessageContaining(message);
    }

    private static void set(Path file, String key, String value) throws IOException {
        ObjectMapper json = JsonMapper.builder()
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                .build();
        ObjectNode config = (ObjectNode) json.readTree(file.toFile());
        config.set(key, json.readTree(value));
        config.remove("lambda_min_clipped"); // an infinity, which is written otherwise
        Files.writeString(file, config.toString());
    }

    private Sampling sampling(String until, int frames) {
        return new Sampling(
                "a boat",
                1,
                new VideoSize(64, 40, frames, 8),
                Show1Settings.of(key -> Optional.empty()).complete(Map.of("until", until)),
                Optional.empty(),
                Optional.empty());
    }

    private void delete(String name) throws IOException {
        try (Stream<Path> all = Files.walk(folder.resolve(name))) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
