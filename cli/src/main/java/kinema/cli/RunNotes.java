package kinema.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import kinema.UnfinishedRun;
import kinema.video.VideoFormat;
import kinema.video.VideoTarget;
import kinema.weights.LoraFile;
import picocli.CommandLine.TypeConversionException;

/**
 * What is kept beside an unfinished run's request, so that it can be resumed from anywhere.
 *
 * @param out where the video goes, as {@code --out} would say it
 * @param model the model's folder
 * @param loras what is added to it, as {@code --lora} would say it
 */
record RunNotes(String out, String model, List<String> loras) {
    private static final String OUT = "out";
    private static final String MODEL = "model";
    private static final String LORA = "lora.";

    /** The notes of a run, with whole paths. */
    static RunNotes of(VideoTarget target, Path model, List<LoraFile> loras) {
        String slash = target.format() == VideoFormat.FRAMES ? "/" : "";
        return new RunNotes(
                whole(target.path()) + slash,
                whole(model),
                loras.stream()
                        .map(lora -> whole(lora.file()) + ":" + lora.scale())
                        .toList());
    }

    /**
     * The notes of an interrupted run.
     *
     * @throws CommandException when another program kept it
     */
    static RunNotes of(UnfinishedRun run) {
        Map<String, String> notes = run.notes();
        List<String> loras = new ArrayList<>();
        while (notes.containsKey(LORA + loras.size())) {
            loras.add(notes.getOrDefault(LORA + loras.size(), ""));
        }
        return new RunNotes(text(run, OUT), text(run, MODEL), loras);
    }

    /** The notes as they are kept. */
    Map<String, String> toMap() {
        Map<String, String> notes = new LinkedHashMap<>();
        notes.put(OUT, out);
        notes.put(MODEL, model);
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

    private static String text(UnfinishedRun run, String key) {
        String text = run.notes().get(key);
        if (text == null) {
            throw new CommandException(
                    ExitCode.BAD_INPUT, run.folder() + ": its request.json lacks the note '" + key + "'");
        }
        return text;
    }

    private static String whole(Path path) {
        return path.toAbsolutePath().normalize().toString();
    }
}
