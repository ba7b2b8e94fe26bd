package kinema;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import kinema.cogvideox.CogVideoX;
import kinema.system.VideoSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Digests of files above 64 MiB; videos hold them, so they stay the same from version to version. */
class CheckpointDigestTest {
    private static final VideoSystem SYSTEM = new CogVideoX();
    private static final long WHOLE = 64 << 20;
    private static final long LARGE = WHOLE + 12345;

    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void writeLittle() throws IOException {
        file = folder.resolve("model.safetensors");
        write(LARGE - 1, 7);
    }

    @Test
    void ofALargeFileTheSamplesCount() throws Exception {
        write(0, 3);
        write(sample(500) + 99, 4);
        assertThat(CheckpointDigest.of(SYSTEM, folder)).isEqualTo(sampled());
        assertThat(CheckpointDigest.ofFile(file)).isNotEqualTo(CheckpointDigest.of(SYSTEM, folder));
    }

    @Test
    void aChangedSampleOrSizeIsAnotherDigest() throws Exception {
        String before = CheckpointDigest.of(SYSTEM, folder);
        write(sample(1022) + 4095, 1);
        String changed = CheckpointDigest.of(SYSTEM, folder);
        assertThat(changed).isNotEqualTo(before);
        write(sample(1022) + 4096, 1);
        assertThat(CheckpointDigest.of(SYSTEM, folder))
                .as("between two samples")
                .isEqualTo(changed);
        write(LARGE, 0);
        assertThat(CheckpointDigest.of(SYSTEM, folder)).isNotEqualTo(changed).isEqualTo(sampled());
    }

    /** A model that is calibrated, or was given a draft decoder, makes the videos that it made before. */
    @Test
    void whatLiesBesideIsNoPartOfTheModel() throws IOException {
        String before = CheckpointDigest.of(SYSTEM, folder);
        Files.writeString(folder.resolve("calibration-ddim.json"), "{}");
        Files.writeString(Files.createDirectory(folder.resolve("draft_decoder")).resolve("config.json"), "{}");
        assertThat(CheckpointDigest.of(SYSTEM, folder)).isEqualTo(before);
        Files.writeString(folder.resolve("config.json"), "{}");
        assertThat(CheckpointDigest.of(SYSTEM, folder)).isNotEqualTo(before);
    }

    @Test
    void aFileOf64MibIsReadWhole() throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.setLength(WHOLE);
        }
        String before = CheckpointDigest.of(SYSTEM, folder);
        write(sample(1) + 4096, 1);
        assertThat(CheckpointDigest.of(SYSTEM, folder)).isNotEqualTo(before);
    }

    /** Where a sample begins, of a file of {@link #LARGE} bytes. */
    private static long sample(long i) {
        return (LARGE - 4096) / 1023 * i;
    }

    /** The digest as its documentation says it, over the file as it is. */
    private String sampled() throws IOException, NoSuchAlgorithmException {
        MessageDigest sha = MessageDigest.getInstance("SHA-256");
        try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
            sha.update(("model.safetensors\n" + in.length() + "\n").getBytes(StandardCharsets.UTF_8));
            byte[] bytes = new byte[4096];
            for (int i = 0; i < 1024; i++) {
                in.seek((in.length() - 4096) / 1023 * i);
                in.readFully(bytes);
                sha.update(bytes);
            }
        }
        return HexFormat.of().formatHex(sha.digest());
    }

    private void write(long at, int value) throws IOException {
        try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
            out.seek(at);
            out.write(value);
        }
    }
}
