package kinema.train.cogvideo;

import java.nio.file.Path;
import java.util.Optional;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.network.BackboneConfig;
import kinema.train.ClipSource;
import kinema.train.NetworkFolder;
import kinema.train.TrainingListener;
import kinema.train.data.Precompute;

/**
 * Turns captioned clips into rows of tokens on disk, which the text-to-image model, the stages and super-resolution are trained on. What
 * is done is not done again, also after a stop; clips that cannot be used are told of, counted and left out.
 *
 * @see <a href="https://arxiv.org/abs/2205.15868">CogVideo, section 3.1</a>
 */
public final class Tokenization {
    private final TokenRecipe recipe;
    private final ClipSource source;

    /** A job of one recipe, with the clips it names. */
    public Tokenization(TokenRecipe recipe) {
        this.recipe = recipe;
        source = recipe.data().open(recipe.seed());
    }

    /** Where the rows of tokens go. */
    public Path rows() {
        return Path.of(recipe.output());
    }

    /**
     * Makes what is missing.
     *
     * @return whether all is there; false after a cancellation
     * @throws IllegalArgumentException when the folder holds rows of another recipe, or no clip can be used
     * @throws kinema.weights.WeightsException when the model has no image autoencoder or no vocabulary
     */
    public boolean run(TrainingListener listener) {
        Path folder = rows();
        recipe.precision().tell(listener);
        try (TokenCoder coder = new TokenCoder(recipe, new CogVideoFiles(Path.of(recipe.model())))) {
            Precompute job = new Precompute(folder, source, coder.shapes(), coder, listener);
            boolean done = job.run();
            if (done) {
                source.words().ifPresent(words -> new NetworkFolder(folder).words(Optional.of(words)));
                TokenRows.describe(folder, about(coder, job.origin()));
                listener.line("wrote rows of tokens to " + folder);
            }
            return done;
        }
    }

    private TokenRows.About about(TokenCoder coder, String origin) {
        int grid = recipe.side() / TokenCoder.RATE;
        return new TokenRows.About(
                origin,
                coder.tokens(),
                recipe.rows(),
                recipe.rows() == TokenRecipe.Rows.CLIPS ? BackboneConfig.FRAMES : 1,
                (long) grid * grid,
                recipe.times(),
                recipe.textTokens(),
                coder.image().codes(),
                coder.words().size(),
                coder.words().startOfImage());
    }
}
