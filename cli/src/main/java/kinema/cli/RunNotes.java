package kinema.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import kinema.UnfinishedRun;
import kinema.video.VideoFormat;
import kinema.video.VideoTarget;
import kinema.weights.LoraFile;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.TypeConversionException;

/**
 * What is kept beside an unfinished run's request, so that it can be resumed from anywhere.
 *
 * @param out where the video goes, as {@code --out} would say it; null where another program kept the run and did not say
 * @param model the model's folder; null as well
 * @param loras what is added to it, as {@code --lora} would say it
 * @param draftDecoder the draft decoder's file; null for the model's own
 * @param rewriter who rewrote the prompt, see {@link EnhanceOptions#rewriter}; null where nobody did
 */
record RunNotes(
        @Nullable String out,
        @Nullable String model,
        List<String> loras,
        @Nullable String draftDecoder,
        @Nullable String rewriter) {
    private static final String OUT = "out";
    private static final String MODEL = "model";
    private static final String LORA = "lora.";
    private static final String DRAFT_DECODER = "draftDecoder";
    private static final String REWRITER = "rewriter";

    /** The notes of a run, with whole paths. */
    static RunNotes of(VideoTarget target, Path model, List<LoraFile> loras) {
        String slash = target.format() == VideoFormat.FRAMES ? "/" : "";
        return new RunNotes(
                whole(target.path()) + slash,
                whole(model),
                loras.stream()
                        .map(lora -> whole(lora.file()) + ":" + lora.scale())
                        .toList(),
                null,
                null);
    }

    /** The same of a run with this draft decoder; null for the model's own. */
    RunNotes withDraftDecoder(@Nullable Path file) {
        return new RunNotes(out, model, loras, file == null ? null : whole(file), rewriter);
    }

    /** The same of a run whose prompt was rewritten by this one; null for nobody. */
    RunNotes withRewriter(@Nullable String other) {
        return new RunNotes(out, model, loras, draftDecoder, other);
    }

    /** The notes of an interrupted run. */
    static RunNotes of(UnfinishedRun run) {
        Map<String, String> notes = run.notes();
        List<String> loras = new ArrayList<>();
        while (notes.containsKey(LORA + loras.size())) {
            loras.add(notes.getOrDefault(LORA + loras.size(), ""));
        }
        return new RunNotes(notes.get(OUT), notes.get(MODEL), loras, notes.get(DRAFT_DECODER), notes.get(REWRITER));
    }

    /** The notes as they are kept. */
    Map<String, String> toMap() {
        Map<String, String> notes = new LinkedHashMap<>();
        if (out != null) {
            notes.put(OUT, out);
        }
        if (model != null) {
            notes.put(MODEL, model);
        }
        if (draftDecoder != null) {
            notes.put(DRAFT_DECODER, draftDecoder);
        }
        if (rewriter != null) {
            notes.put(REWRITER, rewriter);
        }
        for (int i = 0; i < loras.size(); i++) {
            notes.put(LORA + i, loras.get(i));
        }
        return notes;
    }

    /**
     * The LoRAs' files.
     *
     * @throws CommandException when one is not there any more
     */
    List<LoraFile> loraFiles() {
        try {
            LoraOption option = new LoraOption();
            return loras.stream().map(option::convert).toList();
        } catch (TypeConversionException e) {
            throw new CommandException(ExitCode.BAD_INPUT, e.getMessage() + "; name it with --lora", e);
        }
    }

    /** The draft decoder's file; empty for the model's own. */
    Optional<Path> draftDecoderFile() {
        return Optional.ofNullable(draftDecoder).map(Path::of);
    }

    private static String whole(Path path) {
        return path.toAbsolutePath().normalize().toString();
    }
}
