package kinema.cli;

import java.nio.file.Path;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.system.OpenOptions;
import kinema.tensor.Device;
import kinema.tensor.Precision;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What a model computes in, on, and with how much memory, as options. */
final class EngineOptions {
    @Option(
            names = "--dtype",
            paramLabel = "fp32|bf16|fp16",
            description =
                    "What the networks compute in; weights are converted when they are used."
                            + " Default: as the video was made before; else bf16 where the processor has instructions for it and"
                            + " the model's pictures stay the same to the eye, else fp32. To measure, and for an autoencoder alone: fp32.")
    private @Nullable Precision dtype;

    @Option(
            names = "--device",
            paramLabel = "cpu|cuda",
            description = "What computes: the processor, or the first NVIDIA graphics card. Default: cpu.")
    private Device device = Device.CPU;

    @Option(
            names = "--max-memory",
            paramLabel = "SIZE",
            converter = MemoryAmount.class,
            description = "How much memory may be used, such as 8G. Default: what the machine has free.")
    private @Nullable Long maxMemory;

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    /** Checks what can be checked before anything is opened. */
    void check() {
        threads.check();
        device.check();
    }

    /**
     * How to open a model.
     *
     * @param before what the networks compute in unless an option says otherwise; null for the fastest
     */
    OpenOptions settings(@Nullable Precision before) {
        Precision precision = dtype == null ? before : dtype;
        OpenOptions on = OpenOptions.DEFAULT.withDevice(device);
        OpenOptions settings = precision == null ? on.withFastestPrecision() : on.withPrecision(precision);
        return maxMemory == null ? settings : settings.withMaxMemory(maxMemory);
    }

    /** Sets how many threads compute. */
    void applyThreads() {
        threads.apply();
    }

    /** Opens a model; a setting that a network cannot have is the checkpoint's fault here, not the request's. */
    VideoModel open(Path folder, OpenOptions settings) {
        applyThreads();
        try {
            return Kinema.open(folder, settings);
        } catch (IllegalArgumentException e) {
            throw new CommandException(ExitCode.BAD_MODEL, folder + ": " + e.getMessage(), e);
        }
    }
}
