package kinema.cli;

import java.util.Locale;
import kinema.GenerationRequest;
import kinema.ModelRules;
import kinema.VideoJudge;
import kinema.VideoJudgeException;
import kinema.VideoModel;

/**
 * Videos that are made quickly to choose a seed: written nowhere, saved nowhere while unfinished, and with a cache
 * and a draft decoder where the model has them.
 *
 * @param model draws them
 * @param rules the model's
 * @param maker shows what goes on
 */
record Drafts(VideoModel model, ModelRules rules, VideoMaker maker) {
    private static final String CACHE = "cache";
    private static final String DRAFT = "draft";
    private static final String WAY = "extrapolate";

    /**
     * Makes so many, one after the other.
     *
     * @param request the video's; its seed is the first of the drafts'
     * @return the seed of the best, of equal ones the first
     * @throws CommandException when the judge says nothing
     */
    long best(GenerationRequest request, int count, VideoJudge judge) {
        long best = request.seed();
        double highest = -1;
        for (int i = 0; i < count; i++) {
            GenerationRequest draft = draft(request, request.seed() + i);
            double agreement = agreement(judge, draft);
            maker.note(String.format(
                    Locale.ROOT, "draft %d of %d, seed %d: %.0f %%", i + 1, count, draft.seed(), 100 * agreement));
            if (agreement > highest) {
                highest = agreement;
                best = draft.seed();
            }
        }
        return best;
    }

    private double agreement(VideoJudge judge, GenerationRequest draft) {
        try {
            return judge.agreement(draft.prompt(), maker.draft(model, draft));
        } catch (VideoJudgeException e) {
            throw new CommandException(ExitCode.BAD_INPUT, "the drafts could not be judged: " + e.getMessage(), e);
        }
    }

    private GenerationRequest draft(GenerationRequest request, long seed) {
        GenerationRequest.Builder draft =
                request.toBuilder().seed(seed).noSpill().tensors(false);
        boolean cached = !request.settings().containsKey(CACHE)
                && rules.settings().settings().stream()
                        .anyMatch(setting -> setting.key().equals(CACHE));
        if (cached) {
            draft.set(CACHE, WAY);
        }
        if (model.draftDecoder().isPresent() && !request.settings().containsKey(DRAFT)) {
            draft.set(DRAFT, true);
            if (request.condition().isEmpty()) {
                draft.whole(); // pieces are the VAE's, and of no use to the draft decoder
            }
        }
        return draft.build();
    }
}
