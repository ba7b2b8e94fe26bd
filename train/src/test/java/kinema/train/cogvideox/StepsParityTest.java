package kinema.train.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import kinema.cogvideox.files.CogVideoXLoraNames;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.AdamW;
import kinema.train.OptimizerRecipe;
import kinema.train.RateSchedule;
import kinema.weights.Checkpoint;
import kinema.weights.Lora;
import kinema.weights.LoraFile;
import kinema.weights.LoraShape;
import kinema.weights.LoraWriter;
import kinema.weights.Parameters;
import kinema.weights.Safetensors;
import kinema.weights.Weights;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Twenty steps of training against those of the authors' own code: of all parameters, and of a LoRA. */
class StepsParityTest {
    private static final String PREFIX = "transformer.";

    @TempDir
    Path folder;

    @Test
    void twentyStepsOfAllParameters() {
        try (GoldenCase golden = GoldenCase.open("sft-20");
                Parameters parameters = golden.parameters()) {
            ExpertTransformer network = new ExpertTransformer(new Weights(parameters), golden.transformer());
            train(golden, network, parameters);
            Scopes.run(() -> golden.checkFinal(parameters));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"lora-20", "lora-20-alpha8"})
    void twentyStepsOfALora(String name) {
        Path saved = folder.resolve("pytorch_lora_weights.safetensors");
        try (GoldenCase golden = GoldenCase.open(name);
                Safetensors initial = Safetensors.open(golden.file("initial/pytorch_lora_weights.safetensors"));
                Checkpoint base = golden.checkpoint("transformer")) {
            LoraShape shape = shape(golden.request().path("hyper"));
            TransformerConfig c = golden.transformer();
            try (Parameters changes =
                    Parameters.of(shape.tree(w -> new ExpertTransformer(w, c)), key -> initial.tensor(PREFIX + key))) {
                ExpertTransformer network =
                        base.load(w -> new ExpertTransformer(w.with(shape.adapters(new Weights(changes))), c));
                train(golden, network, changes);
                LoraWriter.write(saved, "transformer", shape, changes.parts(changes.values()));
                Scopes.run(() -> golden.checkLora(changes, PREFIX));
            }
            checkLoaded(golden, saved);
        }
    }

    @Test
    void theFirstStepOfANewLoraChangesNothing() {
        try (GoldenCase golden = GoldenCase.open("lora-20");
                Checkpoint base = golden.checkpoint("transformer");
                Rng rng = new Rng(1)) {
            LoraShape shape = shape(golden.request().path("hyper"));
            TransformerConfig c = golden.transformer();
            try (Parameters changes = Parameters.init(shape.tree(w -> new ExpertTransformer(w, c)), rng)) {
                assertThat(changes.count()).isEqualTo(2 * 4 * 2 * 4 * c.width());
                ExpertTransformer network =
                        base.load(w -> new ExpertTransformer(w.with(shape.adapters(new Weights(changes))), c));
                golden.checkNumber("val_loss_before", validation(golden, network), "loss");
            }
        }
    }

    /** The file read back and added to the weights, as a program would that generates with it. */
    private static void checkLoaded(GoldenCase golden, Path saved) {
        try (Checkpoint changed = golden.checkpoint("transformer")) {
            changed.add(Lora.open(new LoraFile(saved, 1), new CogVideoXLoraNames()));
            TransformerConfig c = golden.transformer();
            ExpertTransformer network = changed.load(w -> new ExpertTransformer(w, c));
            golden.checkNumber("val_loss_after", validation(golden, network), "loss");
        }
    }

    private static LoraShape shape(JsonNode hyper) {
        List<String> targets =
                hyper.path("target_modules").valueStream().map(JsonNode::asText).toList();
        return new LoraShape(
                hyper.path("rank").asLong(), hyper.path("lora_alpha").asDouble(), targets);
    }

    private static OptimizerRecipe optimizer(JsonNode h) {
        return new OptimizerRecipe(
                h.path("learning_rate").asDouble(),
                h.path("lr_scheduler").asText().equals("cosine") ? RateSchedule.COSINE : RateSchedule.CONSTANT,
                h.path("lr_warmup_steps").asLong(),
                h.path("beta1").asDouble(),
                h.path("beta2").asDouble(),
                h.path("weight_decay").asDouble(),
                h.path("max_grad_norm").asDouble(),
                0);
    }

    private static void train(GoldenCase golden, ExpertTransformer network, Parameters parameters) {
        golden.checkNumber("val_loss_before", validation(golden, network), "loss");
        int steps = golden.request().path("hyper").path("steps").asInt();
        OptimizerRecipe recipe = optimizer(golden.request().path("hyper"));
        float[] rates = Tensors.floats(golden.expected("learning_rate"));
        float[] losses = new float[steps];
        float[] norms = new float[steps];
        try (AdamW optimizer = new AdamW(parameters, recipe)) {
            for (int step = 0; step < steps; step++) {
                double rate = recipe.learningRate(step, steps);
                assertThat(rate).isCloseTo(rates[step], within(1e-7 * recipe.learningRate()));
                losses[step] = (float) backward(golden, network, step);
                norms[step] = (float) optimizer.step(step, rate);
            }
        }
        Scopes.run(() -> {
            golden.check("loss", Tensors.of(losses, steps), "loss");
            golden.check("grad_norm", Tensors.of(norms, steps), "grad_norm");
        });
        golden.checkNumber("val_loss_after", validation(golden, network), "loss");
    }

    private static double backward(GoldenCase golden, ExpertTransformer network, int step) {
        return Scopes.run(() -> {
            int[] all = golden.integers("timesteps");
            int batch =
                    all.length / golden.request().path("hyper").path("steps").asInt();
            long[] chosen = Arrays.stream(golden.integers("clips"), step * batch, (step + 1) * batch)
                    .asLongStream()
                    .toArray();
            Tensor clips = Tensors.of(chosen, batch);
            Tensor loss = loss(
                    golden,
                    network,
                    new VelocityLoss.Batch(
                            golden.data("latents").index_select(0, clips),
                            golden.data("noise").select(0, step),
                            Arrays.copyOfRange(all, step * batch, (step + 1) * batch),
                            golden.data("text").index_select(0, clips),
                            null));
            loss.backward();
            return loss.item_double();
        });
    }

    private static double validation(GoldenCase golden, ExpertTransformer network) {
        try (NoGradGuard guard = new NoGradGuard()) {
            return Scopes.run(() -> loss(
                            golden,
                            network,
                            new VelocityLoss.Batch(
                                    golden.data("latents"),
                                    golden.data("val_noise"),
                                    golden.integers("val_timesteps"),
                                    golden.data("text"),
                                    null))
                    .item_double());
        }
    }

    private static Tensor loss(GoldenCase golden, ExpertTransformer network, VelocityLoss.Batch batch) {
        try (Positions positions = golden.positions(batch.clean(), batch.text(), Positions.Grid.STRETCHED)) {
            return new VelocityLoss(network, golden.schedule())
                    .of(batch, positions, null)
                    .perClip()
                    .mean();
        }
    }
}
