package kinema.langchain4j;

import dev.langchain4j.agent.tool.P;
import dev.langchain4j.agent.tool.Tool;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import kinema.Generation;
import kinema.GenerationRequest;
import kinema.VideoModel;

/**
 * A tool with which a language model makes videos: {@code AiServices.builder(...).tools(new VideoTool(model, folder))}. What
 * is wrong with a request goes back to the language model in words. Safe to share between threads.
 */
public final class VideoTool {
    private final VideoModel model;
    private final Path folder;
    private final UnaryOperator<GenerationRequest.Builder> settings;

    /**
     * A tool with the model's own settings.
     *
     * @param model that makes the videos; stays the caller's to close
     * @param folder where they are saved
     */
    public VideoTool(VideoModel model, Path folder) {
        this(model, folder, request -> request);
    }

    /**
     * A tool with settings of its own.
     *
     * @param model that makes the videos; stays the caller's to close
     * @param folder where they are saved
     * @param settings what each request is to have, such as {@code request -> request.steps(20)}
     */
    public VideoTool(VideoModel model, Path folder, UnaryOperator<GenerationRequest.Builder> settings) {
        this.model = model;
        this.folder = folder;
        this.settings = settings;
    }

    /**
     * Makes a video.
     *
     * @param prompt what it shows
     * @return a sentence with the file, for the language model
     */
    @Tool("Makes a short video of what a sentence says, and answers with the name of its MP4 file")
    public String makeVideo(@P("what the video shows, in one English sentence") String prompt) {
        GenerationRequest request = settings.apply(GenerationRequest.of(prompt)).build();
        try (Generation made = model.generate(request)) {
            Path file = folder.resolve("video-" + request.seed() + ".mp4");
            made.save(file);
            String cut =
                    made.cutText().isEmpty() ? "" : "; the model did not read the end of the prompt: " + made.cutText();
            return "The video is in " + file + cut;
        }
    }
}
