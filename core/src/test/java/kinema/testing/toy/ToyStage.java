package kinema.testing.toy;

import java.util.LinkedHashMap;
import java.util.Map;
import kinema.diffusion.Denoised;
import kinema.diffusion.Guidance;
import kinema.diffusion.Scheduler;
import kinema.system.RunState;
import kinema.tensor.Rng;
import kinema.tensor.Scopes;
import kinema.tensor.Tensors;
import org.bytedeco.pytorch.Tensor;

/** A stage's equation: predict, guide, step. */
record ToyStage(ToyNetwork network, Guidance guidance, Scheduler scheduler) {
    /** Name of the pixels on their way, (T, H, W, 3). */
    static final String PIXELS = "pixels";
    /** Name of what the step before took them to become. */
    static final String CLEAN = "clean";
    /** Name of the text states, those of the negative prompt first, (2, L). */
    static final String TEXT = "text";

    int steps() {
        return scheduler.timesteps().count();
    }

    Denoised step(int i, Denoised at, Tensor guide, Tensor text, Rng rng) {
        int timestep = scheduler.timesteps().at(i);
        return Scopes.keepAll(
                () -> {
                    Tensor both = both(network, at.latents(), guide, text, timestep); // (2, T, H, W, 3)
                    Tensor velocity = guidance.join(both, timestep).squeeze(0); // (T, H, W, 3)
                    return scheduler.step(i, at, velocity, rng);
                },
                Denoised::tensors);
    }

    /** What is predicted with each of the text's rows, (2, T, H, W, 3). */
    static Tensor both(ToyNetwork network, Tensor pixels, Tensor guide, Tensor text, int timestep) {
        return Scopes.keep(() -> {
            Tensor without = network.forward(pixels, guide, text.select(0, 0), timestep);
            Tensor with = network.forward(pixels, guide, text.select(0, 1), timestep);
            return Tensors.cat(0, without.unsqueeze(0), with.unsqueeze(0)); // (2, T, H, W, 3)
        });
    }

    static Denoised denoised(RunState state) {
        return new Denoised(state.changing(PIXELS), state.changing().get(CLEAN));
    }

    static Map<String, Tensor> tensors(Denoised at) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        tensors.put(PIXELS, at.latents());
        if (at.clean() != null) {
            tensors.put(CLEAN, at.clean());
        }
        return tensors;
    }
}
