package kinema.cogvideo.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kinema.testing.IceModel;
import kinema.testing.Proto;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The id rules of icetk over a small SentencePiece model with its first pieces. */
class IceVocabularyTest {
    private static final long IMAGE = 20000;

    @TempDir
    private Path folder;

    @Test
    void idsComeAfterThoseOfImageTokensAndThreePiecesAfterTheFiles() {
        IceVocabulary words = IceVocabulary.read(IceModel.write(folder), IMAGE);
        assertThat(words.newline()).isEqualTo(IMAGE + 4);
        assertThat(words.size()).isEqualTo(IMAGE + IceModel.PIECES.size() + 3);
        assertThat(words.startOfImage()).isEqualTo(IMAGE + IceModel.PIECES.size());
        assertThat(words.encode("视频")).containsExactly(ids("▁", "视频"));
        assertThat(words.encode("4.0秒")).containsExactly(ids("▁", "4", ".", "0", "秒"));
    }

    @Test
    void addedPiecesAreFoundInTexts() {
        IceVocabulary words = IceVocabulary.read(IceModel.write(folder), IMAGE);
        long[] ids = words.encode("视频<start_of_image>");
        assertThat(ids[ids.length - 1]).isEqualTo(words.startOfImage());
    }

    @Test
    void aLinesEndIsNotItsMark() {
        IceVocabulary words = IceVocabulary.read(IceModel.write(folder), IMAGE);
        assertThat(words.encode("视频\n视频")).doesNotContain(words.newline());
    }

    @Test
    void aTextComesBack() {
        IceVocabulary words = IceVocabulary.read(IceModel.write(folder), IMAGE);
        assertThat(words.decode(words.encode("狮子 视频"))).isEqualTo("狮子 视频");
    }

    @Test
    void otherFilesAreRefusedByName() throws IOException {
        Path file = folder.resolve(IceVocabulary.NAME);
        assertRefused(file, "no such file; it is icetk's text model");
        Files.writeString(file, "not a model");
        assertRefused(file, "not icetk's SentencePiece model");
        Files.write(file, IceModel.bytes(List.of("<unk>", "a")));
        assertRefused(file, "has no piece '<n>'; expected icetk's ice_text.model");
        Files.write(file, IceModel.bytes(List.of("<unk>", "<n>", "<start_of_image>")));
        assertRefused(file, "the piece '<start_of_image>' is in it twice");
        Files.write(file, new Proto().text(1, "").end());
        assertRefused(file, "not icetk's SentencePiece model");
    }

    private static void assertRefused(Path file, String words) {
        assertThatThrownBy(() -> IceVocabulary.read(file, IMAGE))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(file.toString())
                .hasMessageContaining(words);
    }

    private static long[] ids(String... pieces) {
        return List.of(pieces).stream()
                .mapToLong(piece -> IMAGE + IceModel.PIECES.indexOf(piece))
                .toArray();
    }
}
