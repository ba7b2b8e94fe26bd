package kinema.cli;

import static kinema.cli.Checkpoints.replace;
import static kinema.cli.Checkpoints.replaceInHeader;
import static kinema.cli.Checkpoints.setHeaderLength;
import static kinema.cli.Checkpoints.truncate;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Damaged checkpoints: each ends generating with one line that names file and fault, and nothing is written. */
class BadCheckpointTest {
    private static final String INDEX = "model_index.json";
    private static final String TRANSFORMER = "transformer/config.json";
    private static final String VAE = "vae/config.json";
    private static final String WEIGHTS = "transformer/diffusion_pytorch_model.safetensors";
    private static final String VAE_WEIGHTS = "vae/diffusion_pytorch_model.safetensors";
    private static final String TEXT_WEIGHTS = "text_encoder/model.safetensors";
    private static final String SHARD = "transformer/diffusion_pytorch_model-00002-of-00009.safetensors";
    private static final String SHARDS = "transformer/diffusion_pytorch_model.safetensors.index.json";

    @TempDir
    private Path folder;

    /** Does one thing to a whole checkpoint. */
    interface Damage {
        void to(Path model) throws IOException;
    }

    private static Arguments broken(String name, Damage damage, String message) {
        return arguments(name, "t2v-2b", damage, message);
    }

    static Stream<Arguments> indexes() {
        return Stream.of(
                broken(
                        "no model index",
                        m -> Files.delete(m.resolve(INDEX)),
                        "{model_index.json}: missing, and there is no transformer/*/mp_rank_00_model_states.pt"),
                broken(
                        "model index is not JSON",
                        m -> Files.writeString(m.resolve(INDEX), "{ \"_class_name\": "),
                        "{model_index.json}: not valid JSON: Unexpected end-of-input"),
                broken(
                        "model index is a list",
                        m -> Files.writeString(m.resolve(INDEX), "[1]"),
                        "{model_index.json}: must be a JSON object"),
                broken(
                        "unknown pipeline",
                        m -> replace(m.resolve(INDEX), "CogVideoXPipeline", "WanPipeline"),
                        "{model_index.json}: '_class_name': unknown pipeline 'WanPipeline'; known: CogVideoPipeline, CogVideoXFunControlPipeline, "),
                broken(
                        "no pipeline named",
                        m -> replace(m.resolve(INDEX), "_class_name", "class"),
                        "{model_index.json}: '_class_name': unknown pipeline ''; known: CogVideoPipeline, CogVideoXFunControlPipeline, "));
    }

    static Stream<Arguments> configs() {
        return Stream.of(
                broken(
                        "no transformer config",
                        m -> Files.delete(m.resolve(TRANSFORMER)),
                        "{transformer/config.json}: no such file; a checkpoint folder needs it"),
                broken(
                        "no VAE config",
                        m -> Files.delete(m.resolve(VAE)),
                        "{vae/config.json}: no such file; a checkpoint folder needs it"),
                broken(
                        "no scheduler config",
                        m -> Files.delete(m.resolve("scheduler/scheduler_config.json")),
                        "{scheduler/scheduler_config.json}: no such file; a checkpoint folder needs it"),
                broken(
                        "no tokenizer model",
                        m -> Files.delete(m.resolve("tokenizer/spiece.model")),
                        "{tokenizer/spiece.model}"),
                broken(
                        "config is not JSON",
                        m -> Files.writeString(m.resolve(TRANSFORMER), "heads: 3"),
                        "{transformer/config.json}: not valid JSON: Unrecognized token 'heads'"),
                broken(
                        "text where a number belongs",
                        m -> replace(m.resolve(TRANSFORMER), "\"num_layers\": 2", "\"num_layers\": \"two\""),
                        "{transformer/config.json}: 'num_layers' must be a whole number, found \"two\""),
                broken(
                        "no layers",
                        m -> replace(m.resolve(TRANSFORMER), "\"num_layers\": 2", "\"num_layers\": 0"),
                        "num_layers must be at least 1, found 0"),
                broken(
                        "odd head",
                        m -> replace(
                                m.resolve(TRANSFORMER), "\"attention_head_dim\": 16", "\"attention_head_dim\": 15"),
                        "attention_head_dim must be a multiple of 16"),
                broken(
                        "another activation",
                        m -> replace(m.resolve(TRANSFORMER), "gelu-approximate", "relu"),
                        "{transformer/config.json}: 'activation_fn' must be gelu-approximate, found relu; no published"
                                + " CogVideoX has another"),
                broken(
                        "groups that do not divide the channels",
                        m -> replace(m.resolve(VAE), "\"norm_num_groups\": 4", "\"norm_num_groups\": 5"),
                        "block_out_channels must be multiples of norm_num_groups 5, found [8, 8, 16, 16]"),
                broken(
                        "latents scaled by nothing",
                        m -> replace(m.resolve(VAE), "\"scaling_factor\": 1.15258426", "\"scaling_factor\": 0"),
                        "scaling_factor must be above 0, found 0.0"),
                broken(
                        "list where flags belong",
                        m -> replace(m.resolve(VAE), "\"invert_scale_latents\": false", "\"invert_scale_latents\": []"),
                        "{vae/config.json}: 'invert_scale_latents' must be true or false, found []"));
    }

