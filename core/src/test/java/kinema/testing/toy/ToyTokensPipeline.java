package kinema.testing.toy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import kinema.memory.Budget;
import kinema.memory.Footprint;
import kinema.memory.Footprint.Need;
import kinema.memory.MemoryPlan;
import kinema.memory.Meter;
import kinema.memory.Planner;
import kinema.memory.Reservation;
import kinema.memory.SharedNetwork;
import kinema.nn.Linear;
import kinema.system.Collected;
import kinema.system.OpenOptions;
import kinema.system.PipelineRules;
import kinema.system.Run;
import kinema.system.RunObserver;
import kinema.system.RunState;
import kinema.system.Sampling;
import kinema.system.Stepper;
import kinema.system.Steps;
import kinema.system.VideoPipeline;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.weights.Checkpoint;
import kinema.weights.Init;
import kinema.weights.Placement;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Draws the tokens of a {@link ToyTokens} one by one. N tokens so far, D width, V vocabulary. */
final class ToyTokensPipeline implements VideoPipeline {
    private static final String IDS = "tokens";
    private static final String PROMPT = "text";
    private static final long PROMPT_BYTES = ToyTokens.WIDTH * Float.BYTES;

    /** The weights: words, and one head of attention. */
    private record Network(Tensor words, Linear query, Linear key, Linear value) {
        Network(Weights w) {
            this(
                    w.tensor("words.weight", Init.ZEROS, ToyTokens.VOCABULARY, ToyTokens.WIDTH),
                    new Linear(w.at("query"), ToyTokens.WIDTH, ToyTokens.WIDTH),
                    new Linear(w.at("key"), ToyTokens.WIDTH, ToyTokens.WIDTH),
                    new Linear(w.at("value"), ToyTokens.WIDTH, ToyTokens.WIDTH));
        }
    }

    private final Checkpoint file;
    private final SharedNetwork<Network> network;
    private final Planner planner;

    ToyTokensPipeline(ToyFiles files, OpenOptions options) {
        Placement placement = Placement.resident(ScalarType.Float);
        file = Checkpoint.open(files.folder(ToyTokens.TOKENS.name()), placement);
        network = SharedNetwork.of(file, Network::new, placement, options.kept());
        planner = new Planner(Budget.of(options.device()), options.precision(), options.maxMemory());
    }

    @Override
    public PipelineRules rules() {
        return ToyTokens.Rules.ALL;
    }

    @Override
    public MemoryPlan plan(Sampling sampling, Collected collected) {
        rules().check(sampling);
        return planner.plan(footprint(sampling, collected));
    }

    @Override
    public Optional<String> vaeDigest() {
        return Optional.empty();
    }

    @Override
    public void run(Run run) {
        Sampling s = run.sampling();
        RunObserver observer = run.observer();
        observer.prompt(ToyFiles.LETTERS, "");
        try (Reservation memory = planner.begin(footprint(s, observer.collected()), run.plan())) {
            Scopes.run(() -> {
                RunState start = run.store().saved().orElseGet(() -> begin(s, observer));
                RunState end = draw(start, run, memory);
                observer.checkCancelled();
                observer.stage(ToyTokens.DECODE);
                observer.frames(frames(end.changing(IDS), s));
            });
        }
    }

    private RunState draw(RunState start, Run run, Reservation memory) {
        if (start.done() == tokens(run.sampling())) {
            return start;
        }
        run.observer().stage(ToyTokens.TOKENS);
        RunState end = network.in(memory.plan(), ToyTokens.TOKENS.name()).use(weights -> {
            try (NextToken next = new NextToken(weights, run.sampling())) {
                return new Steps(run.store(), run.observer()).run(start, next);
            }
        });
        memory.stageEnded();
        return end;
    }

    /** What a request takes: the last token sees most, so it is what is run without contents. */
    private Footprint footprint(Sampling s, Collected collected) {
        long ids = 2 * Long.BYTES * tokens(s); // with a token more and without
        long video = 3 * Float.BYTES * tokens(s);
        long kept = ids + (collected.tensors() ? video : 0);
        return new Footprint(
                s.size().frames() + " frames",
                List.of(
                        Need.of(ToyTokens.TEXT.name(), () -> PROMPT_BYTES),
                        Need.of(ToyTokens.TOKENS.name(), network.weights(), () -> PROMPT_BYTES + ids + lastToken(s)),
                        Need.of(ToyTokens.DECODE.name(), () -> PROMPT_BYTES + kept + 2 * video)),
                List.of());
    }

    private static long lastToken(Sampling s) {
        return Meter.dryRun(Network::new, ScalarType.Float, weights -> {
            try (Attention attention = new Attention(weights)) {
                attention.remember(floats(tokens(s) - 1), floats(tokens(s) - 1));
                var unused = attention.logits(floats(1));
            }
        });
    }

