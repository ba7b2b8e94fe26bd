package kinema.cogvideo.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import kinema.cogvideo.network.ClusterSampler.Noise;
import kinema.cogvideo.network.ClusterSampler.Settings;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.CogVideoGolden;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** The cluster sampler against the authors', with the same random numbers, and by its frequencies. */
class ClusterSamplerTest {
    @Test
    void tokensOfSequencesEqualTheReference() {
        try (Safetensors data = CogVideoGolden.data("sampler")) {
            Scopes.run(() -> {
                Tensor logits = data.tensor("logits").to(ScalarType.Float);
                ClusterSampler sampler = new ClusterSampler(labels(data));
                JsonNode cases = CogVideoGolden.request("sampler").get("cases");
                for (int i = 0; i < cases.size(); i++) {
                    JsonNode c = cases.get(i);
                    List<Long> ids = new ArrayList<>();
                    try (Rng rng = new Rng(c.get("torch_seed").asLong())) {
                        for (int call = 0; call < c.get("calls").asInt(); call++) {
                            Tensor drawn = sampler.draw(logits, settings(c), rng);
                            for (long id : Tensors.longs(drawn)) {
                                ids.add(id);
                            }
                        }
                    }
                    assertThat(ids.stream().mapToLong(Long::longValue).toArray())
                            .as("case %s", i)
                            .containsExactly(Tensors.longs(data.tensor("case" + i + ".ids")));
                }
            });
        }
    }

    @Test
    void tokensOfPicturesEqualTheReference() {
        try (Safetensors data = CogVideoGolden.data("sampler");
                Rng rng = new Rng(
                        CogVideoGolden.request("sampler").at("/dsr/torch_seed").asLong())) {
            Scopes.run(() -> {
                JsonNode dsr = CogVideoGolden.request("sampler").get("dsr");
                Tensor expected = data.tensor("dsr.ids"); // (2, 1 + 3), the first of each no draw
                Tensor logits = data.tensor("logits").to(ScalarType.Float).repeat(expected.size(0), 1); // (6, V)
                ClusterSampler sampler = new ClusterSampler(labels(data));
                Settings settings = new Settings(
                        dsr.get("temperature").asDouble(),
                        dsr.get("topk").asInt(),
                        dsr.get("temperature2").asDouble());
                Noise noise = Noise.together(logits.size(0), settings.top(), logits.size(1), rng);
                assertThat(Tensors.longs(sampler.draw(logits, settings, noise)))
                        .containsExactly(Tensors.longs(expected.narrow(1, 1, expected.size(1) - 1)));
            });
        }
    }

    /** Two clusters of two tokens: the cluster by its share at temperature T, the token by its share at T·T2. */
    @Test
    void frequenciesFollowTheTwoTemperatures() {
        Scopes.run(() -> {
            int draws = 20000;
            Tensor logits = Tensors.of(new float[] {1, 0, 0.5f, -1}, 1, 4).expand(draws, 4);
            ClusterSampler sampler = new ClusterSampler(Tensors.of(new long[] {0, 1, 0, 1}, 4));
            int[] found = new int[4];
            try (Rng rng = new Rng(1)) {
                Settings settings = new Settings(2, 2, 0.5);
                for (long id :
                        Tensors.longs(sampler.draw(logits, settings, Noise.together(draws, settings.top(), 4, rng)))) {
                    found[(int) id]++;
                }
            }
            double[] half = {Math.exp(0.5), Math.exp(0), Math.exp(0.25), Math.exp(-0.5)}; // z = logits / 2
            double[] whole = {Math.exp(1), Math.exp(0), Math.exp(0.5), Math.exp(-1)}; // z / 0.5
            double sum = half[0] + half[1] + half[2] + half[3];
            for (int id = 0; id < 4; id++) {
                int other = (id + 2) % 4;
                double cluster = (half[id] + half[other]) / sum;
                double expected = cluster * whole[id] / (whole[id] + whole[other]);
                assertThat((double) found[id] / draws).as("token %s", id).isCloseTo(expected, within(0.012));
            }
        });
    }

    @Test
    void oneClusterOfOneTokenIsTheLikeliestToken() {
        Scopes.run(() -> {
            Tensor logits = Tensors.of(new float[] {0.1f, 0.3f, 0.2f, 0.9f, 0.3f, 0.2f}, 2, 3);
            ClusterSampler sampler = new ClusterSampler(Tensors.of(new long[] {0, 1, 2}, 3));
            try (Rng rng = new Rng(1)) {
                assertThat(Tensors.longs(sampler.draw(logits, new Settings(1, 1, 1), rng)))
                        .containsExactly(1, 0);
            }
        });
    }

    @Test
    void settingsThatCannotBeAreRefused() {
        assertThatThrownBy(() -> new Settings(0, 1, 1)).hasMessageContaining("temperatures must be above 0");
        assertThatThrownBy(() -> new Settings(1, 0, 1)).hasMessageContaining("top clusters must be at least 1");
        Scopes.run(() -> {
            ClusterSampler sampler = new ClusterSampler(Tensors.of(new long[] {0, 1, 0}, 3));
            try (Rng rng = new Rng(1)) {
                assertThatThrownBy(() -> sampler.draw(Tensors.of(new float[3], 1, 3), new Settings(1, 3, 1), rng))
                        .hasMessage("top clusters must be at most 2, all there are, found 3");
                assertThatThrownBy(() -> sampler.draw(Tensors.of(new float[4], 1, 4), new Settings(1, 1, 1), rng))
                        .hasMessageContaining("logits must have shape (?, 3)");
            }
        });
    }

    private static Tensor labels(Safetensors data) {
        return data.tensor("cluster_labels").to(ScalarType.Long);
    }

    private static Settings settings(JsonNode c) {
        return new Settings(
                c.get("temperature").asDouble(),
                c.get("top_k").asInt(),
                c.get("temperature2").asDouble());
    }
}
