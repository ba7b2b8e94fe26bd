package kinema.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import kinema.weights.Safetensors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Latents that are whole, and a decoder that is not. */
class UndecodableTest {
    private static final String WEIGHTS = "vae/diffusion_pytorch_model.safetensors";

    @TempDir
    private Path folder;

    private Path model = Path.of("");
    private Path out = Path.of("");

    @BeforeEach
    void copyModel() {
        model = Checkpoints.copy("t2v-2b", folder.resolve("model"));
        out = folder.resolve("video.mp4");
    }

    @Test
    void oneNaNInTheDecoderEndsWithChunkAndLayerAndKeepsTheLatents() throws IOException {
        write("decoder.conv_in.conv.weight", 1, Float.NaN);
        Run run = Run.kinema(generate("--dtype", "fp32"));
        assertThat(run.code()).isEqualTo(ExitCode.FAILURE.number());
        assertThat(run.lastError())
                .isEqualTo("kinema: decoded frames are not finite in chunk 1 of 1: the first such number is in"
                        + " decoder.conv_in; the weights may be damaged, or the dtype too narrow (fp32 is not)");
        assertThat(run.err()).contains("the work so far is saved; 'kinema resume " + out + ".kinema' goes on");
        assertThat(out).doesNotExist();

        Run again = Run.kinema("vae", "decode", state(), out.toString(), "--model", model.toString());
        assertThat(again.code()).isEqualTo(ExitCode.FAILURE.number());
        assertThat(again.lastError()).isEqualTo(run.lastError());
        assertThat(out).doesNotExist();
    }

    @Test
    void theLayerIsThatWhoseNumbersAreTheFirst() throws IOException {
        write("decoder.up_blocks.2.resnets.1.conv2.conv.bias", 1, Float.POSITIVE_INFINITY);
        assertThat(Run.kinema(generate("--spill", "off")).lastError())
                .contains("the first such number is in decoder.up_blocks.2.resnets.1;");
        write("decoder.up_blocks.2.resnets.1.conv2.conv.bias", 1, 0);
        write("decoder.conv_out.conv.bias", 1, Float.NaN);
        assertThat(Run.kinema(generate("--spill", "off")).lastError())
                .contains("the first such number is in decoder.conv_out;");
    }

    @Test
    void inANarrowDtypeDecodingInFloat32IsOffered() throws IOException {
        write("decoder.conv_in.conv.weight", 1, Float.NaN);
        Run run = Run.kinema(generate("--dtype", "bf16"));
        String offer = "vae decode " + state() + " " + out + " --model " + model;
        assertThat(run.err()).contains("the latents are saved; 'kinema " + offer + "' decodes them in float32");
    }

    @Test
    void framesOfOneColourThatTheirLatentsAreNotAreWarnedOf() throws IOException {
        write("decoder.conv_out.conv.weight", Integer.MAX_VALUE, 0);
        Run run = Run.kinema(generate());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err())
                .contains("warning: 9 of 9 frames are one flat colour, the first of them frame 0, though their latents"
                        + " are not flat: the autoencoder's weights may be damaged");
        write("decoder.conv_out.conv.weight", 1, 1);
        assertThat(Run.kinema(generate()).err()).doesNotContain("warning");
    }

    private String state() {
        return out + ".kinema/state.safetensors";
    }

    private String[] generate(String... more) {
        String[] args = {
            "generate", "a boat", "--model", model.toString(), "--steps", "2", "--seed", "1", "--out", out.toString()
        };
        String[] all = Arrays.copyOf(args, args.length + more.length);
        System.arraycopy(more, 0, all, args.length, more.length);
        return all;
    }

    /** Overwrites the first numbers of a tensor of the VAE. */
    private void write(String key, int count, float value) throws IOException {
        Path file = model.resolve(WEIGHTS);
        Safetensors.Entry entry = Safetensors.header(file).get(key);
        long numbers = Math.min(count, (entry.end() - entry.begin()) / Float.BYTES);
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.toIntExact(numbers * Float.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
            bytes.putFloat(value);
        }
        try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.seek(entry.begin());
            opened.write(bytes.array());
        }
    }
}
