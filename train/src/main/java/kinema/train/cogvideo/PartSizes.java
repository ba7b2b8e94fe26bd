package kinema.train.cogvideo;

import java.nio.file.Files;
import kinema.cogvideo.files.CogVideoFiles;
import kinema.cogvideo.files.Part;
import kinema.cogvideo.network.BackboneConfig;
import kinema.cogvideo.network.BaseConfig;
import kinema.cogvideo.network.Stage;
import kinema.cogvideo.upscale.UpscalerConfig;

/**
 * The sizes of a network that makes tokens: of a new one as its recipe, the text-to-image model and the rows of tokens have them, of one that
 * is trained on as its folder has them. What does not suit the rows is refused by an {@link IllegalArgumentException}.
 *
 * @param recipe of the run
 * @param rows that it learns
 */
record PartSizes(PartRecipe recipe, TokenRows.About rows) {
    private static final int SMALLEST_WINDOW = 2; // the text-to-image model has none, but a backbone's sizes name one

    /** The part that a stage adds. */
    static Part of(Stage stage) {
        return stage == Stage.KEYFRAMES ? Part.KEYFRAMES : Part.INTERPOLATION;
    }

    /** The folder with the parts that are there. */
    CogVideoFiles files() {
        return new CogVideoFiles(recipe.folder());
    }

    /**
     * Makes sure that the recipe's folder can be trained beside.
     *
     * @param part which is trained
     */
    void checkFolder(Part part) {
        CogVideoFiles files = files();
        if (!files.isPublished()) {
            throw new IllegalArgumentException(
                    files.folder() + ": holds the authors' files, of which no part can be taken over;"
                            + " write them anew by 'kinema convert' and name that folder");
        }
        if (!recipe.startsAnew() && !Files.isDirectory(files.folder(part.key()))) {
            throw new IllegalArgumentException(
                    files.folder(part.key()) + ": no such folder; start must be a model with the part '" + part.key()
                            + "'; for a new one give model in its place");
        }
    }

    /** Of the text-to-image model, as a network of pictures. */
    BackboneConfig base() {
        return new BackboneConfig(
                recipe.startsAnew() ? fresh() : there(Part.BASE),
                extraPositions(),
                rows.textTokens(),
                rows.frameTokens(),
                SMALLEST_WINDOW);
    }

    private BaseConfig fresh() {
        PartRecipe.Network n = recipe.network();
        return new BaseConfig(
                n.layers(),
                n.width(),
                n.heads(),
                n.inner(),
                rows.vocabulary(),
                rows.imageTokens(),
                BaseConfig.IMAGE_POSITION + 1 + rows.frameTokens());
    }

    /** Of a stage. */
    BackboneConfig stage(Stage stage) {
        Part part = of(stage);
        BaseConfig base = there(part.base());
        if (recipe.startsAnew()) {
            return new BackboneConfig(base, extraPositions(), rows.textTokens(), rows.frameTokens(), recipe.window());
        }
        BackboneConfig started = BackboneConfig.of(files().config(part.key()));
        requireSame(part, "sizes of the text-to-image model", started.base(), base);
        requireSame(part, "tokens of a frame", started.frameTokens(), rows.frameTokens());
        requireRoom(part, started.textTokens(), rows.textTokens());
        return started;
    }

    /** Of super-resolution. */
    UpscalerConfig upscaler() {
        Part part = Part.UPSCALER;
        BaseConfig base = there(part.base());
        long large = rows.frameTokens() * rows.times() * rows.times();
        if (recipe.startsAnew()) {
            return new UpscalerConfig(
                    base, rows.textTokens() + 1, rows.frameTokens(), large, recipe.kernel(), recipe.kernel());
        }
        UpscalerConfig started = files().upscaler();
        requireSame(part, "sizes of the text-to-image model", started.base(), base);
        requireSame(part, "tokens of a small picture", started.low(), rows.frameTokens());
        requireSame(part, "tokens of a large picture", started.high(), large);
        requireRoom(part, started.textTokens() - 1, rows.textTokens());
        return started;
    }

    private long extraPositions() {
        return (BackboneConfig.FRAMES - 1) * rows.frameTokens();
    }

    /** Of a text-to-image model that is there, whose words, image tokens and pictures must be those of the rows. */
    private BaseConfig there(Part wanted) {
        CogVideoFiles files = files();
        Part part = files.resolved(wanted);
        BaseConfig base = BaseConfig.of(files.config(part.key()));
        requireSame(part, "image tokens", base.imageTokens(), rows.imageTokens());
        requireSame(
                part,
                "ids of image tokens and words",
                files.vocabulary(base.imageTokens()).size(),
                rows.vocabulary());
        requireSame(part, "tokens of a frame", frameTokens(files, base), rows.frameTokens());
        return base;
    }

    /** A base that was trained here has positions for a frame alone, a published one more: of which the first stage tells. */
    private static long frameTokens(CogVideoFiles files, BaseConfig base) {
        return Files.isDirectory(files.folder(Part.KEYFRAMES.key()))
                ? files.keyframes().frameTokens()
                : base.positions() - BaseConfig.IMAGE_POSITION - 1;
    }

    private void requireSame(Part part, String what, Object there, Object needed) {
        if (!there.equals(needed)) {
            throw new IllegalArgumentException(
                    files().folder(part.key()) + ": " + what + " must be those of the rows of tokens in "
                            + recipe.tokens() + ", " + needed + ", found " + there
                            + "; tokenize with this model and pictures of its size, or train a new part");
        }
    }

    private void requireRoom(Part part, long room, long needed) {
        if (room < needed) {
            throw new IllegalArgumentException(files().folder(part.key()) + ": has room for " + room
                    + " tokens of a text, the rows of tokens in " + recipe.tokens() + " have " + needed
                    + "; tokenize with text_tokens: " + room);
        }
    }
}
