package kinema.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessorTest {
    @TempDir
    private Path folder;

    @Test
    void isReadFromTheKernelsFiles() throws IOException {
        Path cpuinfo = Files.writeString(folder.resolve("cpuinfo"), """
                processor	: 0
                vendor_id	: AuthenticAMD
                model name	: AMD EPYC
                siblings	: 4
                flags		: fpu sse2 avx2 avx512f

                processor	: 1
                siblings	: 2
                """);
        cache("index0", "1", "Data", "48K");
        cache("index1", "1", "Instruction", "32K");
        cache("index2", "2", "Unified", "1024K");
        Processor processor = Processor.read(cpuinfo, folder);
        assertThat(processor.isAmd()).isTrue();
        assertThat(processor.siblings()).isEqualTo(4);
        assertThat(processor.has("avx2", "avx512f")).isTrue();
        assertThat(processor.has("avx2", "avx512_bf16")).isFalse();
        assertThat(processor.cachesKnown()).isTrue();
    }

    @Test
    void cachesWithoutADataCacheOfEachLevelAreUnknown() throws IOException {
        cache("index0", "1", "Instruction", "32K");
        cache("index1", "2", "Unified", "1024K");
        assertThat(Processor.read(folder.resolve("none"), folder).cachesKnown()).isFalse();
        cache("index2", "1", "Data", "0K");
        assertThat(Processor.read(folder.resolve("none"), folder).cachesKnown()).isFalse();
        cache("index3", "1", "Data", "32K");
        assertThat(Processor.read(folder.resolve("none"), folder).cachesKnown()).isTrue();
    }

    @Test
    void nothingIsKnownWhereTheFilesAreMissing() {
        Processor processor = Processor.read(folder.resolve("none"), folder.resolve("none"));
        assertThat(processor.vendor()).isEmpty();
        assertThat(processor.isAmd()).isFalse();
        assertThat(processor.siblings()).isZero();
        assertThat(processor.cachesKnown()).isFalse();
    }

    @Test
    void instructionsForShortProductsHaveTheirNames() {
        for (String name : new String[] {"amx_bf16", "avx512_bf16"}) {
            assertThat(new Processor("GenuineIntel", Set.of("avx512f", name), 2, true).shortProducts())
                    .contains(name);
        }
        assertThat(new Processor("GenuineIntel", Set.of("avx2", "avx512f"), 2, true).shortProducts())
                .isEmpty();
    }

    private void cache(String name, String level, String type, String size) throws IOException {
        Path cache = Files.createDirectory(folder.resolve(name));
        Files.writeString(cache.resolve("level"), level + "\n");
        Files.writeString(cache.resolve("type"), type + "\n");
        Files.writeString(cache.resolve("size"), size + "\n");
    }
}
