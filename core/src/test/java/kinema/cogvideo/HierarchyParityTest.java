package kinema.cogvideo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import kinema.cogvideo.FrameMaker.Prompts;
import kinema.cogvideo.network.Backbone;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseModel;
import kinema.cogvideo.network.ClusterSampler;
import kinema.cogvideo.network.TemporalChannel;
import kinema.cogvideo.network.TextPrefix.Text;
import kinema.system.RunState;
import kinema.system.Stepper;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.testing.CogVideoGolden;
import kinema.weights.Checkpoint;
import kinema.weights.Safetensors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The steps of a whole run against the authors' main: every token of every frame, in its place in the video, from the random
 * numbers of each of their calls.
 */
class HierarchyParityTest {
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
    void everyFrameIsTheReferences(String name) {
        try (Safetensors data = CogVideoGolden.data(name)) {
            Scopes.run(() -> new Reference(CogVideoGolden.request(name), data).check());
        }
    }

    /** A run of the authors' main. */
    private record Reference(JsonNode request, Safetensors data) {
        void check() {
            ClusterSampler sampler =
                    new ClusterSampler(data.tensor("cluster_labels").to(ScalarType.Long));
            JsonNode drawn = call(1).get("sampler").get(0);
            Drawing drawing = Drawing.of(
                    sampler,
                    1,
                    new ClusterSampler.Settings(
                            drawn.get(0).asDouble(),
                            drawn.get(1).asInt(),
                            drawn.get(2).asDouble()));
            int calls = request.get("calls").size();
            Timeline timeline = Timeline.of(calls == 3 ? 9 : 33);
            Tensor tokens = FrameTokens.unknown(videos(), timeline.frames(), config.frameTokens());
            KeyFrames.Task first = new KeyFrames.Task(
                    textToImage,
                    stages.get(0),
                    prompts(0).times(videos()),
                    prompts(1).times(videos()),
                    start(),
                    false);
            try (KeyFrames keyFrames = new KeyFrames(first, timeline, drawing, (done, total) -> {}, t -> t)) {
                tokens = run(keyFrames, 0, 1, tokens, 0);
                tokens = run(keyFrames, 1, 5, tokens, 1);
            }
            int batch = Math.min(8, call(calls - 1).get("batch_size").asInt());
            Interpolation.Task second =
                    new Interpolation.Task(stages.get(1), round -> prompts(2 + round), videos(), start(), true, batch);
            try (Interpolation between = new Interpolation(second, timeline, drawing, (done, total) -> {}, t -> t)) {
                assertThat(between.count()).isEqualTo(2 * (calls - 2));
                for (int call = 2; call < calls; call++) {
                    tokens = run(between, 2 * (call - 2), 2 * (call - 1), tokens, call);
                    check(tokens, call, batch, timeline);
                }
            }
            if (data.entries().containsKey("frames")) {
                assertThat(Tensors.longs(tokens)).isEqualTo(Tensors.longs(data.tensor("frames")));
            }
        }

        /** Takes some steps, from the random numbers of a call. */
        private Tensor run(Stepper stepper, int from, int to, Tensor tokens, int call) {
            Tensor now = tokens;
            try (Rng rng = new Rng(call(call).get("torch_seed").asLong())) {
                for (int step = from; step < to; step++) {
                    RunState state = new RunState("any", step, Map.of(FrameTokens.SMALL, now), rng.state(), Map.of());
                    now = stepper.step(state, rng).get(FrameTokens.SMALL);
                }
            }
            return now;
        }

        /** What a call made of its windows, given frames first, is in the places of the windows' frames. */
        private void check(Tensor tokens, int call, int batch, Timeline timeline) {
            Tensor out = data.tensor("call" + call + ".out").to(ScalarType.Long);
            Tensor frames = out.narrow(1, out.size(1) - config.sequenceTokens(), config.sequenceTokens())
                    .view(out.size(0), BackboneConfig.FRAMES, -1); // (w, 5, N)
            int round = 0;
            int first = 0; // window of this call, counted video by video
            for (int c = 2; c < call; c++) {
                first += batch;
                if (first >= videos() * timeline.windows(round)) {
                    round++;
                    first = 0;
                }
            }
            int[] order = {0, 2, 4, 1, 3};
            for (int row = 0; row < out.size(0); row++) {
                int window = first + row;
                List<Integer> places = timeline.window(round, window % timeline.windows(round));
                int video = window / timeline.windows(round);
                for (int rank = 0; rank < BackboneConfig.FRAMES; rank++) {
                    assertThat(Tensors.longs(tokens.select(0, video).select(0, places.get(order[rank]))))
                            .as("call %s, window %s, frame %s", call, row, rank)
                            .isEqualTo(Tensors.longs(frames.select(0, row).select(0, rank)));
                }
            }
        }

        private JsonNode call(int number) {
            return request.get("calls").get(number);
        }

        private int videos() {
            return call(0).get("batch_size").asInt();
        }

        private long start() {
            return request.at("/vocab/start_of_image").asLong();
        }

        /** The texts of one sequence of a call. */
        private Prompts prompts(int call) {
            int number = call < 3 ? call : roundsCall(call - 2);
            double weight = call(number).get("log_text_attention_weights").asDouble();
            List<Text> texts = List.of(new Text(text(number, "seq", "text_len"), weight));
            if (!data.entries().containsKey("call" + number + ".guider_seq")) {
                return Prompts.plain(texts);
            }
            List<Text> guides = Collections.singletonList(new Text(text(number, "guider_seq", "guider_text_len"), 0));
            return new Prompts(texts, guides, call(number).get("guidance_alpha").asDouble());
        }

        /** The first call of a round of interpolation. */
        private int roundsCall(int round) {
            return round == 0 ? 2 : 2 + round;
        }

        private long[] text(int call, String sequence, String length) {
            return Tensors.longs(data.tensor("call" + call + "." + sequence)
                    .to(ScalarType.Long)
                    .select(0, 0)
                    .narrow(0, 0, call(call).get(length).asLong()));
        }
    }
}
