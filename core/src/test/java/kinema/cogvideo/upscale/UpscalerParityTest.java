package kinema.cogvideo.upscale;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.function.ObjIntConsumer;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.network.ChannelAttention.Heads;
import kinema.cogvideo.network.ClusterSampler;
import kinema.cogvideo.network.ClusterSampler.Settings;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.CogVideoGolden;
import kinema.testing.Golden;
import kinema.weights.Checkpoint;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** Direct super-resolution against the authors': scores, and all tokens from the same random numbers. */
class UpscalerParityTest {
    private static final double TOLERANCE = 1e-4; // relative to the largest

    private final JsonNode request = CogVideoGolden.request("dsr");
    private final UpscalerConfig config = UpscalerConfig.of(CogVideoGolden.model(request));

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @Test
    void scoresEqualTheReference(TestReporter reporter) {
        withNetwork((network, picture) -> {
            try (Safetensors data = CogVideoGolden.data("dsr");
                    LocalAttention local = new LocalAttention(config)) {
                long before = config.textTokens() + config.low();
                Tensor rows = data.tensor("logit_rows");
                Tensor high = rows.masked_select(rows.ge(new Scalar(before))); // rows of the large picture
                long skipped = rows.numel() - high.numel();
                Tensor text = row(data, "text", picture);
                Tensor small = row(data, "lr_tokens", picture);
                Tensor states = network.forward(text, torch.ones_like(text), small, start(), local);
                Tensor logits = network.logits(states.index_select(1, high.sub(new Scalar(before))));
                Tensor expected = data.tensor("logits").narrow(0, picture, 1).narrow(1, skipped, high.numel());
                Golden.Difference d = Golden.difference(logits.index_select(2, data.tensor("logit_ids")), expected);
                reporter.publishEntry("picture " + picture, d.toString());
                assertThat(d.max() / d.scale()).as("%s", d).isLessThanOrEqualTo(TOLERANCE);
                Tensor sums = torch.logsumexp(logits, 2);
                Tensor all = data.tensor("logsumexp").narrow(0, picture, 1).index_select(1, high);
                assertThat(Golden.difference(sums, all).worst()).isLessThanOrEqualTo(TOLERANCE);
            }
        });
    }

    @Test
    void tokensEqualTheReference() {
        Settings settings = new Settings(
                1, request.get("topk").asInt(), request.get("temperature2").asDouble());
        try (Rng rng = new Rng(request.get("torch_seed").asLong());
                Safetensors data = CogVideoGolden.data("dsr")) {
            withNetwork((network, picture) -> {
                ClusterSampler sampler =
                        new ClusterSampler(data.tensor("cluster_labels").to(ScalarType.Long));
                try (DirectUpscaling upscaling = new DirectUpscaling(network, sampler, settings)) {
                    Tensor made = upscaling.make(
                            Tensors.longs(row(data, "text", picture)),
                            row(data, "lr_tokens", picture).squeeze(0),
                            start(),
                            rng);
                    assertThat(Tensors.longs(made))
                            .containsExactly(Tensors.longs(data.tensor("out").narrow(0, picture, 1)));
                }
            });
        }
    }

    /** The authors' operators alone: weights of 9 by 5 neighbours, and of 5 by 5 in a grid a third as large. */
    @Test
    void localOperatorsEqualTheReference() {
        try (Safetensors data = CogVideoGolden.data("dsr")) {
            Scopes.run(() -> {
                Tensor query = data.tensor("local.q");
                int grid = (int) query.size(2);
                int low = (int) data.tensor("local.k_small").size(2);
                double scale = Math.sqrt(query.size(1)); // ours divides the scores
                Tensor same = tokens(data.tensor("local.k_same"));
                Tensor small = tokens(data.tensor("local.k_small"));
                Tensor nowhere = torch.full_like(small, new Scalar(0.0));
                LocalAttention.Geometry geometry = new LocalAttention.Geometry(grid, low, 9, 5, 0);
                try (LocalAttention local = new LocalAttention(geometry)) {
                    Heads heads = new Heads(tokens(query).mul(new Scalar(scale)), same, same);
                    Tensor found = local.forward(heads, nowhere.narrow(2, 0, 0), nowhere.narrow(2, 0, 0));
                    Golden.Difference d = Golden.difference(found, tokens(data.tensor("local.weighting_9x5")));
                    assertThat(d.max()).as("%s", d).isLessThanOrEqualTo(1e-5);
                }
            });
        }
    }

    /** Of pictures (B, K, H, W) the tokens of one head: (B, 1, H·W, K). */
    private static Tensor tokens(Tensor picture) {
        return picture.flatten(2, 3).transpose(1, 2).unsqueeze(1);
    }

    private void withNetwork(ObjIntConsumer<Upscaler> check) {
        try (Checkpoint baseFile = CogVideoGolden.weights("dsr", "transformer");
                Checkpoint mixinsFile = CogVideoGolden.weights("dsr", "mixins")) {
            BaseModel base = baseFile.load(w -> new BaseModel(w, config.base()));
            Upscaler network = new Upscaler(config, base, mixinsFile.load(w -> new LargePicture(w, config)));
            Scopes.run(() -> check.accept(network, 0));
            Scopes.run(() -> check.accept(network, 1));
        }
    }

    private static Tensor row(Safetensors data, String name, int picture) {
        return data.tensor(name).narrow(0, picture, 1);
    }

    private long start() {
        return request.at("/vocab/start_of_image").asLong();
    }
}
