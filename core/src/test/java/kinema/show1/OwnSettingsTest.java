package kinema.show1;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import kinema.show1.Show1Files.Part;
import kinema.show1.unet.UnetConfig;
import kinema.show1.vae.FrameVaeConfig;
import kinema.system.Settings;
import kinema.weights.ConfigFile;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What checkpoints made here state of themselves: settings, sizes, text encoders, configs. */
class OwnSettingsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    @BeforeEach
    void makeModel() {
        Show1Golden.copy(folder);
    }

    @Test
    void theLastCheckpointThatStatesASettingDecides() throws IOException {
        own("show-1-base", own -> own.put("until", "base").put("width", 24).put("base.steps", 7));
        own("show-1-interpolation", own -> own.put("until", "interpolate").put("text-tokens", 12));
        own("show-1-sr1", own -> own.put("upscale.scale", 2));
        Show1Rules rules = Show1Rules.of(Show1Files.of(folder));
        Settings standard = rules.settings().standard();
        assertThat(standard.values())
                .containsEntry("until", "interpolate")
                .containsEntry("base.steps", 7)
                .containsEntry("upscale.scale", 2)
                .containsEntry("refine.steps", 50)
                .doesNotContainKey("upscale.steps");
        assertThat(rules.size().width()).isEqualTo(24);
        assertThat(rules.size().frames()).isEqualTo(29);
        assertThat(rules.textTokens()).isEqualTo(12);
    }

    @Test
    void whatASettingMustNotHaveIsRefused() throws IOException {
        own("show-1-base", own -> own.put("base.steps", 0));
        assertThatThrownBy(() -> Show1Rules.of(Show1Files.of(folder)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(
                        "model_index.json of this Show-1: base.steps must be between 1 and 1000, found 0");
    }

    @Test
    void anIndexNamesTheSmallTextEncoder() throws IOException {
        index(
                "show-1-base",
                index -> index.putArray("text_encoder").add("kinema").add(TextParts.MINI_LM));
        index(
                "show-1-sr2",
                index -> index.putArray("text_encoder").add("kinema").add(TextParts.MINI_LM));
        Show1Files files = Show1Files.of(folder);
        TextParts pixels = TextParts.ofPixels(files);
        TextParts latents = TextParts.ofLatents(files);
        assertThat(pixels.encode(" A red BOAT", 8).ids())
                .isEqualTo(latents.encode("a red boat", 8).ids());
        pixels.tokenizer().close();
        latents.tokenizer().close();
    }

    /** Its width is no config's, so an index and a network can disagree. */
    @ParameterizedTest
    @CsvSource({"show-1-base, encoder_hid_dim", "show-1-sr2, cross_attention_dim"})
    void networksForAnotherThanTheSmallTextEncoderAreRefused(String checkpoint, String key) throws IOException {
        index(checkpoint, index -> index.putArray("text_encoder").add("kinema").add(TextParts.MINI_LM));
        assertThatThrownBy(() -> Show1Rules.of(Show1Files.of(folder)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(
                        checkpoint + "/unet/config.json: '" + key + "' must be 384, the width of the states of MiniLM");
    }

    @Test
    void configsAreReadAsTheyAreWritten() {
        for (UnetConfig config : new UnetConfig[] {
            UnetConfig.BASE, UnetConfig.INTERPOLATION, UnetConfig.FIRST_FRAME, UnetConfig.UPSCALING, UnetConfig.EXPERT
        }) {
            UnetConfig read = UnetConfig.read(ConfigFile.of(Path.of("config.json"), config.toMap()));
            assertThat(read.levels()).isEqualTo(config.levels());
            assertThat(read.toMap()).isEqualTo(config.toMap());
        }
        FrameVaeConfig vae = FrameVaeConfig.STABLE_DIFFUSION.withScaling(0.5);
        assertThat(FrameVaeConfig.read(ConfigFile.of(Path.of("config.json"), vae.toMap())))
                .isEqualTo(vae);
        for (Part part : Part.values()) {
            ConfigFile file = ConfigFile.of(Path.of("scheduler_config.json"), SchedulerFiles.sampler(part));
            assertThat(NoiseFile.read(file).ancestral()).isEqualTo(part == Part.FIRST_FRAME);
        }
        assertThat(SchedulerFiles.schedule(SchedulerFiles.noising()).alpha(250)).isBetween(0.845887, 0.845889);
        assertThat(SchedulerFiles.schedule(SchedulerFiles.sampler(Part.EXPERT)).alpha(799))
                .isBetween(0.037194, 0.037196);
    }

    private void own(String checkpoint, Consumer<ObjectNode> change) throws IOException {
        index(checkpoint, index -> change.accept(index.putObject("_kinema")));
    }

    private void index(String checkpoint, Consumer<ObjectNode> change) throws IOException {
        Path file = folder.resolve(checkpoint).resolve("model_index.json");
        ObjectNode index = (ObjectNode) JSON.readTree(file.toFile());
        change.accept(index);
        JSON.writeValue(file.toFile(), index);
    }
}
