package kinema.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import kinema.cogvideo.FrameMaker.Prompts;
import kinema.cogvideo.network.Backbone;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.network.ClusterSampler;
import kinema.cogvideo.network.ClusterSampler.Settings;
import kinema.cogvideo.network.Decoder;
import kinema.cogvideo.network.Stage;
import kinema.cogvideo.network.TemporalChannel;
import kinema.cogvideo.network.TextPrefix.Text;
import kinema.tensor.ComputeThreads;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.CogVideoGolden;
import kinema.testing.Golden;
import kinema.weights.Checkpoint;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every call of the authors' filling loop in two whole runs: its logits, and all its tokens from the same random numbers. */
class FrameMakerParityTest {
    private static final double TOLERANCE = 1e-4; // relative to the largest logit

    private static final List<Checkpoint> files = new ArrayList<>();
    private static final List<Backbone> stages = new ArrayList<>();
    private static Backbone textToImage;
    private static BackboneConfig config;

    @BeforeAll
    static void load() {
        torch.set_num_threads(1);
        config = BackboneConfig.of(CogVideoGolden.model(CogVideoGolden.request("stage1")));
        for (String name : List.of("stage1", "stage2")) {
            Checkpoint base = CogVideoGolden.weights(name, "transformer");
            Checkpoint channel = CogVideoGolden.weights(name, "mixins");
            files.add(base);
            files.add(channel);
            BaseModel model = base.load(w -> new BaseModel(w, config.base()));
            stages.add(new Backbone(config, model, channel.load(w -> new TemporalChannel(w, config))));
            if (textToImage == null) {
                textToImage = new Backbone(config, model, null);
            }
        }
    }

    @AfterAll
    static void free() {
        files.forEach(Checkpoint::close);
    }

    @ParameterizedTest
    @ValueSource(strings = {"e2e-guided", "e2e-plain"})
    void logitsAndTokensEqualTheReference(String name, TestReporter reporter) {
        JsonNode request = CogVideoGolden.request(name);
        try (Safetensors data = CogVideoGolden.data(name)) {
            Scopes.run(() -> {
                ClusterSampler sampler =
                        new ClusterSampler(data.tensor("cluster_labels").to(ScalarType.Long));
                for (int i = 0; i < request.get("calls").size(); i++) {
                    Call call = new Call(request, i, data, sampler);
                    Scopes.run(() -> call.check(reporter));
                }
            });
        }
    }

    @Test
    void tokensOfASmallModelAreMadeByOneThread() {
        long start =
                CogVideoGolden.request("e2e-plain").at("/vocab/start_of_image").asLong();
        Decoder.Task task = new Decoder.Task(Stage.KEYFRAMES, start, false);
        Prompts prompts = Prompts.plain(List.of(new Text(new long[] {start}, 0)));
        List<Integer> threads = new ArrayList<>();
        ComputeThreads.set(2);
        try (FrameMaker maker = new FrameMaker(textToImage, task, prompts)) {
            Scopes.run(() -> {
                var unused = maker.make((logits, slot) -> {
                    threads.add(torch.get_num_threads());
                    return logits.argmax(new LongOptional(1), false);
                });
            });
            assertThat(threads).isNotEmpty().containsOnly(1);
            assertThat(torch.get_num_threads()).isEqualTo(2);
        } finally {
            ComputeThreads.set(1);
        }
    }

    /** One call of the loop. */
    private record Call(JsonNode request, int number, Safetensors data, ClusterSampler sampler) {
        private JsonNode node() {
            return request.get("calls").get(number);
        }

        private Tensor tensor(String name) {
            return data.tensor("call" + number + "." + name).to(ScalarType.Long);
        }

        void check(TestReporter reporter) {
            Tensor out = tensor("out"); // (B, text + 1 + tokens)
            long text = node().get("text_len").asLong() + 1;
            Tensor frames = out.narrow(1, text, out.size(1) - text).view(out.size(0), -1, config.frameTokens());
            boolean first = node().path("enforce_no_swin").asBoolean();
            Stage stage = node().get("stage").asInt() == 1 ? Stage.KEYFRAMES : Stage.INTERPOLATION;
            Backbone backbone = first ? textToImage : stages.get(stage.ordinal());
            int given = stage == Stage.KEYFRAMES ? (first ? 0 : 1) : stage.given();
            Decoder.Task task =
                    new Decoder.Task(stage, request.at("/vocab/start_of_image").asLong(), true);
            try (Rng rng = new Rng(node().get("torch_seed").asLong());
                    FrameMaker maker = new FrameMaker(backbone, task, prompts(out.size(0)))) {
                if (given > 0) {
                    maker.give(frames.narrow(1, 0, given));
                }
                Steps steps = new Steps(this, given);
                for (int rank = given; rank < frames.size(1); rank++) {
                    Tensor made = maker.make((logits, slot) -> steps.draw(logits, slot, rng));
                    assertThat(Tensors.longs(made))
                            .as("call %s, frame %s", number, rank)
                            .containsExactly(Tensors.longs(frames.select(1, rank)));
                    if (rank + 1 < frames.size(1)) {
                        maker.append(made);
                    }
                    steps.frame++;
                }
                reporter.publishEntry("call " + number, String.format("%.2e of logits", steps.worst));
            }
        }

        private Prompts prompts(long batch) {
            double weight = node().get("log_text_attention_weights").asDouble();
            Text text = new Text(start("seq", "text_len"), weight);
            List<Text> texts = Collections.nCopies((int) batch, text);
            if (!data.entries().containsKey("call" + number + ".guider_seq")) {
                return Prompts.plain(texts);
            }
            Text guide = new Text(start("guider_seq", "guider_text_len"), 0);
            return new Prompts(
                    texts,
                    Collections.nCopies((int) batch, guide),
                    node().get("guidance_alpha").asDouble());
        }

        private long[] start(String sequence, String length) {
            return Tensors.longs(tensor(sequence)
                    .select(0, 0)
                    .narrow(0, 0, node().get(length).asLong()));
        }

        Settings settings(boolean last) {
            JsonNode s = node().get("sampler").get(last ? 1 : 0);
            return new Settings(s.get(0).asDouble(), s.get(1).asInt(), s.get(2).asDouble());
        }
    }

    /** The loop's steps, some of which the fixture has logits of. */
    private static final class Steps {
        private final Call call;
        private final long[] recorded;
        private final Tensor expected; // (steps, B, ids)
        private int frame;
        private double worst;

        Steps(Call call, int given) {
            this.call = call;
            frame = given;
            recorded = Tensors.longs(call.tensor("steps"));
            expected = call.data.tensor("call" + call.number + ".logits");
        }

        Tensor draw(Tensor logits, int slot, Rng rng) {
            long step = frame * config.frameTokens() + slot;
            int at = Arrays.binarySearch(recorded, step);
            if (at >= 0) {
                Golden.Difference d = Golden.difference(
                        logits.index_select(1, call.data.tensor("logit_ids")), expected.select(0, at));
                worst = Math.max(worst, d.max() / d.scale());
                assertThat(d.max() / d.scale())
                        .as("call %s, step %s: %s", call.number, step, d)
                        .isLessThanOrEqualTo(TOLERANCE);
            }
            boolean last = frame > 0 || slot == config.frameTokens() - 1; // of the first frame the authors end early
            return call.sampler.draw(logits, call.settings(last), rng);
        }
    }
}
