package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import kinema.video.Picture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Arguments that cannot work: each ends with one line that says what to do, before any model is opened. */
class BadArgumentsTest {
    private static final String COMMANDS = String.join(
            ", ",
            Main.commandLine(Console.ofProcess(new Cancellation()))
                    .getSubcommands()
                    .keySet());

    static Stream<Arguments> wrong() {
        String see = "; see 'kinema generate --help'";
        String memory =
                "invalid value for option '--max-memory': expected an amount of memory such as 8G or 512M," + " found ";
        String lora = "invalid value for option '--lora' (FILE[:SCALE]): ";
        return Stream.of(
                arguments("", "no command; known: " + COMMANDS + "; see 'kinema --help'"),
                arguments("generat a", "unknown command 'generat'; did you mean generate? See 'kinema --help'"),
                arguments("zzz", "unknown command 'zzz'; known: " + COMMANDS + "; see 'kinema --help'"),
                arguments("--versio", "unknown option '--versio'; did you mean --version? See 'kinema --help'"),
                arguments(
                        "generate",
                        "the prompt is missing; write what the video shows in quotes, such as \"a red rocket rises\""
                                + see),
                arguments(
                        "generate a --stepz 3",
                        "unknown option '--stepz'; did you mean --steps? See 'kinema generate --help'"),
                arguments(
                        "generate a red rocket",
                        "unexpected 'red rocket'; put a text of several words in quotes" + see),
                arguments(
                        "generate a --steps ten",
                        "invalid value for option '--steps': expected a whole number up to 2147483647, found 'ten'"
                                + see),
                arguments(
                        "generate a --frames 9.5",
                        "invalid value for option '--frames': expected a whole number up to 2147483647, found '9.5'"
                                + see),
                arguments(
                        "generate a --seed 99999999999999999999",
                        "invalid value for option '--seed': expected a whole number of at most 64 bits, found"
                                + " '99999999999999999999'" + see),
                arguments(
                        "generate a --guidance strong",
                        "invalid value for option '--guidance': expected a number such as 6 or 6.5, found 'strong'"
                                + see),
                arguments(
                        "generate a --size 64",
                        "invalid value for option '--size': expected WIDTHxHEIGHT in pixels such as 720x480, found '64'"
                                + see),
                arguments(
                        "generate a --size 0x64",
                        "invalid value for option '--size': width and height must be from 1 to 65535, found '0x64'"
                                + see),
                arguments(
                        "generate a --tile 64",
                        "invalid value for option '--tile': expected WIDTHxHEIGHT in pixels such as 720x480, found '64'"
                                + see),
                arguments(
                        "generate a --scheduler euler",
                        "invalid value for option '--scheduler': unknown scheduler 'euler'; known: ddim, dpm" + see),
                arguments("generate a --seed", "missing required parameter for option '--seed' (N)" + see),
                arguments("generate a --seed 1 --seed 2", "option '--seed' (N) should be specified only once" + see),
                arguments("generate a --steps 0", "steps must be at least 1, found 0"),
                arguments("generate a --frames -8", "frames must be at least 1, found -8"),
                arguments("generate a --guidance 0.5", "guidance must be between 1 (off) and 1000, found 0.5"),
                arguments("generate a --guidance NaN", "guidance must be between 1 (off) and 1000, found NaN"),
                arguments("generate a --fps 0", "fps must be above 0 and at most 1000, found 0.0"),
                arguments("generate a --threads 0", "--threads must be at least 1, found 0"),
                arguments(
                        "generate a --out a.avi",
                        "unknown kind of output 'a.avi'; known endings: .mp4, .webm, .gif, / (a folder of PNG frames)"),
                arguments("generate a --num_frames 17", "unknown option '--num_frames'; it is --frames N here" + see),
                arguments("generate a --width=64", "unknown option '--width=64'; it is --size WxH here" + see),
                arguments("generate a --CFG 7", "unknown option '--CFG'; it is --guidance G here" + see),
                arguments(
                        "generate --prompt a",
                        "unknown option '--prompt'; the prompt stands by itself, in quotes" + see),
                arguments("probe a --width 5", "unknown option '--width'; see 'kinema probe --help'"),
                arguments(
                        "generate a --size 99999x99999",
                        "invalid value for option '--size': width and height must be from 1 to 65535, found"
                                + " '99999x99999'"
                                + see),
                arguments(
                        "generate a --size 64x1234567",
                        "invalid value for option '--size': width and height must be from 1 to 65535, found"
                                + " '64x1234567'"
                                + see),
                arguments(
                        "generate a --size 10000x10000",
                        ".mp4 holds pictures of up to 4096x2304 pixels, or as many in another shape, found 10000x10000;"
                                + " choose a smaller size or write .webm, .gif or a folder of PNG frames"),
                arguments(
                        "generate a --size 1x1",
                        ".mp4 needs at least 16x16 pixels, found 1x1; write .webm, .gif or a folder of PNG"
                                + " frames"),
                arguments("generate a --tensors t.bin", "tensors go to .safetensors files only, found 't.bin'"),
                arguments(
                        "generate a --tile 0x64",
                        "invalid value for option '--tile': width and height must be from 1 to 65535, found '0x64'"
                                + see),
                arguments(
                        "generate a --dtype int8",
                        "invalid value for option '--dtype': unknown dtype 'int8'; known: fp32, bf16, fp16" + see),
                arguments(
                        "generate a --quant int4",
                        "invalid value for option '--quant': unknown quant 'int4'; known: off, int8" + see),
                arguments(
                        "generate a --device mps",
                        "invalid value for option '--device': unknown device 'mps'; known: cpu, cuda" + see),
                arguments("generate a --max-memory lots", memory + "'lots'" + see),
                arguments("generate a --max-memory -8G", memory + "'-8G'" + see),
                arguments("generate a --max-memory 8X", memory + "'8X'" + see),
                arguments("generate a --max-memory 8,5G", memory + "'8,5G'" + see),
                arguments(
                        "generate a --max-memory 0",
                        "invalid value for option '--max-memory': no machine has '0' of memory; such as 8G or 512M"
                                + see),
                arguments(
                        "generate --prompts p.jsonl --plan", "--plan is for one prompt; it does not go with --prompts"),
                arguments(
                        "resume a.kinema --dtype double",
                        "invalid value for option '--dtype': unknown dtype 'double'; known: fp32, bf16, fp16; see"
                                + " 'kinema resume --help'"),
                arguments("generate a --count 0", "--count must be at least 1, found 0"),
                arguments(
                        "generate a --count 2 --out a.mp4",
                        "--count 2 needs a name for each video: --out with {seed} in it, such as clip-{seed}.mp4; found"
                                + " 'a.mp4'"),
                arguments(
                        "generate a --count 2 --tensors t.safetensors",
                        "--tensors writes those of one video; it goes neither with --count nor with --prompts"),
                arguments(
                        "generate --prompts p.jsonl --tensors t.safetensors",
                        "--tensors writes those of one video; it goes neither with --count nor with --prompts"),
                arguments("generate a --prompts p.jsonl", "give a prompt or --prompts, found both"),
                arguments(
                        "generate --prompts p.jsonl --count 2",
                        "--count makes several videos of one prompt; it does not go with --prompts"),
                arguments("generate a --spill absent", "--spill needs a folder that is there, or off; found 'absent'"),
                arguments("generate a --spill-every 0", "--spill-every must be at least 1, found 0"),
                arguments(
                        "generate a --spill off --spill-every 2",
                        "--spill-every says how often work is saved, and --spill off saves none"),
                arguments("resume", "missing required parameter: 'DIR'; see 'kinema resume --help'"),
                arguments("resume a.kinema --threads 0", "--threads must be at least 1, found 0"),
                arguments(
                        "resume a.kinema --tile 9",
                        "invalid value for option '--tile': expected WIDTHxHEIGHT in pixels such as 720x480, found '9';"
                                + " see 'kinema resume --help'"),
                arguments("replay", "missing required parameter: 'FILE|DIR'; see 'kinema replay --help'"),
                arguments(
                        "generate a --lora none.safetensors",
                        lora + "no such file 'none.safetensors'; expected a LoRA's" + " .safetensors or .pt file"
                                + see),
                arguments(
                        "generate a --lora none.safetensors:0.5",
                        lora + "no such file 'none.safetensors'; expected a LoRA's" + " .safetensors or .pt file"
                                + see),
                arguments(
                        "generate a --lora style.safetensors:strong",
                        lora + "expected FILE or FILE:SCALE with a number such as 0.8," + " found scale 'strong'"
                                + see),
                arguments(
                        "generate a --lora style.safetensors:",
                        lora + "expected FILE or FILE:SCALE with a number such as 0.8," + " found scale ''" + see),
                arguments(
                        "generate a --lora pom.xml:NaN",
                        lora + "a LoRA's scale must be a finite number, found NaN" + see),
                arguments(
                        "generate a --lora src:1",
                        lora + "'src' is a folder; expected a LoRA's .safetensors or .pt file" + see),
                arguments("convert", "missing required parameters: 'IN', 'OUT'; see 'kinema convert --help'"),
                arguments("convert a", "missing required parameter: 'OUT'; see 'kinema convert --help'"),
                arguments("probe", "missing required parameter: 'FILE'; see 'kinema probe --help'"),
                arguments("train vae", "a recipe is missing; example: kinema train vae recipes/kinema-tiny-vae.yaml"),
                arguments(
                        "train --resume src",
                        "src holds no training run: no recipe.yaml and run.json in it; start one by 'kinema train PART"
                                + " RECIPE'"),
                arguments("precompute", "missing required parameter: 'RECIPE'; see 'kinema precompute --help'"),
                arguments("tokenize", "missing required parameter: 'RECIPE'; see 'kinema tokenize --help'"),
                arguments(
                        "train unet a.yaml",
                        "invalid value for positional parameter at index 0 (PART): 'unet' is no part that can be"
                                + " trained; see 'kinema train --help'"),
                arguments(
                        "train show1-interpolate a.yaml",
                        "invalid value for positional parameter at index 0 (PART): 'show1-interpolate' is no part that"
                                + " can be trained; did you mean 'show1-interpolation'? See 'kinema train --help'"),
                arguments("train detector absent.yaml", "absent.yaml: no such file"),
                arguments(
                        "evaluate --prompts 0",
                        "the number of prompts must be in 1..223 (held-out combinations), found 0"),
                arguments(
                        "evaluate --prompts many",
                        "invalid value for option '--prompts': expected a whole number up to 2147483647, found 'many'"
                                + "; see 'kinema evaluate --help'"),
                arguments("evaluate --threads 0", "--threads must be at least 1, found 0"),
                arguments(
                        "inspect a b",
                        "unexpected 'b'; put a text of several words in quotes; see 'kinema inspect --help'"));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void isAnsweredWithOneLine(String line, String message) {
        Run run = Run.kinema(line.isEmpty() ? new String[0] : line.split(" "));

        assertThat(run.err()).isEqualTo("kinema: " + message + System.lineSeparator());
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(run.out()).isEmpty();
    }

    @Test
    void aPromptWithoutACommandIsShownWithOne() {
        Run run = Run.kinema("a red rocket");

        assertThat(run.err())
                .isEqualTo(
                        line("unknown command 'a red rocket'; to make a video of it: kinema generate \"a red rocket\";"
                                + " see 'kinema --help'"));
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    void ofAWrongSizeTheNearestIsOneThatTheModelMakes(@TempDir Path folder) {
        String model = Checkpoints.copy("t2v-2b", folder).toString();
        String out = folder.resolve("a.mp4").toString();

        Run run = Run.kinema("generate", "a", "--size", "65x64", "--out", out, "--model", model);

        assertThat(run.err()).isEqualTo(line("width must be a multiple of 16, found 65; nearest: 64"));
    }

    @Test
    void aPictureGivenAsAVideoIsNamed(@TempDir Path folder) {
        Path file = folder.resolve("boat.png");
        new Picture(2, 2, new byte[12]).writePng(file);

        Run run = Run.kinema("generate", "a", "--video", file.toString());

        assertThat(run.err()).isEqualTo(line(file + " is a picture; expected a video, or a folder of pictures"));
    }

    @Test
    void blankPromptIsRefused() {
        Run run = Run.kinema("generate", "  ");

        assertThat(run.err()).isEqualTo(line("prompt must say what the video shows, found an empty text"));
        assertThat(run.code()).isEqualTo(ExitCode.USAGE.number());
    }

    @Test
    void anOutputBelowAFileIsRefused(@TempDir Path folder) throws IOException {
        Path out = Files.writeString(folder.resolve("file"), "").resolve("deeper/video.mp4");

        Run run = Run.kinema("generate", "a", "--out", out.toString());

        assertThat(run.err())
                .isEqualTo(line(
                        "cannot write " + out + ": " + folder.resolve("file") + " is no folder; choose another place"));
        assertThat(run.code()).isEqualTo(ExitCode.BAD_OUTPUT.number());
    }

    @Test
    void tensorsBelowAFileAreRefused(@TempDir Path folder) throws IOException {
        Path tensors = Files.writeString(folder.resolve("file"), "").resolve("t.safetensors");
        String out = folder.resolve("video.mp4").toString();

        Run run = Run.kinema("generate", "a", "--out", out, "--tensors", tensors.toString());

        assertThat(run.err())
                .isEqualTo(line("cannot write " + tensors + ": " + folder.resolve("file")
                        + " is no folder; choose another place"));
        assertThat(run.code()).isEqualTo(ExitCode.BAD_OUTPUT.number());
    }

    @Test
    void modelMustBeAFolder(@TempDir Path folder) throws IOException {
        Path file = Files.writeString(folder.resolve("model"), "");
        String out = folder.resolve("video.mp4").toString();

        Run run = Run.kinema("generate", "a", "--out", out, "--model", file.toString());

        assertThat(run.err())
                .isEqualTo(line("cannot open the model " + file
                        + ": it is a file; expected a folder with model_index.json" + " and one folder per network"));
        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
    }

    @Test
    void modelMustExist(@TempDir Path folder) {
        Path absent = folder.resolve("absent");

        Run run = Run.kinema("inspect", absent.toString());

        assertThat(run.err())
                .isEqualTo(line("cannot open the model " + absent + ": no such folder; expected a folder with"
                        + " model_index.json and one folder per network"));
        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
    }

    @Test
    void evaluatedModelMustExist(@TempDir Path folder) {
        Path absent = folder.resolve("absent");

        Run run = Run.kinema(
                "evaluate", absent.toString(), "--out", folder.resolve("report").toString());

        assertThat(run.err())
                .isEqualTo(line("cannot open the model " + absent + ": no such folder; expected a folder with"
                        + " model_index.json and one folder per network"));
        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(folder.resolve("report")).doesNotExist();
    }

    @Test
    void probedFileMustExist(@TempDir Path folder) {
        Path absent = folder.resolve("absent.mp4");

        Run run = Run.kinema("probe", absent.toString());

        assertThat(run.err()).isEqualTo(line("no such video file or folder of pictures: " + absent));
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
    }

    @Test
    void probedFileMustBeAVideo(@TempDir Path folder) throws IOException {
        Path text = Files.writeString(folder.resolve("text.mp4"), "not a video");

        Run run = Run.kinema("probe", text.toString());

        assertThat(run.err()).startsWith("kinema: " + text + " is not a video Kinema can read");
        assertThat(run.code()).isEqualTo(ExitCode.BAD_INPUT.number());
    }

    private static String line(String message) {
        return "kinema: " + message + System.lineSeparator();
    }
}
