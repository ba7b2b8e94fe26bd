package kinema.spring;

import kinema.Kinema;
import kinema.VideoModel;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;

/** Opens the model that the program's properties name, unless the program has one of its own; closes it with the program. */
@AutoConfiguration
@EnableConfigurationProperties(KinemaProperties.class)
public class KinemaAutoConfiguration {
    /** For Spring. */
    public KinemaAutoConfiguration() {}

    /** The model, for all threads of the program. */
    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    public VideoModel videoModel(KinemaProperties properties) {
        if (properties.threads() != null) {
            Kinema.setThreads(properties.threads());
        }
        return properties.model() == null
                ? Kinema.bundled(properties.options())
                : Kinema.open(properties.model(), properties.options());
    }
}
