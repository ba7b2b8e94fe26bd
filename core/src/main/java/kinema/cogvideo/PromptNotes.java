package kinema.cogvideo;

import kinema.cogvideo.text.StageTexts;
import kinema.system.RunObserver;

/** What a prompt's writer should know. */
final class PromptNotes {
    private PromptNotes() {}

    /** Tells how much of a prompt the model sees, and, of a model that reads Chinese, whether it can read it. */
    static void tell(String prompt, StageTexts texts, boolean chinese, RunObserver observer) {
        String seen = texts.prompt();
        String cut = prompt.length() > seen.length() && !seen.equals(prompt) ? prompt.substring(seen.length()) : "";
        observer.prompt(texts.words().encode(seen).length, cut);
        if (chinese
                && prompt.codePoints().noneMatch(c -> Character.UnicodeScript.of(c) == Character.UnicodeScript.HAN)) {
            observer.note("the prompt has no Chinese character: CogVideo reads simplified Chinese, and makes of other"
                    + " languages whatever their letters happen to mean to it");
        }
    }
}
