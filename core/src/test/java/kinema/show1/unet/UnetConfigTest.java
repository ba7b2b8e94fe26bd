package kinema.show1.unet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import kinema.show1.unet.UnetConfig.Kind;
import kinema.testing.Golden;
import kinema.weights.ConfigFile;
import kinema.weights.LeafSpec;
import kinema.weights.ShapeTree;
import kinema.weights.WeightsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UnetConfigTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    /** Numbers of tensors and parameters of the published checkpoints. */
    @Test
    void publishedNetworksHaveTheirPublishedSizes() {
        assertSize(UnetConfig.BASE, 1827, 1_726_848_390L);
        assertSize(UnetConfig.INTERPOLATION, 1827, 1_726_859_910L);
        assertSize(UnetConfig.UPSCALING, 1639, 796_343_046L);
        assertSize(UnetConfig.EXPERT, 1480, 1_411_233_860L);
        assertThat(parameters(UnetConfig.FIRST_FRAME)).isEqualTo(1_243_277_190L);
    }

    @Test
    void configsOfAllFourKindsAreRead() {
        UnetConfig base = read("show-1-base");
        assertThat(base.kind()).isEqualTo(Kind.PIXEL);
        assertThat(base.temporal()).isTrue();
        assertThat(base.levels())
                .containsExactly(new UnetConfig.Level(32, 1, false, 32), new UnetConfig.Level(64, 1, true, 32));
        assertThat(base.resnets().timeWidth()).isEqualTo(128);
        assertThat(base.heads(base.levels().get(1))).isEqualTo(2);
        assertThat(base.time()).isEqualTo(new UnetConfig.Time(false, false));
        assertThat(base.multiple()).isEqualTo(2);

        UnetConfig upscaling = read("show-1-sr1");
        assertThat(upscaling.levels()).extracting(UnetConfig.Level::layers).containsExactly(1L, 2L, 1L);
        assertThat(upscaling.time()).isEqualTo(new UnetConfig.Time(true, true));
        assertThat(upscaling.resnets().timeWidth()).isEqualTo(96);
        assertThat(upscaling.resnets().timeActivated()).isFalse();
        assertThat(upscaling.resnets().outScale()).isEqualTo(1.4142271248762552);
        assertThat(read("IF-II-L-v1.0").temporal()).isFalse();

        UnetConfig expert = read("show-1-sr2");
        assertThat(expert.kind()).isEqualTo(Kind.LATENT);
        assertThat(expert.transformerIn()).isTrue();
        assertThat(expert.levels())
                .containsExactly(new UnetConfig.Level(32, 1, true, 2), new UnetConfig.Level(64, 1, false, 4));
        assertThat(expert.heads(expert.levels().get(1))).isEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "center_input_sample | true | 'center_input_sample' must be false, found true",
                "freq_shift | 1 | 'freq_shift' must be 0, found 1",
                "num_attention_heads | 8 | 'num_attention_heads' must be null, found 8",
                "cross_attention_norm | null | 'cross_attention_norm' must be group_norm, found null",
                "addition_embed_type | \"text_time\" | 'addition_embed_type' must be text, found text_time",
                "class_embed_type | \"identity\" | 'class_embed_type' must be null or timestep, found identity",
                "time_embedding_act_fn | \"silu\" | 'time_embedding_act_fn' must be null or gelu, as act_fn, found silu",
                "act_fn | \"relu\" | unknown activation 'relu'; known: silu, gelu",
                "mid_block_type | \"UNetMidBlock3DCrossAttn\" | 'mid_block_type' must be UNetMidBlock3DSimpleCrossAttn",
                "block_out_channels | [32] | must name equally many blocks, found 1, 2 and 2",
                "block_out_channels | [32, 48] | every width must be a multiple of 32 (norm_num_groups) and of 32, found 48",
                "attention_head_dim | 48 | attention_head_dim must divide the width of each level with attention",
                "attention_head_dim | [32] | attention_head_dim must have one number for each of 2 blocks, found 1",
                "layers_per_block | 0 | layers_per_block must be at least 1, found 0",
                "layers_per_block | 9000000000 | layers_per_block must be at most 100",
                "norm_num_groups | 0 | norm_num_groups must be at least 1, found 0",
                "norm_eps | -1 | norm_eps must be positive, found -1.0",
                "encoder_hid_dim | 65 | addition_embed_type_num_heads does not divide the states' width 65",
                "cross_attention_dim | 80 | cross_attention_dim must be a multiple of 32, found 80",
                "in_channels | -3 | in_channels must be at least 1, found -3",
                "resnet_out_scale_factor | 0 | the scale factor of residual layers must be positive, found 0.0",
                "down_block_types | [\"AttnDownBlock2D\", \"x\"] | unknown block 'AttnDownBlock2D' in down_block_types",
                "up_block_types | [\"ResnetUpsampleBlock3D\", \"SimpleCrossAttnUpBlock3D\"] | must mirror one another",
            })
    void whatNoShow1HasIsRefusedByItsKey(String key, String value, String message) throws IOException {
        ObjectNode config = (ObjectNode) JSON.readTree(file("show-1-base").toFile());
        config.set(key, JSON.readTree(value));
        Path changed = Files.writeString(folder.resolve("config.json"), config.toString());
        assertThatThrownBy(() -> UnetConfig.read(ConfigFile.read(changed)))
                .isInstanceOf(WeightsException.class)
                .hasMessageStartingWith(changed + ": ")
                .hasMessageContaining(message);
    }

    private static void assertSize(UnetConfig config, int tensors, long parameters) {
        assertThat(ShapeTree.of(w -> new Unet(w, config))).hasSize(tensors);
        assertThat(parameters(config)).isEqualTo(parameters);
    }

    private static long parameters(UnetConfig config) {
        List<LeafSpec> leaves = ShapeTree.of(w -> new Unet(w, config));
        return leaves.stream().mapToLong(LeafSpec::count).sum();
    }

    private static UnetConfig read(String stage) {
        return UnetConfig.read(ConfigFile.read(file(stage)));
    }

    private static Path file(String stage) {
        return Golden.file("show1/" + stage + "/unet/config.json");
    }
}
