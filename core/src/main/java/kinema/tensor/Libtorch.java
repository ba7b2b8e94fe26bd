package kinema.tensor;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/**
 * The libtorch that this process has loaded.
 *
 * @param version such as {@code 2.13.0}
 * @param instructions that its kernels use here, such as {@code AVX2}
 * @param mkl whether matrix products go to MKL, and not to the slower OpenBLAS
 * @param threads it computes with
 * @param cuda whether it has CUDA and a card to use it on
 */
public record Libtorch(String version, String instructions, boolean mkl, int threads, boolean cuda) {
    private static final Pattern VERSION = Pattern.compile("TORCH_VERSION=([^,\\s]+)");

    /** Loads it where it is not loaded yet, and asks it. */
    public static Libtorch ofProcess() {
        Loader.load(torch.class);
        Matcher version = VERSION.matcher(text(torch.show_config()));
        return new Libtorch(
                version.find() ? version.group(1) : "unknown",
                text(torch.get_cpu_capability()),
                Loader.getLoadedLibraries().keySet().stream().anyMatch(name -> name.startsWith("mkl_rt")),
                torch.get_num_threads(),
                torch.cuda_is_available());
    }

    private static String text(BytePointer pointer) {
        try (pointer) {
            return pointer.getString();
        }
    }
}
