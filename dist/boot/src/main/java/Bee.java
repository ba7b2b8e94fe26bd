import java.nio.file.Path;
import kinema.VideoModel;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/** Makes one video with the model that the starter brings. */
@Configuration
@EnableAutoConfiguration
public class Bee {
    public static void main(String[] arguments) {
        try (ConfigurableApplicationContext program = SpringApplication.run(Bee.class, arguments)) {
            VideoModel model = program.getBean(VideoModel.class);
            model.generate("a bee flies").save(Path.of("bee.mp4"));
        }
    }
}
