package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import kinema.testing.Golden;
import kinema.video.VideoInfo;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --draft} and {@code --draft-decoder} with a small random checkpoint. */
class DraftOptionsTest {
    private static final Path DRAFT = Golden.folder("draft").resolve("taecvx.safetensors");

    @TempDir
    private Path folder;

    private Path model = Path.of("");

    @BeforeEach
    void copyModel() {
        model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
    }

    @Test
    void aDraftSaysSoAndIsReplayed() throws IOException {
        Path full = folder.resolve("full.gif");
        Path draft = folder.resolve("draft.gif");
        assertThat(generate(full).code()).isZero();
        Run run = generate(draft, "--draft", "--draft-decoder", DRAFT.toString());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err())
                .contains("drafts and previews are decoded by " + DRAFT)
                .contains("the pictures are drafts: the draft decoder makes them, not the VAE")
                .contains(", a draft");
        assertThat(Files.mismatch(draft, full)).isNotEqualTo(-1);
        assertThat(Objects.requireNonNull(VideoInfo.probe(draft).provenance()))
                .contains("\"draft\":true", "\"draftDecoder\":\"");

        Run again = replay(draft, "--draft-decoder", DRAFT.toString());
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(folder.resolve("draft-replay.gif")).hasSameBinaryContentAs(draft);
        Run without = replay(draft);
        assertThat(without.code()).isEqualTo(ExitCode.BAD_INPUT.number());
        assertThat(without.lastError())
                .startsWith("kinema: " + draft + " cannot be made again: draft has a draft decoder make the pictures");
    }

    @Test
    void programsAreTold() {
        Run run = generate(folder.resolve("a.gif"), "--draft", "--draft-decoder", DRAFT.toString(), "--json");
        assertThat(run.out()).contains("\"draft\":true");
        assertThat(generate(folder.resolve("b.gif"), "--json").out()).doesNotContain("draft");
    }

    @Test
    void anotherDraftDecoderIsRefusedByReplay() throws IOException {
        Path part = Files.createDirectory(model.resolve("draft_decoder"));
        Files.copy(DRAFT, part.resolve("taecvx.safetensors"));
        Path draft = folder.resolve("draft.gif");
        assertThat(generate(draft, "--draft").code()).isZero();
        Path other = Files.copy(DRAFT, folder.resolve("other.safetensors"));
        byte[] bytes = Files.readAllBytes(other);
        int header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
        bytes[Long.BYTES + header] ^= 1; // of the first tensor
        Files.write(other, bytes);
        Run run = replay(draft, "--draft-decoder", other.toString());
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
        assertThat(run.lastError())
                .contains("cannot be made again so: its draftDecoder is ")
                .endsWith("; give the same --draft-decoder");
        assertThat(replay(draft).code()).isZero();
    }

    @Test
    void whatIsInterruptedKeepsTheDraftDecodersFile() {
        Path out = folder.resolve("a.gif");
        String[] asked = command(out, "--steps", "40", "--draft", "--draft-decoder", DRAFT.toString());
        assertThat(Run.onceShown("/40, ", Cancellation::request, asked).code()).isEqualTo(ExitCode.CANCELLED.number());
        Run rest = Run.kinema("resume", out + ".kinema", "--threads", "1");
        assertThat(rest.code()).as(rest.err()).isZero();
        assertThat(rest.err()).contains("drafts and previews are decoded by " + DRAFT.toAbsolutePath(), ", a draft");
    }

    @Test
    void whatCannotWorkIsRefusedByName() {
        Run none = generate(folder.resolve("a.gif"), "--draft");
        assertThat(none.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(none.lastError()).contains("this model has none: there is no " + model.resolve("draft_decoder"));
        Run absent = generate(folder.resolve("a.gif"), "--draft-decoder", "absent.pth");
        assertThat(absent.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(absent.lastError()).contains("--draft-decoder must name a file, there is no 'absent.pth'; expected");
        assertThat(generate(folder.resolve("a.gif"), "--draft-decoder", folder.toString())
                        .lastError())
                .contains("'" + folder + "' is a folder");
        Run twice = generate(folder.resolve("a.gif"), "--draft", "--set", "draft=true");
        assertThat(twice.lastError()).contains("--draft and --set draft are the same; give one of them");
    }

    private Run generate(Path out, String... more) {
        return Run.kinema(command(out, more));
    }

    private String[] command(Path out, String... more) {
        List<String> args =
                new ArrayList<>(List.of("generate", "a bird", "--model", model.toString(), "--out", out.toString()));
        args.addAll(List.of("--threads", "1", "--seed", "3"));
        if (!List.of(more).contains("--steps")) {
            args.addAll(List.of("--steps", "2"));
        }
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    private Run replay(Path video, String... more) {
        List<String> args = new ArrayList<>(List.of("replay", video.toString(), "--model", model.toString()));
        args.addAll(List.of("--threads", "1"));
        args.addAll(List.of(more));
        return Run.kinema(args.toArray(String[]::new));
    }
}
