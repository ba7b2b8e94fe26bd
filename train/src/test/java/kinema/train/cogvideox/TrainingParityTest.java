package kinema.train.cogvideox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import kinema.cogvideox.transformer.ExpertTransformer;
import kinema.cogvideox.transformer.Positions;
import kinema.cogvideox.transformer.TransformerConfig;
import kinema.cogvideox.vae.Vae;
import kinema.nn.Posterior;
import kinema.nn.Recompute;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import kinema.train.TimestepIntervals;
import kinema.weights.Checkpoint;
import kinema.weights.Parameters;
import kinema.weights.Weights;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Losses and gradients against those of the authors' own training code. */
class TrainingParityTest {
    @ParameterizedTest
    @CsvSource({
        "loss-t2v-2b, false", "loss-t2v-5b, false", "loss-i2v-5b, false", "loss-t2v-1.5, false", "loss-i2v-1.5, false",
        "loss-t2v-2b, true", "loss-t2v-5b, true", "loss-i2v-5b, true", "loss-t2v-1.5, true", "loss-i2v-1.5, true"
    })
    void lossAndEveryGradient(String name, boolean recomputed) {
        try (GoldenCase golden = GoldenCase.open(name);
                Parameters parameters = golden.parameters()) {
            Scopes.run(() -> {
                VelocityLoss.Batch batch = batch(golden);
                VelocityLoss.Result result = backward(golden, parameters, batch, Positions.Grid.STRETCHED, recomputed);
                golden.check("noisy", noisy(golden, batch), "output");
                golden.check(
                        "velocity",
                        golden.schedule().velocity(batch.clean(), batch.noise(), batch.timesteps()),
                        "output");
                golden.check("predicted", result.predicted(), "output");
                golden.check("loss_per_clip", result.perClip(), "loss");
                golden.checkNumber("loss", result.perClip().mean().item_double(), "loss");
                golden.checkGradients("", parameters);
                golden.checkNumber("grad_norm", norm(golden, parameters), "grad_norm");
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"other_slice_, COUNTED", "other_crop_, STRETCHED"})
    void positionsOfAnotherSizeBothWays(String prefix, Positions.Grid grid) {
        try (GoldenCase golden = GoldenCase.open("loss-t2v-5b");
                Parameters parameters = golden.parameters()) {
            Scopes.run(() -> {
                VelocityLoss.Batch batch = new VelocityLoss.Batch(
                        golden.data("other_latents"),
                        golden.data("other_noise"),
                        golden.integers("other_timesteps"),
                        golden.data("other_text"),
                        null);
                VelocityLoss.Result result = backward(golden, parameters, batch, grid, false);
                golden.check(prefix + "predicted", result.predicted(), "output");
                golden.checkNumber(prefix + "loss", result.perClip().mean().item_double(), "loss");
                golden.checkNumber(prefix + "grad_norm", norm(golden, parameters), "grad_norm");
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"loss-i2v-5b", "loss-i2v-1.5"})
    void whatAnImageBecomes(String name) {
        try (GoldenCase golden = GoldenCase.open(name);
                Checkpoint weights = golden.checkpoint("vae")) {
            Scopes.run(() -> {
                Vae vae = weights.load(w -> new Vae(w, golden.vae()));
                ImageLatents.Draws draws = new ImageLatents.Draws(
                        Tensors.floats(golden.data("image_log_sigma")),
                        golden.data("image_noise"),
                        golden.data("image_posterior_noise"));
                long frames = golden.data("noise").size(1);
                golden.checkImage(new ImageLatents(vae).of(golden.data("images"), draws, frames));
            });
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPackGivesWhatItsClipsGiveAlone(boolean recomputed) {
        try (GoldenCase golden = GoldenCase.open("frame-pack");
                Parameters parameters = golden.parameters();
                Recompute recompute = new Recompute()) {
            Scopes.run(() -> {
                List<VelocityLoss.Batch> clips = new ArrayList<>();
                List<Positions> positions = new ArrayList<>();
                for (int i = 0; i < golden.request().path("clips").size(); i++) {
                    String clip = "clip" + i + "_";
                    VelocityLoss.Batch batch = new VelocityLoss.Batch(
                            golden.data(clip + "latents"),
                            golden.data(clip + "noise"),
                            golden.integers(clip + "timesteps"),
                            golden.data(clip + "text"),
                            null);
                    clips.add(batch);
                    positions.add(golden.positions(batch.clean(), batch.text(), Positions.Grid.COUNTED));
                }
                try (Positions packed = Positions.packed(positions)) {
                    List<VelocityLoss.Result> results =
                            loss(golden, parameters).pack(clips, packed, recomputed ? recompute : null);
                    for (int i = 0; i < results.size(); i++) {
                        golden.check("clip" + i + "_predicted", results.get(i).predicted(), "output");
                        golden.checkNumber(
                                "clip" + i + "_loss", results.get(i).perClip().item_double(), "loss");
                    }
                    Tensor loss = Tensors.cat(
                                    0,
                                    results.stream()
                                            .map(VelocityLoss.Result::perClip)
                                            .toArray(Tensor[]::new))
                            .mean();
                    if (recomputed) {
                        recompute.backward(loss);
                    } else {
                        loss.backward();
                    }
                    golden.checkNumber("loss", loss.item_double(), "loss");
                    golden.checkGradients("", parameters);
                    golden.checkNumber("grad_norm", norm(golden, parameters), "grad_norm");
                }
                positions.forEach(Positions::close);
            });
        }
    }

    @ParameterizedTest
    @CsvSource({"clip, clip, false", "image, image, false", "long, long, false", "whole, long, true"})
    void lossesAndGradientsOfTheVae(String name, String input, boolean whole) {
        try (GoldenCase golden = GoldenCase.open("vae-loss");
                Checkpoint weights = golden.checkpoint("vae");
                Parameters parameters = Parameters.of(w -> new Vae(w, golden.vae()), weights)) {
            Scopes.run(() -> {
                Weights tree = new Weights(parameters);
                Vae vae = whole ? Vae.whole(tree, golden.vae()) : new Vae(tree, golden.vae());
                Tensor video = golden.data(input + "_video");
                Posterior posterior = vae.encode(video);
                Tensor z = posterior
                        .mean()
                        .addcmul(posterior.logVariance().mul(new Scalar(0.5)).exp(), golden.data(input + "_noise"));
                Tensor reconstruction = vae.decode(z);
                Tensor difference = reconstruction.sub(video);
                Tensor l1 = VaeLoss.absolute(difference);
                Tensor l2 = VaeLoss.squared(difference);
                Tensor kl = VaeLoss.divergence(posterior);
                JsonNode weight = golden.request().path("weights");
                Tensor loss = l1.mul(new Scalar(weight.path("l1").asDouble()))
                        .add(l2.mul(new Scalar(weight.path("l2").asDouble())))
                        .add(kl.mul(new Scalar(weight.path("kl").asDouble())));
                loss.backward();
                golden.checkNumber(name + "_l1", l1.item_double(), "loss");
                golden.checkNumber(name + "_l2", l2.item_double(), "loss");
                golden.checkNumber(name + "_kl", kl.item_double(), "loss");
                golden.checkNumber(name + "_loss", loss.item_double(), "loss");
                if (golden.has(name + "_mean") || golden.has(name + "_mean_print")) {
                    golden.check(name + "_mean", posterior.mean(), "output");
                    golden.check(name + "_logvar", posterior.logVariance(), "output");
                }
                if (!whole) {
                    golden.check(name + "_reconstruction", reconstruction, "output");
                    golden.checkGradients(name + "_", parameters);
                }
                golden.checkNumber(
                        name + "_grad_norm", parameters.gradient().norm().item_double(), "grad_norm");
            });
        }
    }

    @Test
    void intervalsHoldEachTimestepOnce() throws IOException {
        JsonNode expected = new ObjectMapper()
                .readTree(Files.readString(GoldenCase.folder("explicit-uniform").resolve("expected.json")));
        assertThat(expected.isEmpty()).isFalse();
        expected.properties().forEach(workers -> {
            int n = Integer.parseInt(workers.getKey());
            TimestepIntervals intervals = new TimestepIntervals(1000, n);
            JsonNode slots = workers.getValue();
            for (int i = 0; i < n; i++) {
                assertThat(intervals.first(i))
                        .isEqualTo(slots.path("intervals").path(i).path(0).asInt());
                assertThat(intervals.end(i))
                        .isEqualTo(slots.path("intervals").path(i).path(1).asInt());
                double mean = slots.path("mean").path(i).asDouble();
                checkDraws(intervals, i, mean, slots.path("variance").path(i).asDouble());
            }
        });
    }

    private static void checkDraws(TimestepIntervals intervals, int slot, double mean, double variance) {
        SplittableRandom random = new SplittableRandom(7);
        int draws = 20_000;
        double sum = 0;
        for (int i = 0; i < draws; i++) {
            int t = intervals.draw(slot, random);
            assertThat(t).isBetween(intervals.first(slot), intervals.end(slot) - 1);
            sum += t;
        }
        assertThat(Math.abs(sum / draws - mean)).isLessThan(5 * Math.sqrt(variance / draws));
    }

    private static VelocityLoss.Batch batch(GoldenCase golden) {
        TransformerConfig c = golden.transformer();
        boolean image = c.inChannels() > c.outChannels();
        return new VelocityLoss.Batch(
                VelocityLoss.padded(golden.data("latents"), c.framesPerPatch()),
                golden.data("noise"),
                golden.integers("timesteps"),
                golden.data("text"),
                image ? golden.imageLatents() : null);
    }

    private static VelocityLoss.Result backward(
            GoldenCase golden,
            Parameters parameters,
            VelocityLoss.Batch batch,
            Positions.Grid grid,
            boolean recomputed) {
        try (Positions positions = golden.positions(batch.clean(), batch.text(), grid);
                Recompute recompute = new Recompute()) {
            VelocityLoss.Result result = loss(golden, parameters).of(batch, positions, recomputed ? recompute : null);
            if (recomputed) {
                recompute.backward(result.perClip().mean());
            } else {
                result.perClip().mean().backward();
            }
            return result;
        }
    }

    private static VelocityLoss loss(GoldenCase golden, Parameters parameters) {
        return new VelocityLoss(
                new ExpertTransformer(new Weights(parameters), golden.transformer()), golden.schedule());
    }

    private static Tensor noisy(GoldenCase golden, VelocityLoss.Batch batch) {
        return golden.schedule().addNoise(batch.clean(), batch.noise(), batch.timesteps());
    }

    /** The norm of all gradients but that of learned positions, which the reference does not train. */
    private static double norm(GoldenCase golden, Parameters parameters) {
        double sum = 0;
        for (var part : parameters.parts(parameters.gradient()).entrySet()) {
            if (!part.getKey().equals("patch_embed.pos_embedding")) {
                sum += part.getValue().to(ScalarType.Double).square().sum().item_double();
            }
        }
        return Math.sqrt(sum);
    }
}
