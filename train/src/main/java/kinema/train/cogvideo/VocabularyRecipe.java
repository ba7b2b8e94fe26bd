package kinema.train.cogvideo;

import java.util.List;
import kinema.train.Recipes;
import kinema.train.data.DataRecipe;

/**
 * How a text vocabulary is trained on captions. What a recipe leaves out stands in {@code VocabularyRecipe.yaml} beside this class.
 *
 * @param seed of what is rendered
 * @param output folder of the run
 * @param model folder whose parts go beside the vocabulary, such as the image autoencoder
 * @param pieces most pieces that are learned
 * @param captions how many are read; 0 for those of all clips
 * @param texts that come beside captions, each counted {@code weight} times
 * @param weight of each of them
 * @param data the clips
 */
public record VocabularyRecipe(
        long seed,
        String output,
        String model,
        int pieces,
        int captions,
        List<String> texts,
        int weight,
        DataRecipe data) {
    /** Checks the ranges. */
    public VocabularyRecipe {
        texts = List.copyOf(texts);
        Recipes.require(pieces > 0, "pieces must be above 0", pieces);
        Recipes.require(captions >= 0, "captions must be 0 or more", captions);
        Recipes.require(weight > 0, "weight must be above 0", weight);
    }
}
