package kinema.eval;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes an evaluation into a folder: {@code evaluation.json}, {@code evaluation.md} and contact sheets. */
public final class EvaluationFiles {
    private static final int PROMPTS_PER_SHEET = 50;

    private EvaluationFiles() {}

    /**
     * Writes all files, replacing those of an earlier evaluation.
     *
     * @return the files, the report first
     * @throws IOException when one cannot be written
     */
    public static List<Path> write(EvaluationResult result, Path folder) throws IOException {
        Files.createDirectories(folder);
        List<Path> sheets = new ArrayList<>();
        List<PromptResult> prompts = result.prompts();
        for (int at = 0; at < prompts.size(); at += PROMPTS_PER_SHEET) {
            Path sheet = folder.resolve("contact-sheet-" + (at / PROMPTS_PER_SHEET + 1) + ".jpg");
            ContactSheet.write(sheet, prompts.subList(at, Math.min(prompts.size(), at + PROMPTS_PER_SHEET)), at);
            sheets.add(sheet);
        }
        Path table = folder.resolve("evaluation.md");
        Files.writeString(table, EvaluationTable.markdown(result));
        Path json = folder.resolve("evaluation.json");
        Files.writeString(json, EvaluationJson.text(result));
        List<Path> all = new ArrayList<>(List.of(table, json));
        all.addAll(sheets);
        return all;
    }
}
