package kinema.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import kinema.Generation;
import kinema.GenerationListener;
import kinema.GenerationRequest;
import kinema.Kinema;
import kinema.Provenance;
import kinema.Spill;
import kinema.Video;
import kinema.VideoModel;
import kinema.cogvideox.draft.DraftFile;
import kinema.memory.StageMemory;
import kinema.system.OpenOptions;
import kinema.system.Stage;
import kinema.testing.Golden;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** CogVideoX whose pictures a draft decoder makes. */
class DraftedCogVideoXTest extends CogVideoXTest {
    private static final Path DRAFT = Golden.folder("draft");

    @BeforeAll
    static void addDraftDecoder() throws IOException {
        Path part = Files.createDirectory(folder.resolve(DraftFile.FOLDER));
        Files.copy(DRAFT.resolve("taecvx.safetensors"), part.resolve("taecvx.safetensors"));
    }

    @Override
    protected GenerationRequest.Builder request() {
        return full().set("draft", true);
    }

    private GenerationRequest.Builder full() {
        return super.request().seed(5);
    }

    @Override
    protected Map<GenerationRequest, String> refused() {
        return Map.of(
                request().set("draft", "perhaps").build(), "draft must be ",
                request().tile(8, 8).build(), "a draft decoder decodes whole frames; leave the tile out");
    }

    @Test
    void draftsAreOtherPicturesOfTheSameLatentsAndSaySo() {
        List<String> notes = new ArrayList<>();
        GenerationListener listener = new GenerationListener() {
            @Override
            public void note(String words) {
                notes.add(words);
            }
        };
        try (VideoModel model = open(folder, OpenOptions.DEFAULT);
                Generation draft = model.generate(request().tensors(true).build(), listener);
                Generation full = model.generate(full().tensors(true).build(), GenerationListener.NONE)) {
            assertThat(notes).containsExactly("the pictures are drafts: the draft decoder makes them, not the VAE");
            String last = "latents_step2";
            assertThat(Golden.difference(
                                    draft.tensors().get(last), full.tensors().get(last))
                            .max())
                    .isZero();
            assertThat(draft.video().frames()).hasSameSizeAs(full.video().frames());
            assertThat(draft.video().frames().get(0))
                    .isNotEqualTo(full.video().frames().get(0));
            String made = draft.provenance().toJson();
            assertThat(made)
                    .contains(
                            "\"draft\":true",
                            "\"draftDecoder\":\"" + model.draftDecoder().orElseThrow() + "\"");
            assertThat(Provenance.parse(made)).isEqualTo(draft.provenance());
            assertThat(full.provenance().toJson()).doesNotContain("draft");
        }
    }

    @Test
    void whatIsPlannedForDraftsIsLess() {
        try (VideoModel model = open(folder, OpenOptions.DEFAULT)) {
            assertThat(decoding(model, request())).isLessThan(decoding(model, full()));
        }
    }

    @Test
    void previewsAreSmallVideos() {
        List<Video> previews = new ArrayList<>();
        GenerationListener listener = new GenerationListener() {
            @Override
            public boolean wantsPreviews() {
                return true;
            }

            @Override
            public void preview(int done, Video video) {
                previews.add(video);
            }
        };
        try (VideoModel model = open(folder, OpenOptions.DEFAULT)) {
            Video draft = model.generate(request().build(), listener).video();
            assertThat(previews).hasSize(3);
            Video last = previews.get(2);
            assertThat(List.of(last.width(), last.height())).containsExactly(32, 16);
            assertThat(last.fps()).isEqualTo(draft.fps());
            assertThat(last.frames()).hasSameSizeAs(draft.frames());
        }
    }

    @Test
    void aRunThatWasBegunAsADraftCanEndInFull(@TempDir Path spills) {
        GenerationListener atDecoding = new GenerationListener() {
            private boolean decoding;

            @Override
            public void stage(Stage stage, int number, int count) {
                decoding = stage.name().equals(CogVideoXStages.DECODE.name());
            }

            @Override
            public boolean cancelled() {
                return decoding;
            }
        };
        try (VideoModel model = open(folder, OpenOptions.DEFAULT)) {
            Spill spill = Spill.into(spills.resolve("a.kinema"));
            assertThatThrownBy(() -> model.generate(request().spill(spill).build(), atDecoding))
                    .isInstanceOf(CancellationException.class);
            Video rest = model.generate(full().spill(spill).build()).video();
            Video full = model.generate(full().build()).video();
            assertThat(rest.frames()).usingRecursiveComparison().isEqualTo(full.frames());
        }
    }

    @Test
    void aFileCanBeNamedForAModelThatHasNone(@TempDir Path plain) {
        Golden.model("lora-5b", plain);
        assertThat(Kinema.digest(plain)).as("a draft decoder is no part of it").isEqualTo(Kinema.digest(folder));
        try (VideoModel model = open(plain, OpenOptions.DEFAULT)) {
            assertThat(model.draftDecoder()).isEmpty();
            assertThatThrownBy(() -> model.prepare(request().build()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("this model has none: there is no " + plain.resolve("draft_decoder"))
                    .hasMessageContaining("--draft-decoder");
        }
        Path file = DRAFT.resolve("taecvx.pth");
        try (VideoModel model = open(plain, OpenOptions.DEFAULT.withDraftDecoder(file));
                VideoModel own = open(folder, OpenOptions.DEFAULT)) {
            assertThat(model.notes()).contains("drafts and previews are decoded by " + file);
            assertThat(model.draftDecoder()).isEqualTo(own.draftDecoder());
            assertThat(model.generate(request().build()).video().frames())
                    .usingRecursiveComparison()
                    .isEqualTo(own.generate(request().build()).video().frames());
        }
    }

    @Test
    void aDamagedFileIsNamedWhenTheModelIsOpened(@TempDir Path damaged) throws IOException {
        Path file = Files.writeString(damaged.resolve("taecvx.safetensors"), "no weights");
        assertThatThrownBy(() -> open(folder, OpenOptions.DEFAULT.withDraftDecoder(file)))
                .isInstanceOf(WeightsException.class)
                .hasMessageContaining(file.toString());
    }

    private VideoModel open(Path model, OpenOptions options) {
        return Kinema.open(system(), model, options);
    }

    private static long decoding(VideoModel model, GenerationRequest.Builder request) {
        return model.prepare(request.size(64, 64).build()).plan().stages().stream()
                .filter(stage -> stage.stage().equals(CogVideoXStages.DECODE.name()))
                .mapToLong(StageMemory::work)
                .sum();
    }
}
