package kinema.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class PartialTest {
    @TempDir
    private Path folder;

    private Path target = Path.of("");
    private Path mine = Path.of("");

    @BeforeEach
    void begin() throws IOException {
        target = folder.resolve("video.mp4");
        mine = Files.createFile(Partial.in(folder, target));
    }

    @Test
    void whatALivingProcessWritesStays() throws IOException {
        Partial.removeAbandoned(folder, target);
        assertThat(mine).exists();
        assertThat(Partial.isOne(mine)).isTrue();
        assertThat(Partial.isOne(target)).isFalse();
    }

    @Test
    void whatAKilledProcessLeftOfTheSameTargetGoes() throws IOException {
        long pid = ProcessHandle.current().pid();
        Path gone = Files.createFile(renamed("-" + pid + "-", "-" + (1L << 40) + "-"));
        Path folderOfFrames = Files.createDirectory(renamed("-" + pid + "-", "-" + (1L << 41) + "-"));
        Files.createFile(folderOfFrames.resolve("0000.png"));
        String started = mine.getFileName().toString().split("-")[4];
        Path reused = Files.createFile(renamed("-" + started + "-", "-7-"));
        Path other = Files.createFile(folder.resolve("other.part"));
        Partial.removeAbandoned(folder, folder.resolve("another.mp4"));
        assertThat(gone).exists();
        Partial.removeAbandoned(folder, target);
        assertThat(folder).isDirectoryNotContaining(gone::equals);
        assertThat(folderOfFrames).doesNotExist();
        assertThat(reused).doesNotExist();
        assertThat(mine).exists();
        assertThat(other).exists();
    }

    @Test
    void whatAnotherHostWritesGoesWhenItIsADayOld() throws IOException {
        String host = mine.getFileName().toString().split("-")[2];
        Path there = Files.createFile(renamed("-" + host + "-", "-abc-"));
        Partial.removeAbandoned(folder, target);
        assertThat(there).exists();
        Files.setLastModifiedTime(there, FileTime.from(Instant.now().minus(Duration.ofHours(25))));
        Partial.removeAbandoned(folder, target);
        assertThat(there).doesNotExist();
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "symbolic links need a privilege there")
    void linksAreFollowedToWhatTheyName() throws IOException {
        Files.createSymbolicLink(folder.resolve("a"), Path.of("b"));
        Files.createSymbolicLink(folder.resolve("b"), target);
        assertThat(Partial.followed(folder.resolve("a"))).isEqualTo(target);
        assertThat(Partial.followed(target)).isEqualTo(target);
        Files.createSymbolicLink(folder.resolve("c"), Path.of("c"));
        assertThatThrownBy(() -> Partial.followed(folder.resolve("c"))).isInstanceOf(FileSystemLoopException.class);
    }

    @Test
    void aPlaceIsTriedOutAndLeftAsItWas() throws IOException {
        Partial.tryOut(folder, target);
        assertThat(folder).isDirectoryContaining(mine::equals);
        assertThat(Files.list(folder)).hasSize(1);
        Path tooLong = folder.resolve("a".repeat(300));
        assertThatThrownBy(() -> Partial.tryOut(folder, tooLong)).isInstanceOf(FileSystemException.class);
        assertThatThrownBy(() -> Partial.tryOut(folder.resolve("none"), target)).isInstanceOf(IOException.class);
    }

    private Path renamed(String from, String to) {
        return folder.resolve(mine.getFileName().toString().replaceFirst(from, to));
    }
}
