package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import kinema.Video;
import kinema.train.ClipSource.Shape;
import kinema.train.world.Prompt;
import kinema.train.world.World;
import kinema.train.world.WorldClips;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorldCommandTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    @Test
    void clipsAreThoseThatRecipesTrainOn() throws IOException {
        Path clips = folder.resolve("clips");
        Run run = Run.kinema(
                "world", "render", clips.toString(), "--clips", "3", "--size", "32", "--frames", "5", "--seed", "7");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).isEqualTo(clips.resolve("metadata.jsonl") + System.lineSeparator());
        List<String> lines = Files.readAllLines(clips.resolve("metadata.jsonl"));
        WorldClips source = new WorldClips(new World(), 3, 7);
        assertThat(lines).hasSize(3);
        for (int i = 0; i < 3; i++) {
            JsonNode line = JSON.readTree(lines.get(i));
            assertThat(line.path("text").asText())
                    .isEqualTo(source.clip(i, new Shape(32, 32, 5)).caption());
            Video video = Video.read(clips.resolve(line.path("file_name").asText()));
            assertThat(video.frames()).hasSize(5);
            assertThat(video.width()).isEqualTo(32);
        }
        Run again = Run.kinema("world", "render", clips.toString());
        assertThat(again.code()).isEqualTo(ExitCode.BAD_OUTPUT.number());
        assertThat(again.err()).contains("holds files already; name a new folder");
    }

    @Test
    void promptsAreMadeAndJudged() throws IOException {
        Path model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        Path videos = folder.resolve("videos");
        Run prompts = Run.kinema("world", "prompts", "--prompts", "2", "--out", videos.toString());
        assertThat(prompts.out().lines()).hasSize(2);
        assertThat(JSON.readTree(prompts.out().lines().toList().get(0))
                        .path("prompt")
                        .asText())
                .isEqualTo("a red rocket rises in the night sky");
        Path file = Files.writeString(folder.resolve("prompts.jsonl"), prompts.out());

        Run made = Run.kinema(
                "generate",
                "--prompts",
                file.toString(),
                "--model",
                model.toString(),
                "--steps",
                "1",
                "--threads",
                "1");
        assertThat(made.code()).as(made.err()).isZero();

        Path report = folder.resolve("report");
        Run judged = Run.kinema("world", "judge", videos.toString(), "--prompts", "2", "--out", report.toString());
        assertThat(judged.code()).as(judged.err()).isZero();
        assertThat(judged.out()).isEqualTo(report.resolve("evaluation.md") + System.lineSeparator());
        assertThat(judged.err()).contains("judge on renderings: subject ", "videos: subject ", " of 2");
        assertThat(report.resolve("evaluation.md"))
                .content()
                .startsWith("# Evaluation of videos\n")
                .contains("videos as they were given.");
    }

    @Test
    void whatIsRenderedAsAskedForIsFoundRight() throws IOException {
        World world = new World();
        List<Prompt> prompts = world.evaluationPrompts(4);
        for (int i = 0; i < 4; i++) {
            Video video =
                    world.render(prompts.get(i).scenario(), 96, 17, 100 + i).video();
            Path file = folder.resolve(JudgedVideos.stem(i) + (i == 3 ? "" : ".mp4"));
            if (i == 3) {
                Files.createDirectories(file);
            }
            video.save(file);
        }
        Run run = Run.kinema(
                "world",
                "judge",
                folder.toString(),
                "--prompts",
                "4",
                "--json",
                "--out",
                folder.resolve("r").toString());
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode total = JSON.readTree(run.out()).path("total");
        assertThat(total.path("videos").asInt()).isEqualTo(4);
        assertThat(total.path("subject").asInt()
                        + total.path("motion").asInt()
                        + total.path("scene").asInt())
                .isGreaterThanOrEqualTo(11);
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        Run none = Run.kinema("world", "judge", folder.resolve("none").toString());
        assertThat(none.code()).isEqualTo(ExitCode.BAD_INPUT.number());
        assertThat(none.err()).contains("none: no such folder of videos");
        Files.createFile(folder.resolve("000.mp4"));
        Run few = Run.kinema("world", "judge", folder.toString(), "--prompts", "9");
        assertThat(few.err())
                .contains("8 of 9 videos are missing, 001.mp4, 002.mp4, 003.mp4, 004.mp4, 005.mp4 and more");
        Files.createFile(folder.resolve("000.webm"));
        Run two = Run.kinema("world", "judge", folder.toString(), "--prompts", "1");
        assertThat(two.err()).contains("000.mp4 and 000.webm are both there; leave the one to be judged");
        Files.delete(folder.resolve("000.webm"));
        Run empty = Run.kinema("world", "judge", folder.toString(), "--prompts", "1");
        assertThat(empty.code()).isEqualTo(ExitCode.BAD_INPUT.number());
        assertThat(empty.err()).contains("000.mp4");
    }

    @Test
    void wrongNumbersAreRefused() {
        Stream.of(
                        new String[] {"--clips", "0", "--clips must be 1 to 1000000, found 0"},
                        new String[] {"--size", "17", "--size must be even and at least 16, found 17"},
                        new String[] {"--frames", "0", "--frames must be at least 1, found 0"})
                .forEach(wrong -> {
                    Run run = Run.kinema("world", "render", folder.resolve("x").toString(), wrong[0], wrong[1]);
                    assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
                    assertThat(run.err()).contains(wrong[2]);
                });
        Run run = Run.kinema("world", "prompts", "--prompts", "1000000");
        assertThat(run.err()).contains("the number of prompts must be in 1..");
    }
}
