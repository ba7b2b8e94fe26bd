package kinema.train.cogvideox;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import kinema.tensor.Scopes;
import kinema.train.Learner;
import kinema.train.Lpips;
import kinema.train.Slot;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * The terms of a VAE's loss that other networks give: LPIPS of a random frame of each clip, as the published trainer takes it, and a
 * discriminator's. Each is there where the recipe asks for it. Close it.
 *
 * <p>Axes: B clips, T H W frames, rows, columns of pixels.
 *
 * @see <a href="https://arxiv.org/abs/2408.06072">CogVideoX, section 2.1</a>
 */
final class LearnedTerms implements AutoCloseable {
    private static final String LPIPS = "lpips";
    private static final String FOOLING = "fooling";

    private final VaeRecipe recipe;
    private final @Nullable Lpips lpips;
    private final @Nullable Adversary adversary;

    /**
     * A recipe's.
     *
     * @throws kinema.weights.WeightsException when LPIPS' files are missing, damaged, or do not belong together
     */
    LearnedTerms(VaeRecipe recipe) {
        this.recipe = recipe;
        VaeRecipe.Perceptual p = recipe.perceptual();
        lpips = p.weight() > 0 ? Lpips.open(Path.of(p.backbone()), Path.of(p.linear())) : null;
        adversary = recipe.adversarial().weight() > 0 ? new Adversary(recipe.adversarial(), recipe.seed()) : null;
    }

    /** Names of the terms for the log. */
    List<String> columns() {
        List<String> columns = new ArrayList<>();
        if (lpips != null) {
            columns.add(LPIPS);
        }
        if (adversary != null) {
            columns.add(FOOLING);
        }
        return columns;
    }

    /** The networks that are trained beside the VAE. */
    List<Learner> learners() {
        return adversary == null ? List.of() : List.of(adversary.learner());
    }

    /**
     * The weighted sum of a slot's terms; empty where there are none yet.
     *
     * @param given (B, 3, T, H, W) in [-1, 1]
     * @param made (B, 3, T, H, W) with derivatives
     * @param parts takes each term's value
     * @return a scalar
     */
    Optional<Tensor> of(Slot slot, Tensor given, Tensor made, Map<String, Double> parts) {
        List<Tensor> terms = new ArrayList<>();
        if (lpips != null) {
            long[] frames = frames(slot, given);
            Tensor distance =
                    lpips.of(chosen(given, frames), chosen(made, frames)).mean();
            parts.put(LPIPS, distance.item_double());
            terms.add(distance.mul(new Scalar(recipe.perceptual().weight())));
        }
        if (adversary != null) {
            adversary.fooling(slot, given, made).ifPresent(fooling -> {
                parts.put(FOOLING, fooling.item_double());
                terms.add(fooling.mul(new Scalar(recipe.adversarial().weight())));
            });
        }
        return terms.stream().reduce(Tensor::add);
    }

    /** A random frame of each clip. */
    private static long[] frames(Slot slot, Tensor video) {
        return new SplittableRandom(slot.randomSeed())
                .longs(video.size(0), 0, video.size(2))
                .toArray();
    }

    /** One frame of each clip: (B, 3, T, H, W) to (B, 3, H, W). */
    private static Tensor chosen(Tensor video, long[] frames) {
        return Scopes.keep(() -> {
            Tensor[] pictures = new Tensor[frames.length];
            for (int i = 0; i < frames.length; i++) {
                pictures[i] = video.select(0, i).select(1, frames[i]); // (3, H, W)
            }
            return torch.stack(new TensorVector(pictures), 0);
        });
    }

    @Override
    public void close() {
        if (lpips != null) {
            lpips.close();
        }
        if (adversary != null) {
            adversary.close();
        }
    }
}
