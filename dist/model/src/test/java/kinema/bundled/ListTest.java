package kinema.bundled;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What Kinema.bundled() unpacks is kinema-tiny as it is in the repository, all of it and no other model. */
class ListTest {
    private static final Path MODELS = Path.of("../../models");

    @Test
    void everyFileIsListedWithItsDigestAndThere() throws IOException, NoSuchAlgorithmException {
        List<String> expected = new ArrayList<>();
        try (Stream<Path> files = Files.walk(MODELS.resolve("kinema-tiny"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String path = MODELS.relativize(file).toString().replace('\\', '/');
                expected.add(sha256(Files.readAllBytes(file)) + "  " + path);
                assertThat(resource(path)).as(path).isEqualTo(Files.readAllBytes(file));
            }
        }
        List<String> listed = new String(resource("SHA256SUMS"), StandardCharsets.UTF_8)
                .lines()
                .toList();
        assertThat(listed)
                .as("dist/model/src/main/resources/kinema/bundled/SHA256SUMS; model_index.json comes first")
                .containsExactlyInAnyOrderElementsOf(expected);
        assertThat(ListTest.class.getResource("/kinema/bundled/kinema-cogvideo-tiny"))
                .isNull();
        assertThat(listed.get(0)).endsWith("  kinema-tiny/model_index.json");
    }

    private static byte[] resource(String path) throws IOException {
        try (InputStream in = ListTest.class.getResourceAsStream("/kinema/bundled/" + path)) {
            return Objects.requireNonNull(in, path + " is no resource").readAllBytes();
        }
    }

    private static String sha256(byte[] bytes) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