    static Stream<Arguments> weights() {
        return Stream.of(
                broken(
                        "no weights",
                        m -> Files.delete(m.resolve(WEIGHTS)),
                        "{transformer}: expected one *.safetensors file or one *.safetensors.index.json, found 0 and 0"),
                broken(
                        "two files and no index",
                        m -> Files.copy(m.resolve(WEIGHTS), m.resolve("transformer/copy.safetensors")),
                        "{transformer}: expected one *.safetensors file or one *.safetensors.index.json, found 2 and 0"),
                broken(
                        "empty file",
                        m -> Files.write(m.resolve(WEIGHTS), new byte[0]),
                        "{" + WEIGHTS
                                + "}: not a safetensors file (0 bytes; it must start with an 8-byte header length);"
                                + " download it again"),
                broken(
                        "file that is cut off",
                        m -> truncate(m.resolve(VAE_WEIGHTS), 100),
                        "lie outside the file's 795400 bytes of data; the file is cut off or damaged, download it again"),
                broken(
                        "text encoder that is cut off",
                        m -> truncate(m.resolve(TEXT_WEIGHTS), 1),
                        "the file is cut off or damaged, download it again"),
                broken(
                        "header longer than the file",
                        m -> setHeaderLength(m.resolve(WEIGHTS), 400_000),
                        "{" + WEIGHTS
                                + "}: header length 400000 at byte 0 goes beyond the file's 396984 bytes; the file is"
                                + " cut off or is not safetensors"),
                broken(
                        "header of absurd length",
                        m -> setHeaderLength(m.resolve(WEIGHTS), Long.MAX_VALUE),
                        "{" + WEIGHTS + "}: header length 9223372036854775807 at byte 0 goes beyond the file's 396984"
                                + " bytes"),
                broken(
                        "header that ends early",
                        m -> setHeaderLength(m.resolve(WEIGHTS), 100),
                        "{" + WEIGHTS + "}: the header is not JSON: "),
                broken(
                        "unknown dtype",
                        m -> replaceInHeader(m.resolve(WEIGHTS), "\"dtype\":\"F32\"", "\"dtype\":\"F8_E4M3\""),
                        "{" + WEIGHTS
                                + "}: 'norm_final.bias': unknown dtype 'F8_E4M3'; known: BF16, BOOL, F16, F32, F64,"
                                + " I16, I32, I64, I8, U8"),
                broken(
                        "overlapping tensors",
                        m -> replaceInHeader(
                                m.resolve(WEIGHTS), "\"data_offsets\":[192,384]", "\"data_offsets\":[96,288]"),
                        "{" + WEIGHTS + "}: 'norm_final.bias' and 'norm_final.weight' overlap at byte "),
                broken(
                        "more elements than bytes",
                        m -> replaceInHeader(m.resolve(WEIGHTS), "\"shape\":[48]", "\"shape\":[49]"),
                        "{" + WEIGHTS
                                + "}: 'norm_final.bias': F32 of shape (49) needs 196 bytes, data_offsets give 192"),
                broken(
                        "negative size",
                        m -> replaceInHeader(m.resolve(WEIGHTS), "\"shape\":[48]", "\"shape\":[-48]"),
                        "{" + WEIGHTS
                                + "}: 'norm_final.bias': shape holds what is no whole number from 0 to 2^63 - 1: -48"));
    }

