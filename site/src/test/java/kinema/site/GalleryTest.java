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

/** The pictures that the documentation shows are those that it says they are: the evaluation's first prompts, nothing picked. */
class GalleryTest {
    private static final Path PROJECT = Path.of("..");
    private static final int CLIPS = 24;
    private static final long MOST_BYTES = 3 << 20;

    private final List<GalleryPrompt> prompts;

    GalleryTest() throws IOException {
        prompts = GalleryPrompt.read(PROJECT.resolve("docs/gallery/prompts.jsonl"));
    }

    @Test
    void promptsAreTheEvaluationsFirst() {
        assertThat(prompts.stream().map(GalleryPrompt::text))
                .isEqualTo(new World()
                        .evaluationPrompts(CLIPS).stream().map(Prompt::text).toList());
        for (int i = 0; i < CLIPS; i++) {
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
        for (GalleryPrompt prompt : prompts) {
            expected.add("gallery/" + prompt.clip().getFileName() + " " + prompt.text());
        }
        assertThat(shown).isEqualTo(expected);
    }

    /** A clip's own metadata says which request made it. */
    @Test
    void clipsAreOfTheirPromptsAndSeeds() throws IOException {
        long bytes = Files.size(PROJECT.resolve("docs/kinema.gif"));
        for (GalleryPrompt prompt : prompts) {
            Path clip = PROJECT.resolve(prompt.clip());
            VideoInfo info = VideoInfo.probe(clip);
            assertThat(List.of(info.frames(), info.width(), info.height())).containsExactly(17L, 64, 64);
            assertThat(info.provenance()).contains("\"" + prompt.text() + "\"", "\"seed\":" + prompt.seed());
            bytes += Files.size(clip);
        }
        assertThat(bytes).isLessThan(MOST_BYTES);
        assertThat(VideoInfo.probe(PROJECT.resolve("docs/kinema.gif")).frames()).isEqualTo(17);
    }
}
