package kinema.tensor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What Linux says of this machine's processor; elsewhere nothing is known.
 *
 * @param vendor as the processor names it, such as {@code AuthenticAMD}; empty where unknown
 * @param features the kernel's names of its instructions and abilities, such as {@code avx512f}; empty where unknown
 * @param siblings hardware threads of the package; 0 where unknown
 * @param cachesKnown whether the sizes of the first and second data cache are known
 */
public record Processor(String vendor, Set<String> features, int siblings, boolean cachesKnown) {
    private static final int MOST_CACHES = 8;
    private static final List<String> SHORT_PRODUCTS = List.of("amx_bf16", "avx512_bf16");
    private static final List<String> BYTE_PRODUCTS = List.of("amx_int8", "avx512_vnni");

    /** Keeps a copy of the set. */
    public Processor {
        features = Set.copyOf(features);
    }

    /** This machine's. */
    public static Processor ofMachine() {
        return read(Path.of("/proc/cpuinfo"), Path.of("/sys/devices/system/cpu/cpu0/cache"));
    }

    /** Of a file as {@code /proc/cpuinfo} and a folder with {@code index0}, {@code index1}, … for the caches. */
    static Processor read(Path cpuinfo, Path caches) {
        String text = text(cpuinfo);
        String siblings = value(text, "siblings");
        return new Processor(
                value(text, "vendor_id"),
                Arrays.stream(value(text, "flags").split(" ")).collect(Collectors.toSet()),
                siblings.matches("\\d{1,5}") ? Integer.parseInt(siblings) : 0,
                known(caches, "1") && known(caches, "2"));
    }

    /** Whether it is one of AMD's. */
    public boolean isAmd() {
        return vendor.equals("AuthenticAMD");
    }

    /** Whether it has all of these features. */
    public boolean has(String... names) {
        return features.containsAll(Set.of(names));
    }

    /** The kernel's name of the instructions that multiply matrices of bf16 faster than those of fp32; empty where there are none. */
    public Optional<String> shortProducts() {
        return SHORT_PRODUCTS.stream().filter(features::contains).findFirst();
    }

    /** The kernel's name of the instructions that multiply matrices of 8-bit integers faster than those of bf16; empty where there are none. */
    public Optional<String> byteProducts() {
        return BYTE_PRODUCTS.stream().filter(features::contains).findFirst();
    }

    private static boolean known(Path caches, String level) {
        return IntStream.range(0, MOST_CACHES)
                .mapToObj(i -> caches.resolve("index" + i))
                .filter(cache -> text(cache.resolve("level")).strip().equals(level))
                .filter(cache -> !text(cache.resolve("type")).strip().equals("Instruction"))
                .anyMatch(cache -> text(cache.resolve("size")).strip().matches("[1-9]\\d*K"));
    }

    /** What stands after the first line's key and colon; empty where there is none. */
    private static String value(String text, String key) {
        return text.lines()
                .filter(line -> line.startsWith(key))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .orElse("");
    }

    private static String text(Path file) {
        try {
            return Files.isReadable(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            return "";
        }
    }
}