    static Stream<Arguments> mismatches() {
        return Stream.of(
                broken(
                        "more blocks than weights",
                        m -> replace(m.resolve(TRANSFORMER), "\"num_layers\": 2", "\"num_layers\": 3"),
                        " missing (transformer_blocks.2."),
                broken(
                        "more weights than blocks",
                        m -> replace(m.resolve(TRANSFORMER), "\"num_layers\": 2", "\"num_layers\": 1"),
                        " unexpected (transformer_blocks.1."),
                broken(
                        "wider than the weights",
                        m -> replace(
                                m.resolve(TRANSFORMER), "\"num_attention_heads\": 3", "\"num_attention_heads\": 4"),
                        " wrongly shaped (patch_embed.proj.weight needs (64, 16, 2, 2), file has (48, 16, 2, 2)"),
                broken(
                        "key of another name",
                        m -> replaceInHeader(
                                m.resolve(VAE_WEIGHTS), "decoder.conv_in.conv.bias", "decoder.conv_in.bias"),
                        "{vae}: 1 missing (decoder.conv_in.conv.bias), 1 unexpected (decoder.conv_in.bias), 0 wrongly shaped"),
                arguments(
                        "missing shard",
                        "t2v-5b",
                        (Damage) m -> Files.delete(m.resolve(SHARD)),
                        "{" + SHARDS
                                + "}: names 9 shards, 1 not there (diffusion_pytorch_model-00002-of-00009.safetensors);"
                                + " download them into {transformer}"),
                arguments(
                        "index without a map",
                        "t2v-5b",
                        (Damage) m -> Files.writeString(m.resolve(SHARDS), "{}"),
                        "{" + SHARDS + "}: has no weight_map of keys and shard files"),
                arguments(
                        "index that names a file elsewhere",
                        "t2v-5b",
                        (Damage) m -> Files.writeString(
                                m.resolve(SHARDS), "{\"weight_map\": {\"a\": \"../vae/x.safetensors\"}}"),
                        "{" + SHARDS + "}: weight_map must give names of .safetensors files in its folder, found"
                                + " \"../vae/x.safetensors\"; download it again"),
                arguments(
                        "index that names no file",
                        "t2v-5b",
                        (Damage) m -> Files.writeString(m.resolve(SHARDS), "{\"weight_map\": {\"a\": \"x\\u0000y\"}}"),
                        "{" + SHARDS + "}: weight_map must give names of .safetensors files in its folder, found"),
                arguments(
                        "index that is not JSON",
                        "t2v-5b",
                        (Damage) m -> Files.writeString(m.resolve(SHARDS), "shards"),
                        "{" + SHARDS + "}: not valid JSON: "),
                arguments(
                        "key in two shards",
                        "t2v-5b",
                        (Damage) m -> Files.copy(
                                m.resolve(SHARD),
                                m.resolve("transformer/diffusion_pytorch_model-00001-of-00009.safetensors"),
                                StandardCopyOption.REPLACE_EXISTING),
                        "' is also in "));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource({"indexes", "configs", "weights", "mismatches"})
    void endsGeneratingWithOneLine(String name, String golden, Damage damage, String message) throws IOException {
        Path model = Checkpoints.copy(golden, folder.resolve("model"));
        damage.to(model);
        Path out = folder.resolve("video.mp4");

        Run run = Run.kinema("generate", "a", "--model", model.toString(), "--out", out.toString(), "--json");

        assertThat(run.err())
                .startsWith("kinema: ")
                .contains(named(message, model))
                .hasLineCount(1);
        assertThat(run.code()).isEqualTo(ExitCode.BAD_MODEL.number());
        assertThat(run.out()).isEmpty();
        assertThat(folder).isDirectoryNotContaining("glob:**/*.{mp4,part,partial}");
    }

    /** Puts the real path for each file in braces. */
    private static String named(String message, Path model) {
        String named = message;
        while (named.contains("{")) {
            int begin = named.indexOf('{');
            int end = named.indexOf('}', begin);
            named = named.substring(0, begin)
                    + model.resolve(named.substring(begin + 1, end))
                    + named.substring(end + 1);
        }
        return named;
    }
}
