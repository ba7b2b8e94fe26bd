package kinema.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import kinema.GenerationRequest;
import kinema.ModelNote;
import kinema.ModelRules;
import kinema.Spill;
import kinema.SpillException;
import kinema.UnfinishedRun;
import kinema.files.FileFailure;
import kinema.files.Partial;
import kinema.files.PlaceException;
import kinema.system.VideoSize;
import kinema.video.VideoSpec;
import kinema.video.VideoTarget;
import org.jspecify.annotations.Nullable;

/**
 * A video to be made.
 *
 * @param request what it shows
 * @param target where it goes
 * @param tensors where the generation's tensors go; null for nowhere
 * @param line of the file of prompts it stands in; null where it stands in none
 */
record VideoOrder(
        GenerationRequest request,
        VideoTarget target,
        @Nullable Path tensors,
        @Nullable Integer line) {
    /** Any format takes this size and rate: where a request leaves them open, what is checked is the place. */
    private static final VideoSpec ANY = new VideoSpec(64, 64, 8, null);

    /** The smallest side of any format, in pixels. */
    private static final int SMALLEST = 16;

    /** Where its unfinished work is saved. */
    Optional<Path> unfinished() {
        return request.spill().map(Spill::folder);
    }

    /** What its unfinished work was begun with; empty where there is none, or it cannot be read. */
    Optional<ModelNote> begunWith() {
        try {
            return unfinished()
                    .filter(UnfinishedRun::isAt)
                    .map(folder -> UnfinishedRun.read(folder).provenance().model());
        } catch (SpillException e) {
            return Optional.empty(); // which is told when it is to be gone on with
        }
    }

    /**
     * Checks the places, and the size and rate as far as they are known without a model. That a format wants even sides is
     * left until the model has named sizes it can make.
     *
     * @throws IllegalArgumentException when the video cannot be written so
     * @throws kinema.files.PlaceException when nothing can be written there
     * @throws kinema.SpillException when its unfinished work is being gone on with
     */
    void check() {
        VideoSpec asked = spec(ANY.width(), ANY.height(), ANY.fps());
        target.check(new VideoSpec(even(asked.width()), even(asked.height()), asked.fps(), null));
        if (tensors != null) {
            TensorFile.check("tensors", tensors);
        }
        unfinished().ifPresent(folder -> {
            requireName(folder);
            UnfinishedRun.requireUnused(folder);
        });
    }

    /**
     * Checks what a model's configs tell, and the size and rate it has on its own.
     *
     * @throws IllegalArgumentException when the model cannot make the video, or it cannot be written so
     */
    void check(ModelRules rules) {
        rules.check(request);
        check(rules.size());
    }

    /** As {@link #check()}, for a model. */
    void check(VideoSize own) {
        target.check(spec(own.width(), own.height(), own.fps()));
    }

    private static void requireName(Path folder) {
        try {
            Partial.requireName(folder);
        } catch (IOException e) {
            throw new PlaceException(
                    "unfinished work cannot be saved in " + folder + " (" + FileFailure.writing(e)
                            + "); choose another output, or --spill off",
                    e);
        }
    }

    private static int even(int pixels) {
        return pixels < SMALLEST ? pixels : pixels + pixels % 2;
    }

    private VideoSpec spec(int width, int height, double fps) {
        return new VideoSpec(
                request.width().orElse(width),
                request.height().orElse(height),
                request.fps().orElse(fps),
                null);
    }
}
