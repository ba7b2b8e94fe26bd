package kinema;

import java.io.IOException;
import java.nio.file.Path;
import kinema.system.OpenOptions;
import kinema.system.PipelineDescription;
import kinema.system.VideoSystem;
import kinema.tensor.ComputeThreads;
import kinema.tensor.NativeLibraries;
import kinema.weights.CheckpointParts;
import kinema.weights.ConversionListener;
import kinema.weights.WeightsException;

/** Where an embedding program starts: opens models. */
public final class Kinema {
    private static final int THREADS_PER_PROCESSOR = 4;

    static {
        NativeLibraries.settings(); // before anything here uses a class of JavaCPP's, which reads them once
    }

    private Kinema() {}

    /**
     * Opens the model that comes with Kinema, kinema-tiny: clips of 64 × 64 pixels and 17 frames of what its training world
     * knows. It is unpacked once into the folder that the system property {@code kinema.cache} names, else
     * {@code $XDG_CACHE_HOME/kinema} or {@code ~/.cache/kinema}.
     *
     * @throws IllegalStateException when the artifact {@code kinema-model-tiny} is not on the class path, with what to add
     * @throws java.io.UncheckedIOException when it cannot be unpacked
     */
    public static VideoModel bundled() {
        return bundled(OpenOptions.DEFAULT);
    }

    /** As {@link #bundled()}, in a way of its own. */
    public static VideoModel bundled(OpenOptions options) {
        return open(BundledModel.onClassPath().unpack(BundledModel.cache()), options);
    }

    /**
     * Opens the checkpoint of a system Kinema knows.
     *
     * @param folder the published layout: {@code model_index.json} and one folder per network
     * @throws kinema.weights.WeightsException when the folder is not such a checkpoint, or a damaged one
     */
    public static VideoModel open(Path folder) {
        return open(folder, OpenOptions.DEFAULT);
    }

    /**
     * Opens the checkpoint of a system Kinema knows, in a way of its own.
     *
     * @param folder the published layout: {@code model_index.json} and one folder per network
     * @param options what is to differ, such as LoRAs
     * @throws kinema.weights.WeightsException when the folder is not such a checkpoint, or a damaged one, or a LoRA does
     *     not fit it
     */
    public static VideoModel open(Path folder, OpenOptions options) {
        return open(Systems.of(folder), folder, options);
    }

    /**
     * Opens the checkpoint of a system that Kinema need not know, such as one of the program's own.
     *
     * @param folder one that the system owns
     * @throws kinema.weights.WeightsException when the folder is not such a checkpoint, or a damaged one
     */
    public static VideoModel open(VideoSystem system, Path folder, OpenOptions options) {
        if (!system.owns(folder)) {
            throw new WeightsException(folder + ": no checkpoint of " + system.name());
        }
        loadLibtorch();
        return PipelineModel.open(system, folder, options);
    }

    /**
     * Opens a checkpoint's autoencoder alone, without its other networks.
     *
     * @param folder the published layout: {@code model_index.json} and the folder {@code vae}
     * @throws kinema.weights.WeightsException when the folder is not such a checkpoint, or a damaged one
     */
    public static VideoAutoencoder openVae(Path folder) {
        return openVae(folder, OpenOptions.DEFAULT);
    }

    /**
     * The same in a way of its own.
     *
     * @param options of which precision, device and memory matter
     */
    public static VideoAutoencoder openVae(Path folder, OpenOptions options) {
        VideoSystem system = Systems.of(folder);
        loadLibtorch();
        return new VideoAutoencoder(
                name(folder),
                system.openVae(folder, options)
                        .orElseThrow(() -> new IllegalArgumentException(folder + ": a model of " + system.name()
                                + " has no autoencoder that is of use on its own")),
                options);
    }

    /**
     * The name of the system that a checkpoint belongs to, such as {@code cogvideox}.
     *
     * @throws kinema.weights.WeightsException when the folder is no checkpoint, or one of a system Kinema does not know
     */
    public static String system(Path folder) {
        return Systems.of(folder).name();
    }

    /**
     * What a checkpoint is, from its configs alone; nothing is loaded.
     *
     * @throws kinema.weights.WeightsException when the folder is no checkpoint of a known system, or a config is damaged
     */
    public static PipelineDescription describe(Path folder) {
        return Systems.of(folder).describe(folder);
    }

    /**
     * What a checkpoint can do, from its configs alone; nothing is loaded.
     *
     * @throws kinema.weights.WeightsException when the folder is no checkpoint of a known system, or a config is damaged
     */
    public static ModelRules rules(Path folder) {
        return new ModelRules(Systems.of(folder).rules(folder));
    }

    /**
     * Where a checkpoint's parts lie and what their files hold, from configs and headers alone; nothing is loaded.
     *
     * @throws kinema.weights.WeightsException when the folder is no checkpoint of a known system
     */
    public static CheckpointParts parts(Path folder) {
        return Systems.of(folder).parts(folder);
    }

    /**
     * The digest that tells a checkpoint's weights and configs from all others, which a {@link Provenance} records.
     *
     * @throws kinema.weights.WeightsException when the folder is no checkpoint of a known system, or cannot be read
     */
    public static String digest(Path folder) {
        return CheckpointDigest.of(Systems.of(folder), folder);
    }

    /**
     * Writes a checkpoint that comes in its authors' own files anew, in the published layout; the numbers stay as they are.
     *
     * @param folder the authors' files
     * @param target a folder that is not there yet, or empty; it appears when it is complete
     * @throws IllegalArgumentException when there is nothing to convert, or the target is in use
     * @throws kinema.weights.WeightsException when the folder is no such checkpoint, or a damaged one
     * @throws IOException when the target cannot be written
     */
    public static void convert(Path folder, Path target, ConversionListener listener) throws IOException {
        Systems.of(folder).convert(folder, target, listener);
    }

    /** The engine's version, or {@code development} outside a built jar. */
    public static String version() {
        String version = Kinema.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    /** What a checkpoint is called: as its folder is. */
    static String name(Path folder) {
        return folder.toAbsolutePath().normalize().getFileName().toString();
    }

    /**
     * Loads libtorch into this process, as the first call that needs it does by itself. Where its libraries lie in a jar they are
     * unpacked first. Other code of a program that uses JavaCPP should come after this, because the first use decides how fast
     * libtorch is; where it comes too late a warning is logged.
     *
     * @throws UnsatisfiedLinkError when its libraries are not on the class path, with the dependency to add
     */
    public static void loadLibtorch() {
        NativeLibraries.loadLibtorch();
    }

    /** The most threads that the numerics may use on this machine: with several on a processor each waits for the others. */
    public static int maxThreads() {
        return THREADS_PER_PROCESSOR * Runtime.getRuntime().availableProcessors();
    }

    /**
     * Sets how many threads the numerics use at most, for the calling thread and those that have not computed yet: call it first. A sensible number
     * is that of the physical cores.
     *
     * @throws IllegalArgumentException for a number below 1 or above {@link #maxThreads}
     */
    public static void setThreads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, found " + threads);
        }
        if (threads > maxThreads()) {
            throw new IllegalArgumentException("threads must be at most " + maxThreads() + ", found " + threads);
        }
        loadLibtorch();
        ComputeThreads.set(threads);
    }
}
