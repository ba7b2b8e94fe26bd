package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import kinema.testing.Golden;
import kinema.video.VideoInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code kinema generate} of a cascade from one of its stages to another. */
class StageOptionsTest {
    private static final List<String> KEYS = List.of("--set", "key-width=16", "--set", "key-height=16");

    @TempDir
    private Path folder;

    @Test
    void keyFramesOfOneRunAreInterpolatedByAnother() {
        Path keys = folder.resolve("keys");
        Run first = generate(keys, "--until", "base", "--frames", "3", "--set", "base.steps=1");
        assertThat(first.code()).as(first.err()).isZero();

        Path frames = folder.resolve("frames");
        Run second =
                generate(frames, "--stage", "interpolate", "--video", keys.toString(), "--set", "interpolate.steps=1");
        assertThat(second.code()).as(second.err()).isZero();
        assertThat(second.err()).contains("interpolate").doesNotContain("base");
        assertThat(VideoInfo.probe(frames).frames()).isEqualTo(9);

        Run again = Run.kinema(
                "replay",
                frames.toString(),
                "--model",
                model(),
                "--pictures",
                keys.toString(),
                "--out",
                folder.resolve("again") + "/");
        assertThat(again.code()).as(again.err()).isZero();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--stage interpolate --set from=base | --stage and --set from are the same; give one of them",
                "--until base --set until=base | --until and --set until are the same; give one of them",
                "--stage interpolate | stage interpolate goes on from a video of key frames; give one with --video",
                "--stage upscale --until base | stage upscale, with which the run starts, comes after base",
                "--stage sr1 | from must be one of base, interpolate, upscale, refine, found 'sr1'",
                "--until sr2 | until must be one of base, interpolate, upscale, refine, found 'sr2'",
                "--stage refine --until interpolate | stage refine, with which the run starts, comes after interpolate",
                "--stage refine | stage refine goes on from a video; give one with --video",
                "--frames 30 | frames must be 28k+1 for Show-1, at least 29, found 30; nearest: 29",
                "--until interpolate --frames 8 | frames must be 4k+1 for Show-1 until interpolate, at least 5, found 8",
                "--until upscale --frames 29 | stage upscale makes frames of 64x64 from key frames of 16x16, asked for 16x16",
                "--set upscale.noise-level=1000 | upscale.noise-level must be between 0 and 999, found 1000",
                "--set first-frame.noise-level=-1 | first-frame.noise-level must be between 0 and 999, found -1",
                "--set refine.strength=1.5 | refine.strength must be between 0 and 1, found 1.5",
                "--set refine.strength=0.001 | a strength of 0.001 leaves no step of 50",
                "--set base.guidance=0 | base.guidance must be between 1 (off) and 1000, found 0",
                "--set base.steps=0 | base.steps must be between 1 and 1000, found 0",
                "--set interpolate.keep=perhaps | interpolate.keep must be true or false, found 'perhaps'",
                "--compat --set interpolate.keep=true | compat makes key frames anew, as the authors do",
                "--preset paper | preset must be one of script, app, found 'paper'",
                "--steps 5 | this model has no setting 'steps'",
            })
    void whatDoesNotGoTogetherIsNamed(String options, String message) {
        Run run = generate(folder.resolve("frames"), options.split(" "));
        assertThat(run.lastError()).startsWith("kinema: " + message);
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    void tooFewKeyFramesAreCounted() {
        Path keys = folder.resolve("keys");
        generate(keys, "--until", "base", "--frames", "3", "--set", "base.steps=1");
        Run run = generate(
                folder.resolve("frames"), "--stage", "interpolate", "--video", keys.toString(), "--frames", "29");
        assertThat(run.lastError())
                .isEqualTo("kinema: 29 frames are asked for, which are made of 8, and " + keys
                        + " has only 3; ask for fewer, or give a longer one");
    }

    private static Run generate(Path out, String... options) {
        List<String> args = new ArrayList<>(List.of(
                "generate", "a boat", "--model", model(), "--seed", "1", "--size", "16x16", "--out", out + "/"));
        args.addAll(KEYS);
        IntStream.range(0, options.length).forEach(i -> args.add(options[i]));
        return Run.kinema(args.toArray(String[]::new));
    }

    private static String model() {
        return Golden.file("show1").toString();
    }
}
