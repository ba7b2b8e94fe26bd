package kinema.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kinema.GenerationRequest;
import kinema.VideoModel;
import kinema.memory.MemoryException;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Programs of Spring Boot that have the starter, started. */
class StarterTest {
    @TempDir
    Path folder;

    /** Has nothing of its own. */
    @EnableAutoConfiguration
    @Configuration
    static class Plain {}

    /** Has a model of its own. */
    @EnableAutoConfiguration
    @Configuration
    static class WithOwnModel {
        @Bean
        VideoModel own() {
            return kinema.Kinema.open(Path.of("../../models/kinema-tiny"));
        }
    }

    private static ConfigurableApplicationContext start(Class<?> program, String... arguments) {
        SpringApplication application = new SpringApplication(program);
        application.setLogStartupInfo(false);
        return application.run(arguments);
    }

    @Test
    void theBundledModelIsABeanThatMakesVideos() {
        VideoModel model;
        try (ConfigurableApplicationContext program = start(Plain.class, "--kinema.threads=1")) {
            model = program.getBean(VideoModel.class);
            assertThat(model.name()).isEqualTo("kinema-tiny");
            Path file = folder.resolve("balloon.mp4");
            model.generate(GenerationRequest.of("a red balloon rises in the blue sky")
                            .steps(1)
                            .frames(9)
                            .build())
                    .save(file);
            assertThat(file).isNotEmptyFile();
        }
        assertThatThrownBy(() -> model.generateAsync("a bee")).hasMessageContaining("is closed");
    }

    @Test
    void propertiesSayWhichModelAndHowItIsOpened() {
        List<String> arguments = List.of("--kinema.model=../../models/kinema-tiny", "--kinema.max-memory=1MB");
        try (ConfigurableApplicationContext program = start(Plain.class, arguments.toArray(String[]::new))) {
            VideoModel model = program.getBean(VideoModel.class);
            assertThatThrownBy(() -> model.generate("a bee")).isInstanceOf(MemoryException.class);
            assertThat(program.getBean(KinemaProperties.class).precision()).hasToString("fp32");
        }
        Path none = folder.resolve("none");
        assertThatThrownBy(() -> start(Plain.class, "--kinema.model=" + none))
                .hasRootCauseInstanceOf(WeightsException.class)
                .hasStackTraceContaining(none.toString());
        assertThat(Files.exists(none)).isFalse();
    }

    @Test
    void aProgramsOwnModelStays() {
        try (ConfigurableApplicationContext program = start(WithOwnModel.class)) {
            assertThat(program.getBeanNamesForType(VideoModel.class)).containsExactly("own");
        }
    }
}
