package kinema.tensor;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.global.torch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads native libraries so that they are as fast as they can be. JavaCPP reads its settings when its first class is used, so
 * {@link #settings} comes before that; what a program set itself stays. Safe for several threads.
 */
public final class NativeLibraries {
    private static final Logger LOG = LoggerFactory.getLogger(NativeLibraries.class);

    private static final List<String> PLATFORMS = List.of("linux-x86_64", "windows-x86_64", "macosx-arm64");
    private static final String BLAS = "org.bytedeco.openblas.load";
    private static final String MKL = "mkl_rt";

    private static final String LOGGER = "org.bytedeco.javacpp.logger";

    /** JavaCPP's limits count mapped weights. */
    private static final Map<String, String> SETTINGS = Map.of(
            "org.bytedeco.javacpp.maxbytes", "0",
            "org.bytedeco.javacpp.maxphysicalbytes", "0");

    private static boolean libtorchLoaded; // guarded by the class

    private NativeLibraries() {}

    /** Sets what JavaCPP and the choice of BLAS depend on, where the program has not set it itself. */
    public static void settings() {
        SETTINGS.forEach(NativeLibraries::set);
        if (!Loader.class
                .getModule()
                .isNamed()) { // its notes belong in the log, but as a module it does not read SLF4J
            set(LOGGER, "slf4j");
        }
        if (mklExists(Loader.getPlatform())) {
            set(BLAS, MKL);
        }
    }

    /**
     * Loads libtorch unless it is loaded, and logs a warning when it will be slower or more limited than it need be.
     *
     * @throws UnsatisfiedLinkError when its libraries are not on the class path, with the dependency to add
     */
    public static synchronized void loadLibtorch() {
        if (libtorchLoaded) {
            return;
        }
        load("libtorch", torch.class);
        libtorchLoaded = true;
        String blas = System.getProperty(BLAS, "");
        complaints(Pointer.maxPhysicalBytes(), blas, Loader.getLoadedLibraries().keySet())
                .forEach(LOG::warn);
        Waiting.watch();
    }

    /** Whether a library's files were unpacked before, so that no process need wait for another to do so. */
    public static boolean isUnpacked(Class<?> presets) {
        settings();
        return cache().filter(cache -> cache.has(NativeCache.name(presets))).isPresent();
    }

    /**
     * Loads a library of JavaCPP's. At its first use it is unpacked, by one process at a time.
     *
     * @param name for the error
     * @param presets the classes of its functions, of which the first tells it from others
     * @throws UnsatisfiedLinkError when it is not on the class path, with the dependency to add
     */
    public static void load(String name, Class<?>... presets) {
        settings();
        Runnable loading = () -> {
            for (Class<?> part : presets) {
                loadPart(name, part);
            }
        };
        cache().ifPresentOrElse(cache -> cache.load(NativeCache.name(presets[0]), loading), loading);
    }

    /** Where JavaCPP unpacks to; empty where it has no such place, which loading tells in its own words. */
    private static Optional<NativeCache> cache() {
        try {
            return Optional.of(new NativeCache(Loader.getCacheDir().toPath()));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static void loadPart(String name, Class<?> presets) {
        try {
            Loader.load(presets);
        } catch (UnsatisfiedLinkError e) {
            if (e.getCause() != null
                    && String.valueOf(e.getCause().getMessage()).startsWith("Could not find")) {
                throw missing(name, Loader.getPlatform(), e);
            }
            throw e;
        }
    }

    /** What a program should know of the libraries as they were loaded, a line each. */
    static List<String> complaints(long maxPhysicalBytes, String blas, Set<String> loaded) {
        List<String> all = new ArrayList<>();
        if (maxPhysicalBytes > 0 && "0".equals(System.getProperty("org.bytedeco.javacpp.maxphysicalbytes"))) {
            all.add("JavaCPP was in use before Kinema, so its limit of " + maxPhysicalBytes
                    + " bytes stays, which counts the files of models too: call Kinema.loadLibtorch() first, or start the JVM"
                    + " with -Dorg.bytedeco.javacpp.maxbytes=0 -Dorg.bytedeco.javacpp.maxphysicalbytes=0");
        }
        if (blas.equals(MKL) && loaded.stream().noneMatch(library -> library.startsWith(MKL))) {
            all.add(
                    "libtorch computes without MKL, which can take several times as long: MKL is not on the class path ("
                            + platformArtifact(Loader.getPlatform())
                            + " brings it), or libtorch was loaded before Kinema; then call"
                            + " Kinema.loadLibtorch() first, or start the JVM with -D" + BLAS + "=" + MKL);
        }
        return all;
    }

    private static UnsatisfiedLinkError missing(String name, String platform, UnsatisfiedLinkError cause) {
        String what = "the native libraries of " + name + " for " + platform + " are not on the class path; ";
        UnsatisfiedLinkError error = new UnsatisfiedLinkError(what
                + (PLATFORMS.contains(platform)
                        ? Dependency.toAdd(platformArtifact(platform))
                        : "Kinema has them for " + String.join(", ", PLATFORMS)));
        error.initCause(cause);
        return error;
    }

    private static String platformArtifact(String platform) {
        return "kinema-platform-" + platform;
    }

    private static boolean mklExists(String platform) {
        return platform.endsWith("x86_64") && !platform.startsWith("macosx");
    }

    private static void set(String key, String value) {
        if (System.getProperty(key) == null) {
            System.setProperty(key, value);
        }
    }
}
