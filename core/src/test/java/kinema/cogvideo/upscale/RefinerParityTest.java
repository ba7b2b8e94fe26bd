package kinema.cogvideo.upscale;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import kinema.cogvideo.network.BaseModel;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.CogVideoGolden;
import kinema.testing.Golden;
import kinema.weights.Checkpoint;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** All rounds of CogView2's iterative super-resolution against the authors': tokens from the same random numbers. */
class RefinerParityTest {
    private static final double TOLERANCE = 1e-4; // relative to the largest

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    @Test
    void scoresAndTokensOfAllRoundsEqualTheReference() {
        JsonNode request = CogVideoGolden.request("itersr");
        RefinerConfig config = RefinerConfig.of(CogVideoGolden.model(request));
        long start = request.at("/vocab/start_of_image").asLong();
        try (Checkpoint baseFile = CogVideoGolden.weights("itersr", "transformer");
                Checkpoint mixinsFile = CogVideoGolden.weights("itersr", "mixins");
                Safetensors data = CogVideoGolden.data("itersr");
                Rng rng = new Rng(request.get("torch_seed").asLong())) {
            BaseModel base = baseFile.load(w -> new BaseModel(w, config.base()));
            Refiner refiner = mixinsFile.load(w -> new Refiner(w, base, config));
            try (Refining refining = new Refining(refiner)) {
                Scopes.run(() -> {
                    long[] text = Tensors.longs(data.tensor("text"));
                    Tensor tokens = data.tensor("tokens").to(ScalarType.Long).squeeze(0); // (N)
                    for (int round = 1; round <= Refining.ROUNDS; round++) {
                        Tensor states = refining.states(text, tokens, start, round); // (N, D)
                        Tensor logits = refiner.logits(states.index_select(0, data.tensor("logit_rows")))
                                .index_select(1, data.tensor("logit_ids"));
                        Golden.Difference d =
                                Golden.difference(logits, data.tensor("logits").select(0, round - 1));
                        assertThat(d.max() / d.scale())
                                .as("round %s: %s", round, d)
                                .isLessThanOrEqualTo(TOLERANCE);
                        tokens = refining.round(text, tokens, start, round, rng);
                        assertThat(Tensors.longs(tokens))
                                .as("round %s", round)
                                .containsExactly(
                                        Tensors.longs(data.tensor("out").select(0, round - 1)));
                    }
                });
            }
        }
    }
}