    private static Tensor floats(long tokens) {
        return Tensors.meta(ScalarType.Float, tokens, ToyTokens.WIDTH);
    }

    private static int tokens(Sampling s) {
        return s.size().frames() * ToyTokens.FRAME;
    }

    @Override
    public void close() {
        file.close();
    }

    private static RunState begin(Sampling s, RunObserver observer) {
        observer.stage(ToyTokens.TEXT);
        Tensor prompt = Tensors.of(ToyFiles.states(s.prompt()), 1, ToyTokens.WIDTH); // (1, D)
        try (Rng rng = new Rng(s.seed())) {
            return new RunState(ToyTokens.TOKENS.name(), 0, Map.of(), rng.state(), Map.of(PROMPT, prompt));
        }
    }

    /** Tokens as grey pixels, (T, 2, 2, 3). */
    private static Tensor frames(Tensor ids, Sampling s) {
        Tensor grey = ids.to(ScalarType.Float).mul(new Scalar(1.0 / (ToyTokens.VOCABULARY - 1)));
        Tensor shown = s.settings().get(ToyTokens.INVERT) ? grey.neg().add(new Scalar(1.0)) : grey;
        return shown.view(-1, 2, 2, 1).expand(-1, -1, -1, 3);
    }

    /** Keys and values of tokens so far, which are not computed again. */
    private static final class Attention implements AutoCloseable {
        private final Network network;
        private @Nullable Tensor keys, values; // (N + 1, D), of the prompt and all tokens but the last

        Attention(Network network) {
            this.network = network;
        }

        /** How many are known. */
        long known() {
            return keys == null ? 0 : keys.size(0);
        }

        /** Of the token after {@code x}, (1, D): (1, V). */
        Tensor logits(Tensor x) {
            return Scopes.keep(() -> attend(x).matmul(network.words().t()));
        }

        Tensor attend(Tensor x) {
            return Scopes.keep(() -> {
                Tensor k = network.key().forward(x);
                Tensor v = network.value().forward(x);
                Tensor allKeys = keys == null ? k : Tensors.cat(0, keys, k); // (N + 1, D)
                Tensor allValues = values == null ? v : Tensors.cat(0, values, v); // (N + 1, D)
                remember(allKeys, allValues);
                Tensor weights = network.query().forward(x).matmul(allKeys.t()).softmax(1); // (1, N + 1)
                return weights.matmul(allValues); // (1, D)
            });
        }

        void remember(@Nullable Tensor k, @Nullable Tensor v) {
            @Nullable Tensor beforeK = keys;
            @Nullable Tensor beforeV = values;
            keys = k == null ? null : Scopes.own(k);
            values = v == null ? null : Scopes.own(v);
            if (beforeK != null && beforeV != null) {
                Scopes.free(beforeK);
                Scopes.free(beforeV);
            }
        }

        @Override
        public void close() {
            remember(null, null);
        }
    }

    /** One token after another. */
    private static final class NextToken implements Stepper, AutoCloseable {
        private final Network network;
        private final Attention attention;
        private final double temperature;
        private final int count;

        NextToken(Network network, Sampling s) {
            this.network = network;
            attention = new Attention(network);
            temperature = s.settings().get(ToyTokens.TEMPERATURE);
            count = tokens(s);
        }

        @Override
        public int count() {
            return count;
        }

        @Override
        public Optional<String> part(int step) {
            return Optional.of("frame " + (step / ToyTokens.FRAME + 1));
        }

        @Override
        public Map<String, Tensor> step(RunState state, Rng rng) {
            Tensor ids = state.changing().get(IDS);
            // A new stepper that goes on takes in the earlier tokens one by one, as they came: the same numbers.
            for (long i = attention.known(); i < state.done(); i++) {
                attention.attend(input(state, ids, i));
            }
            Tensor logits = attention.logits(input(state, ids, state.done())); // (1, V)
            Tensor chances = logits.mul(new Scalar(1 / temperature)).softmax(1).cumsum(1); // (1, V)
            Tensor drawn = chances.lt(rng.rand(1))
                    .sum()
                    .clamp_max(new Scalar(ToyTokens.VOCABULARY - 1))
                    .view(1);
            return Map.of(IDS, ids == null ? drawn : Tensors.cat(0, ids, drawn)); // (N + 1)
        }

        @Override
        public void close() {
            attention.close();
        }

        /** What step i sees: the prompt, then each token. */
        private Tensor input(RunState state, @Nullable Tensor ids, long i) {
            return i == 0 || ids == null
                    ? state.fixed(PROMPT)
                    : network.words().index_select(0, ids.narrow(0, i - 1, 1)); // (1, D)
        }
    }
}
