package kinema.train.cogvideo;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import kinema.train.ProductPrecision;
import kinema.train.Recipes;
import kinema.train.data.DataRecipe;

/**
 * How captioned clips become rows of tokens. What a recipe leaves out stands in {@code TokenRecipe.yaml} beside this class.
 *
 * @param seed of what is rendered and of all that is drawn
 * @param output folder of the shards
 * @param model folder with the image autoencoder and the text vocabulary
 * @param rows what a row is
 * @param side rows of a picture and its columns, pixels; of pairs, of the small one
 * @param times how often a pair's large picture has a small one's rows
 * @param rates frames per second that five frames may be taken at, of which a clip has the lowest at which it still has five; none
 *     for rows of other kinds
 * @param within frames of a clip in which rows lie at a random place and rate; 0 for clips as long as their row. A picture, or a pair's, is
 *     the first frame of such a clip, as the text-to-image model makes a video's first frame; with 0 a rendered one is its clip's first, middle or
 *     last frame
 * @param seconds that the texts of all rows of clips state, so that a model learns nothing of the rate, for comparison; 0 for those that each
 *     row spans
 * @param ending is put behind each caption
 * @param textTokens tokens of a row's text, of which longer ones lose their end
 * @param precision of the products and convolutions of the image autoencoder; in bf16 a picture has another token here and there
 * @param data the clips
 */
public record TokenRecipe(
        long seed,
        String output,
        String model,
        Rows rows,
        int side,
        int times,
        List<Double> rates,
        int within,
        double seconds,
        String ending,
        int textTokens,
        ProductPrecision precision,
        DataRecipe data) {
    /** What a row of tokens is. */
    public enum Rows {
        /** A caption and one frame, for the text-to-image model. */
        @JsonProperty("pictures")
        PICTURES,
        /** The seconds that five frames span, a caption and the frames, for the stages of CogVideo. */
        @JsonProperty("clips")
        CLIPS,
        /** A caption and one frame in two sizes, for super-resolution. */
        @JsonProperty("pairs")
        PAIRS
    }

    /** Checks the ranges. */
    public TokenRecipe {
        rates = rates.stream().sorted().toList();
        Recipes.require(side > 0 && side % TokenCoder.RATE == 0, "side must be a multiple of 8 pixels", side);
        Recipes.require(times > 1, "times must be 2 or more", times);
        Recipes.require(within == 0 || within > 1, "within must be 0, or 2 frames or more", within);
        Recipes.require(seconds >= 0, "seconds must be 0 or more", seconds);
        Recipes.require(seconds == 0 || rows == Rows.CLIPS, "seconds belong to rows of clips alone", seconds);
        Recipes.require(textTokens > 1, "text_tokens must be 2 or more", textTokens);
        Recipes.require(
                rows != Rows.CLIPS || !rates.isEmpty(), "rates must have at least one entry for rows of clips", rates);
        for (double rate : rates) {
            double step = data.fps() / rate;
            Recipes.require(
                    rate > 0 && Math.abs(step - Math.rint(step)) < 1e-6,
                    "rates must divide the clips' " + data.fps() + " frames per second",
                    rate);
            Recipes.require(
                    within == 0 || 4 * Math.rint(step) < within,
                    "within must have room for five frames of each rate; " + rate + " takes "
                            + (4 * Math.round(step) + 1),
                    within);
        }
    }

    /** Frames of a clip from one frame of a row to the next, at a rate. */
    int step(double rate) {
        return (int) Math.rint(data.fps() / rate);
    }
}
