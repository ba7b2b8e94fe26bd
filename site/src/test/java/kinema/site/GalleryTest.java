package kinema.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import kinema.train.world.Prompt;
import kinema.train.world.World;
import kinema.video.VideoInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The pictures that the documentation shows are those that it says they are: the evaluation's first prompts, nothing picked. */
class GalleryTest {
    private static final Path PROJECT = Path.of("..");
    private static final String MODEL = "gallery";
    private static final String COGVIDEO = "gallery/cogvideo";

    @ParameterizedTest
    @CsvSource({MODEL + ", 24", COGVIDEO + ", 8"})
    void promptsAreTheEvaluationsFirst(String folder, int clips) throws IOException {
        List<GalleryPrompt> prompts = prompts(folder);
        assertThat(prompts.stream().map(GalleryPrompt::text))
                .isEqualTo(new World()
                        .evaluationPrompts(clips).stream().map(Prompt::text).toList());
        for (int i = 0; i < clips; i++) {
            assertThat(prompts.get(i).seed()).isEqualTo(i);
        }
    }

    @Test
    void everyClipIsShownInOrderWithItsPrompt() throws IOException {
        List<String> shown = Pattern.compile("<img src=\"([^\"]*)\"[^>]*><br>([^|]*[^| ]) *\\|")
                .matcher(Files.readString(PROJECT.resolve("docs/gallery.md")))
                .results()
                .map(cell -> cell.group(1) + " " + cell.group(2))
                .toList();
        List<String> expected = new ArrayList<>();
        for (String folder : List.of(MODEL, COGVIDEO)) {
            for (GalleryPrompt prompt : prompts(folder)) {
                expected.add(folder + "/" + prompt.clip().getFileName() + " " + prompt.text());
            }
        }
        assertThat(shown).isEqualTo(expected);
    }

    /** A clip's own metadata says which request made it. */
    @ParameterizedTest
    @CsvSource({MODEL + ", kinema-tiny, 64, 3145728", COGVIDEO + ", kinema-cogvideo-tiny, 128, 2097152"})
    void clipsAreOfTheirPromptsAndSeeds(String folder, String model, int side, long most) throws IOException {
        long bytes = folder.equals(MODEL) ? Files.size(PROJECT.resolve("docs/kinema.gif")) : 0;
        for (GalleryPrompt prompt : prompts(folder)) {
            Path clip = PROJECT.resolve(prompt.clip());
            VideoInfo info = VideoInfo.probe(clip);
            assertThat(List.of(info.frames(), info.width(), info.height())).containsExactly(17L, side, side);
            assertThat(info.provenance())
                    .contains("\"" + prompt.text() + "\"", "\"seed\":" + prompt.seed(), "\"model\":\"" + model + "\"");
            bytes += Files.size(clip);
        }
        assertThat(bytes).isLessThan(most);
        assertThat(VideoInfo.probe(PROJECT.resolve("docs/kinema.gif")).frames()).isEqualTo(17);
    }

    private static List<GalleryPrompt> prompts(String folder) throws IOException {
        return GalleryPrompt.read(PROJECT.resolve("docs").resolve(folder).resolve("prompts.jsonl"));
    }
}
