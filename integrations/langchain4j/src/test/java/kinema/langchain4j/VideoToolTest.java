package kinema.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.service.AiServices;
import java.nio.file.Path;
import kinema.Kinema;
import kinema.VideoModel;
import kinema.video.VideoInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A language model, here one with a script, makes a video with the bundled model. */
class VideoToolTest {
    @TempDir
    Path folder;

    interface Assistant {
        String chat(String text);
    }

    /** Asks for a tool, then says what the tool answered. */
    private record Scripted(String arguments) implements ChatModel {
        @Override
        public ChatResponse doChat(ChatRequest request) {
            ChatMessage last = request.messages().get(request.messages().size() - 1);
            AiMessage answer = last instanceof ToolExecutionResultMessage result
                    ? AiMessage.from("I was told: " + result.text())
                    : AiMessage.from(ToolExecutionRequest.builder()
                            .id("1")
                            .name(request.toolSpecifications().get(0).name())
                            .arguments(arguments)
                            .build());
            return ChatResponse.builder().aiMessage(answer).build();
        }
    }

    private String chat(String arguments) {
        try (VideoModel model = Kinema.bundled()) {
            Assistant assistant = AiServices.builder(Assistant.class)
                    .chatModel(new Scripted(arguments))
                    .tools(new VideoTool(
                            model, folder, request -> request.seed(7).steps(2).frames(9)))
                    .build();
            return assistant.chat("Make me a video of a red balloon.");
        }
    }

    @Test
    void aLanguageModelMakesAVideo() {
        Path file = folder.resolve("video-7.mp4");
        assertThat(chat("{\"prompt\": \"a red balloon rises in the blue sky\"}"))
                .isEqualTo("I was told: The video is in " + file);
        VideoInfo video = VideoInfo.probe(file);
        assertThat(video.frames()).isEqualTo(9);
        assertThat(video.provenance()).contains("a red balloon rises", "\"seed\":7");
    }

    @Test
    void whatIsWrongIsSaidToTheLanguageModel() {
        assertThat(chat("{\"prompt\": \" \"}")).contains("I was told: ", "prompt must say what the video shows");
        assertThat(folder).isEmptyDirectory();
    }
}
