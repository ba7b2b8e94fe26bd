package kinema.spring;

import java.nio.file.Path;
import kinema.system.OpenOptions;
import kinema.tensor.Device;
import kinema.tensor.Precision;
import kinema.tensor.Quantization;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/**
 * What a program's {@code application.properties} may say of its model.
 *
 * @param model the checkpoint's folder; the bundled model where there is none
 * @param precision what networks compute in
 * @param quantization of the denoising network's largest matrices, such as {@code int8}
 * @param device what they compute on
 * @param maxMemory what a generation may take, such as {@code 8GB}; what the machine has free where it is left out
 * @param threads of the numerics; libtorch's own number where it is left out
 */
@ConfigurationProperties("kinema")
public record KinemaProperties(
        @Nullable Path model,
        @DefaultValue("fp32") Precision precision,
        @DefaultValue("off") Quantization quantization,
        @DefaultValue("cpu") Device device,
        @Nullable DataSize maxMemory,
        @Nullable Integer threads) {
    /** How the model is opened. */
    OpenOptions options() {
        OpenOptions options = OpenOptions.DEFAULT
                .withPrecision(precision)
                .withQuantization(quantization)
                .withDevice(device);
        return maxMemory == null ? options : options.withMaxMemory(maxMemory.toBytes());
    }
}
