package kinema;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import kinema.system.ConditionException;
import kinema.system.ConditionType;
import kinema.testing.Golden;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is refused by a checkpoint's configs alone: here it has nothing else. */
class ModelRulesTest {
    @TempDir
    private Path folder;

    @Test
    void configsAreEnough() throws IOException {
        ModelRules rules = rules("t2v-2b");

        assertThat(rules.size().frames()).isEqualTo(9);
        rules.check(GenerationRequest.of("a").build());
        rules.check(GenerationRequest.of("a").frames(17).size(32, 16).build());
        assertThatThrownBy(
                        () -> rules.check(GenerationRequest.of("a").frames(10).build()))
                .hasMessage("frames must be 8k+1 for CogVideoX, found 10; nearest: 9");
        assertThatThrownBy(() ->
                        rules.check(GenerationRequest.of("a").size(100, 64).build()))
                .hasMessage("width must be a multiple of 16, found 100; nearest: 96");
        assertThatThrownBy(() -> rules.check(GenerationRequest.of("a")
                        .condition(PictureCondition.video(grey(48), 1))
                        .build()))
                .hasMessage("frames must be 8k+1 for CogVideoX, found 48; take 41 of the given video's");
    }

    /** 1.5 was trained at 16 frames per second, the models before it at 8. */
    @Test
    void framesPerSecondAreThoseOfTheTraining() throws IOException {
        assertThat(rules("t2v-1.5").size().fps()).isEqualTo(16);
        assertThat(rules("i2v-1.5").size().fps()).isEqualTo(16);
        assertThat(rules("t2v-5b").size().fps()).isEqualTo(8);
    }

    @Test
    void theKindOfPicturesThatIsNeededIsTold() throws IOException {
        assertNeeds(rules("i2v-5b"), ConditionType.IMAGE);
        assertNeeds(rules("control-fun"), ConditionType.CONTROL);
        ModelRules text = rules("t2v-5b");
        assertThatThrownBy(() -> text.check(GenerationRequest.of("a")
                        .condition(PictureCondition.image(grey(1)))
                        .build()))
                .isInstanceOfSatisfying(
                        ConditionException.class, e -> assertThat(e.needed()).isEmpty());
    }

    @Test
    void configsThatAreWrongAreTheCheckpointsFault() throws IOException {
        Path model = folder.resolve("t2v-2b");
        rules("t2v-2b");
        Path config = model.resolve("vae/config.json");
        Files.writeString(config, Files.readString(config).replace("1.15258426", "0"));

        assertThatThrownBy(() -> Kinema.rules(model))
                .isInstanceOf(WeightsException.class)
                .hasMessage(model + "/vae/config.json: scaling_factor must be above 0, found 0.0");
    }

    private static void assertNeeds(ModelRules rules, ConditionType needed) {
        assertThatThrownBy(() -> rules.check(GenerationRequest.of("a").build()))
                .isInstanceOfSatisfying(
                        ConditionException.class, e -> assertThat(e.needed()).contains(needed));
    }

    private ModelRules rules(String golden) throws IOException {
        Path model = folder.resolve(golden);
        Golden.model(golden, model);
        try (Stream<Path> files = Files.walk(model)) {
            List<Path> weights = files.filter(file -> file.toString().endsWith(".safetensors"))
                    .toList();
            assertThat(weights).isNotEmpty();
            for (Path file : weights) {
                Files.delete(file);
            }
        }
        return Kinema.rules(model);
    }

    private static Video grey(int frames) {
        return new Video(
                2, 2, 8, Stream.generate(() -> new byte[12]).limit(frames).toList());
    }
}
