package kinema.cogvideo.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.CogVideoGolden;
import kinema.testing.Golden;
import kinema.weights.Checkpoint;
import kinema.weights.Safetensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One masked pass of both stages, its losses and its gradients, against the authors' training code. */
class OnePassParityTest {
    private static final double LOGITS = 1e-4; // relative to the largest
    private static final double LOSS = 1e-5;
    private static final double GRADIENT = 1e-4; // relative to the largest of a tensor
    private static final long SHOWN = 4096; // of longer gradients the fixtures hold 64 numbers
    private static final long CUT = 64;

    @BeforeAll
    static void smallWorkNeedsOneThread() {
        torch.set_num_threads(1);
    }

    /** A case, loaded, with a channel that is trained. */
    private record Case(BackboneConfig config, Stage stage, Safetensors data, Backbone backbone) {
        Tensor text() {
            return data.tensor("text").narrow(1, 0, config.textTokens());
        }

        Tensor present() {
            return data.tensor("attention_mask_totxt");
        }

        Tensor frames() {
            return data.tensor("text")
                    .narrow(1, config.textTokens() + 1, config.sequenceTokens())
                    .view(-1, BackboneConfig.FRAMES, config.frameTokens());
        }
    }

    @ParameterizedTest
    @CsvSource({"KEYFRAMES, false", "KEYFRAMES, true", "INTERPOLATION, false", "INTERPOLATION, true"})
    void statesLossesAndGradientsEqualTheReference(Stage stage, boolean relaxed, TestReporter reporter) {
        String weights = "stage" + (stage.ordinal() + 1);
        String name = "train-" + weights;
        JsonNode request = CogVideoGolden.request(name);
        BackboneConfig config = BackboneConfig.of(CogVideoGolden.model(request));
        Map<String, Tensor> trained = new LinkedHashMap<>();
        try (Checkpoint baseFile = CogVideoGolden.weights(weights, "transformer");
                Checkpoint channelFile = CogVideoGolden.weights(weights, "mixins");
                Safetensors data = CogVideoGolden.data(name);
                OnePass pass = new OnePass(
                        config, stage, request.at("/vocab/start_of_image").asLong(), relaxed)) {
            Scopes.run(() -> {
                TemporalChannel channel = new TemporalChannel(
                        new Weights((key, init, shape) -> trained.computeIfAbsent(
                                key,
                                k -> channelFile
                                        .tensors()
                                        .get(k)
                                        .read()
                                        .to(ScalarType.Float)
                                        .requires_grad_(true))),
                        config);
                Backbone backbone = new Backbone(config, baseFile.load(w -> new BaseModel(w, config.base())), channel);
                Case c = new Case(config, stage, data, backbone);
                checkLayers(c, pass, reporter);
                Tensor states = pass.forward(backbone, c.text(), c.present(), c.frames());
                checkLogits(c, states, reporter);
                checkLosses(c, states, request);
                TokenLoss.of(backbone, stage, states, c.frames()).backward();
                checkGradients(c, trained, reporter);
            });
        }
    }

    private static void checkLayers(Case c, OnePass pass, TestReporter reporter) {
        Tensor text = torch.arange(new Scalar(c.config.textTokens()));
        Tensor rows = Tensors.cat(0, text, c.data.tensor("logit_rows"));
        Tensor x = pass.embed(c.backbone, c.text(), c.present(), c.frames());
        for (int i = 0; i < c.config.base().layers(); i++) {
            x = c.backbone.through(i, x, pass.reach(c.present()));
            Golden.Difference d = Golden.difference(x.index_select(1, rows), c.data.tensor("hidden" + i));
            reporter.publishEntry(c.stage + " layer " + i, d.toString());
            assertThat(d.max() / d.scale()).as("layer %s: %s", i, d).isLessThanOrEqualTo(LOGITS);
        }
    }

    private static void checkLogits(Case c, Tensor states, TestReporter reporter) {
        Tensor logits = c.backbone.logits(states); // (B, F, V)
        Tensor rows = c.data.tensor("logit_rows").sub(new Scalar(c.config.textTokens()));
        Tensor some = logits.index_select(1, rows).index_select(2, c.data.tensor("logit_ids"));
        Golden.Difference d = Golden.difference(some, c.data.tensor("logits"));
        reporter.publishEntry(c.stage + " logits", d.toString());
        assertThat(d.max() / d.scale()).as("logits: %s", d).isLessThanOrEqualTo(LOGITS);
        Golden.Difference all = Golden.difference(torch.logsumexp(logits, 2), c.data.tensor("logsumexp"));
        assertThat(all.max() / all.scale()).as("logsumexp: %s", all).isLessThanOrEqualTo(LOGITS);
        assertThat(Tensors.longs(logits.argmax(new LongOptional(2), false)))
                .containsExactly(Tensors.longs(c.data.tensor("argmax")));
    }

    private static void checkLosses(Case c, Tensor states, JsonNode request) {
        double loss = TokenLoss.of(c.backbone, c.stage, states, c.frames()).item_double();
        assertThat(loss).isCloseTo(request.get("loss").asDouble(), within(LOSS));
        request.get("partial_losses").properties().forEach(partial -> {
            int time = partial.getKey().charAt(partial.getKey().indexOf("_f") + 2) - '0';
            double found =
                    TokenLoss.ofFrame(c.backbone, time, states, c.frames()).item_double();
            assertThat(found).as(partial.getKey()).isCloseTo(partial.getValue().asDouble(), within(LOSS));
        });
    }

    private static void checkGradients(Case c, Map<String, Tensor> trained, TestReporter reporter) {
        double worst = 0;
        for (Map.Entry<String, Tensor> parameter : trained.entrySet()) {
            Tensor gradient = parameter.getValue().grad().flatten();
            long step = Math.max(1, gradient.numel() / CUT);
            Tensor shown = gradient.numel() > SHOWN
                    ? gradient.slice(0, new LongOptional(0), new LongOptional(step * CUT), step)
                    : gradient;
            Golden.Difference d = Golden.difference(shown, c.data.tensor("grad.mixins." + parameter.getKey()));
            double largest = gradient.abs().max().item_double();
            worst = Math.max(worst, d.max() / largest);
            assertThat(d.max() / largest).as("%s: %s", parameter.getKey(), d).isLessThanOrEqualTo(GRADIENT);
        }
        reporter.publishEntry(c.stage + " gradients, relative", String.format("%.2e", worst));
    }
}
